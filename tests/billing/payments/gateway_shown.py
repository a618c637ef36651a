"""The gateway of the tests with its pages, as the model reads them; what happens there is said by the gateway's names."""

from decimal import Decimal

from billing.payments.gateway import GatewayMovement, MovementState, OrderedMovement
from tests.billing.payments.collecting_model import NOTHING, Shown
from tests.billing.payments.gateway_of_tests import GatewayOfTests, Made

_STAGES = {MovementState.DONE: "paid", MovementState.PROCESSING: "under way"}


class GatewayShown(GatewayOfTests):
    """The same gateway; each of its payments, pages and refunds is named, and not handed over."""

    def shown(self) -> list[Shown]:
        return [self._shown(one) for one in self.payments()]

    def _shown(self, payment: Made) -> Shown:
        refunds = [one for one in self.refunds() if one.payment == payment.id and one.state is MovementState.DONE]
        return Shown(
            id=payment.id,
            order="" if payment.call is None else payment.call.order,
            attempt=0 if payment.call is None else payment.call.attempt,
            amount=payment.amount,
            stage=_STAGES.get(payment.state, "failed"),
            by_hand=sum((one.amount for one in refunds if one.call is None), NOTHING),
            by_order=tuple(one.amount for one in refunds if one.call is not None),
            taken=payment.taken,
            was_contested=bool(payment.chargebacks),
        )

    def refunds(self) -> list[Made]:
        return [one for one in self.made.values() if one.kind is OrderedMovement.REFUND]

    def made_of(self) -> list[tuple[str, int]]:
        return [(one.call.order, one.call.attempt) for one in self.made.values() if one.call is not None]

    def open_pages(self) -> list[str]:
        return [one.id for one in self.sessions() if one.state is MovementState.WAITS]

    def settled(self, payment: str, *, well: bool) -> None:
        self.settles(self.made[payment], well=well)

    def paid_in(self, page: str, decision: str) -> None:
        self.pays_in(self.made[page], decision)

    def taken_back(self, payment: str, amount: Decimal) -> None:
        self.takes_back(self.made[payment], amount)

    def decided(self, payment: str, *, won: bool) -> None:
        self.decides(self.made[payment], won=won)

    def refunded_by_hand(self, payment: str, amount: Decimal) -> None:
        self.refunds_by_hand(self.made[payment], amount)

    def refund_comes_back(self) -> None:
        for refund in self.refunds()[-1:]:
            if refund.state is MovementState.DONE:
                self.comes_back(refund)

    def stands(self, payment: str) -> GatewayMovement | None:
        return self._movement(self.made[payment])
