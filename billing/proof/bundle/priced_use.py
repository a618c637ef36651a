"""The priced use of a charge as steps: counted, converted to the unit of its rule, less what is included."""

from dataclasses import dataclass
from decimal import Decimal

from billing.proof.bundle.scene import days_between, share_of_window
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, at_places, less, look, plus, settle, times
from billing.proof.bundle.uses import UseSteps
from billing.rating.rating import RatedCharge
from contracts.included import Included
from contracts.proration import window_share
from contracts.rated_usage import CarriedState, exact_or_nothing
from contracts.schedule import BillingPeriod
from quantities.errors import UsufructError

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
        used = self._converted(whole, counted.usage.unit)
        unit = self.of_charge.composed.rule.priced_unit or usage.unit
        step = times(self._less_included(used), self.uses.factors.step(usage.unit, unit))
        name = f"{self.named}: use to be priced"
        return self.book.named(name, step, exact_or_nothing(usage, unit), f"{self.named}: the use in {unit}")

    def _counted(self) -> Step:
        try:
            counted = self.uses.whole()
        except UNWRITTEN:
            return None
        return None if counted is None else counted[0]

    def _converted(self, step: Step, unit: str) -> Step:
        """Convert a use to the unit in which it is priced, rounded where the contract rounds quantities."""
        usage, contract = self.of_charge.composed.usage, self.of_charge.segment.contract
        value = exact_or_nothing(usage, usage.unit) if usage.counted is None else usage.counted
        step, places = times(step, self.uses.factors.step(unit, usage.unit)), contract.settings.quantity_places
        if places is not None and not self.book.comes_to(step, value):
            step = at_places(settle(step), places, "half_up")
        return self.book.named(f"{self.named}: use in {usage.unit}", step, value, f"{self.named}: the use, rounded")

    def _less_included(self, step: Step) -> Step:
        """Subtract what is included."""
        composed = self.of_charge.composed
        included, unit = composed.charge.included, composed.usage.unit
        if included is None or composed.free is None:
            return step
        used = times(step, self.uses.factors.step(unit, included.unit))
        try:
            off = self._free(included, used)
        except UNWRITTEN:
            off = None
        if off is None or not self.book.comes_to(settle(off), composed.free):
            # it is shown rounded, and subtracted as it is
            off = self.book.proven(None, composed.free, f"{self.named}: how much is included")
        return less(step, times(off, self.uses.factors.step(included.unit, unit)))

    def _free(self, included: Included, used: Step) -> Step:
        """What the window includes, less what was used of it before; at most the use."""
        usage, contract = self.of_charge.composed.usage, self.of_charge.segment.contract
        opened = included.open(self.of_charge.composed.carried.get("included", {}), usage)
        file = self.book.put_beside(f"included/{self.named.replace('/', '_')}", dict(opened)) if opened else ""
        window = usage.window(included.per)
        own = look(self.place[0], "charges", self.place[1], "included", "quantity")
        if included.by_machine is not None:
            state = usage.carried(included.per, opened)
            before = next((look(file, name) for name in ("free", "used") if name in state), NOTHING)
            days = plus(
                (look(file, "machine_days") if "machine_days" in state else NOTHING, *self._machine_days(window))
            )
            own = ["ratio", ["mul", own, days], days_between(window.whole_first, window.whole_after_last)]
            left = _left(state or ({} if "window" in opened else opened), file)
            return ["min", used, less(plus((own, *left)), before)]
        if included.each_register:
            own = times(own, contract.register_count(self.of_charge.composed.charge.counted))
        if window_share(window, included.proration, included.arithmetic) != 1:
            own = times(own, share_of_window(window, included.proration, usage))
        state = usage.carried(included.per, opened)
        before = look(file, "used") if "used" in state else NOTHING
        allowance = plus((own, *_left(state or ({} if "window" in opened else opened), file)))
        return ["min", used, ["max", 0, less(allowance, before)]]

    def _machine_days(self, window: BillingPeriod) -> list[Step]:
        """The days of machines within a window, those that are there now taken to stay; times their number."""
        composed, contract = self.of_charge.composed, self.of_charge.segment.contract
        usage, machines = composed.usage, contract.machine_count(composed.charge)
        spans = [(usage.period if usage.piece_of is None else usage.piece_of, machines)]
        if usage.division is not None and usage.division.machines:
            spans = list(usage.division.machines)
        last, stay = spans[-1]
        ahead = window.meet(last.after_last, None)
        spans += [(ahead, stay)] if ahead is not None else []
        met = [(days.meet(window.first, window.after_last), number) for days, number in spans]
        return [
            times(days_between(days.first, days.after_last, usage.life.paused), number)
            for days, number in met
            if days is not None
        ]


def _left(state: CarriedState, file: str) -> list[Step]:
    """What earlier windows have left."""
    if "lots" in state:
        return [look(file, "lots", at, "quantity") for at in range(len(state["lots"]))]
    return [look(file, name) for name in ("left", "next") if name in state][:1]
