"""The priced use of a charge as steps: counted, converted to the unit of its rule, less what is included."""

from dataclasses import dataclass
from decimal import Decimal

from billing.proof.bundle.scene import share_of_window
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, at_places, less, look, plus, settle, times
from billing.proof.bundle.uses import UseSteps
from billing.rating.rating import RatedCharge
from contracts.included import Included
from contracts.proration import window_share
from contracts.rated_usage import CarriedState, exact_or_nothing
from quantities.errors import UsufructError
from quantities.exact import Exact

#: What may be missing for the steps of a rule or a use to be written; the number is stated then.
UNWRITTEN = (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError, UsufructError)


@dataclass(frozen=True, slots=True)
class PricedUse:
    """The use of one rated charge.

    Attributes:
        book: the files of the bundle.
        uses: what the charge counts.
        of_charge: as it was rated.
        place: of the charge: the file of its version, and its number there.
        named: how its steps are named.
    """

    book: StepBook
    uses: UseSteps
    of_charge: RatedCharge
    place: tuple[str, int]
    named: str

    def step(self) -> Step:
        """The use that its rule prices, unrounded, in the unit of the rule; nothing where it counts nothing."""
        counted, usage = self.of_charge.counted, self.of_charge.composed.usage
        if counted is None or counted.usage.quantity is None or usage.quantity is None:
            return NOTHING
        if not self.of_charge.composed.rule.counts:
            return NOTHING
        why = f"{counted.name}: no sum of readings of registers alone"
        whole = self.book.named(f"{self.named}: use", self._counted(), counted.usage.exactly or Decimal(0), why)
        unit = self.of_charge.composed.rule.priced_unit or usage.unit
        return self._in_unit(self._less_included(whole, counted.usage.unit), unit)

    def _counted(self) -> Step:
        try:
            counted = self.uses.whole()
        except UNWRITTEN:
            return None
        return None if counted is None else counted[0]

    def _in_unit(self, used: tuple[Step, str], unit: str) -> Step:
        """Convert, and round where the contract rounds quantities."""
        step = times(used[0], self.uses.factors.step(used[1], unit))
        usage, contract = self.of_charge.composed.usage, self.of_charge.segment.contract
        value, places = exact_or_nothing(usage, unit), contract.settings.quantity_places
        if places is not None and not self.book.comes_to(step, value):
            step = at_places(settle(step), places, "half_up")
        return self.book.named(f"{self.named}: use in {unit}", step, value, f"{self.named}: the use in {unit}")

    def _less_included(self, step: Step, unit: str) -> tuple[Step, str]:
        composed = self.of_charge.composed
        included, usage = composed.charge.included, composed.usage
        if included is None or composed.free is None:
            return step, unit
        used = times(step, self.uses.factors.step(unit, included.unit))
        try:
            off = self._free(included, used)
        except UNWRITTEN:
            off = None
        free: Exact = composed.free
        off = self.book.named(f"{self.named}: included", off, free, f"{self.named}: how much is included")
        rest = less(used, off)
        if usage.unit != included.unit:
            return times(rest, self.uses.factors.step(included.unit, usage.unit)), usage.unit
        return rest, included.unit

    def _free(self, included: Included, used: Step) -> Step:
        """What the window includes, less what was used of it before; at most the use."""
        usage, contract = self.of_charge.composed.usage, self.of_charge.segment.contract
        if included.by_machine is not None:
            return None
        opened = included.open(self.of_charge.composed.carried.get("included", {}), usage)
        window = usage.window(included.per)
        own = look(self.place[0], "charges", self.place[1], "included", "quantity")
        if included.each_register:
            own = times(own, contract.register_count(self.of_charge.composed.charge.counted))
        if window_share(window, included.proration, included.arithmetic) != 1:
            own = times(own, share_of_window(window, included.proration, usage))
        state = usage.carried(included.per, opened)
        file = self.book.put_beside(f"included/{self.named.replace('/', '_')}", dict(opened)) if opened else ""
        before = look(file, "used") if "used" in state else NOTHING
        allowance = plus((own, *_left(state or ({} if "window" in opened else opened), file)))
        return settle(["min", used, ["max", 0, less(allowance, before)]])


def _left(state: CarriedState, file: str) -> list[Step]:
    """What earlier windows have left."""
    if "lots" in state:
        return [look(file, "lots", at, "quantity") for at in range(len(state["lots"]))]
    return [look(file, name) for name in ("left", "next") if name in state][:1]
