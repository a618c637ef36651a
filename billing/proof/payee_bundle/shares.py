"""What a payee has of a customer's line as steps: by weights, by a waterfall, like what a reduction reduces.

A payee reads what was sold and what of it is its own, as on its statement, and by which terms its supplier has its own
part; what all others have is a number without a name, which is stated. Of an amount that more than two divide by
weights, a verifier follows a share to the last whole cent: whose a cent left over is, the remainders of all decide.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.invoices.invoice import Line
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, at_places, less, look, plus
from billing.records.proof import SharingStepProof
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.sharing.steps import Base, FirstStep, PercentStep, PerUnitStep
from contracts.sharing.waterfall import Waterfall
from quantities.money import exponent
from quantities.number import plain

_NOTHING = Decimal(0)
_LEFT_OVER = "whose a cent is that a division leaves over, which the parts of all decide"
_OF_OTHERS = "what others have of it"
_NO_PART = "that it has no part of it by now"
_UNWRITTEN = "a share of a line that is divided together with others"
#: Of an amount for a whole period, of which some days are billed, as ``contracts/sharing/steps.py`` writes it.
_OF_DAYS = re.compile(r" × (\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class SharedLine:
    """A line that is shared.

    Attributes:
        named: the number of its document and its place there, or of what it was owed by.
        line: as it was billed, or is owed.
        contract: the version by which it was rated.
        days: how many days of the period of its document are billed, and how many the whole period has.
        quantity: how its quantity comes about, written when it is asked for.
    """

    named: str
    line: Line
    contract: Contract
    days: tuple[int, int]
    quantity: Callable[[], Step] | None = None

    @property
    def charge(self) -> Charge:
        """What it charges for."""
        return next(charge for charge in self.contract.charges if charge.name == self.line.charge)


class ShareSteps:
    """Writes the shares of one who shares into a book: ``sold.json`` has the lines, ``sharing.json`` its terms."""

    def __init__(self, book: StepBook, whose: str, other_side: str) -> None:
        """Write the shares of a payee, or of the supplier where its own part is sold, for the other side to read."""
        self._book, self._whose, self._known = book, whose, frozenset({whose, other_side})
        self._sold: dict[str, dict[str, str]] = {}
        self._sharing: dict[str, dict[str, Any]] = {}

    def net(self, shared: SharedLine) -> Step:
        """Look up what was sold."""
        self._sold[shared.named] = {"net": plain(shared.line.net)}
        self._book.put("sold.json", self._sold)
        return look("sold.json", shared.named, "net")

    def of(self, shared: SharedLine, together: Sequence[SharedLine]) -> Step:
        """Write down what of a line is whose; stated where its parts alone tell it.

        Args:
            shared: the line.
            together: all lines of its piece of work, among which are those that are shared with it.
        """
        value = Decimal(shared.line.payees.get(self._whose, "0"))
        sharing = shared.line.proof.sharing
        if self._whose not in shared.line.payees:
            return ["stated", "0", _NO_PART]
        if sharing is None and shared.charge.payees:
            step = self._by_weights(shared, value)
        elif sharing is not None and sharing.like is not None:
            step = self._divided(shared, value, {name: Decimal(part) for name, part in sharing.like.items()})
        else:
            step = self._by_waterfall(shared, together)
        return self._book.named(f"{shared.named}: the share", step, value, _UNWRITTEN)

    def _note(self, shared: SharedLine, terms: Mapping[str, Any]) -> None:
        self._sharing[shared.named] = dict(terms)
        self._book.put("sharing.json", self._sharing)

    def _by_weights(self, shared: SharedLine, value: Decimal) -> Step:
        weights = shared.charge.payees
        names = list(weights) if shared.contract.settings.spreads_as_listed else sorted(weights)
        return self._divided(shared, value, {name: weights[name] for name in names})

    def _divided(self, shared: SharedLine, value: Decimal, weights: Mapping[str, Decimal]) -> Step:
        """Divide a net amount by largest remainder, the weights of all others put together."""
        weights = {name: weight for name, weight in weights.items() if weight}
        if self._whose not in weights:
            return None
        whole, places = self.net(shared), exponent(shared.contract.currency)
        if len(weights) == 1:
            return whole
        self._note(shared, {"own": plain(weights[self._whose]), "of": plain(sum(weights.values(), _NOTHING))})
        own, of = (look("sharing.json", shared.named, name) for name in ("own", "of"))
        if len(weights) == len(("the payee", "another")):
            at = list(weights).index(self._whose)
            parts = [own, less(of, own)]
            return ["share", whole, parts if at == 0 else parts[::-1], at, places]
        exact = ["ratio", ["mul", whole, own], of]
        down = at_places(exact, places, "down")
        if self._book.comes_to(exact, value):
            return exact
        left = value - self._rounded_down(shared.line.net, weights, places)
        return ["add", down, ["stated", plain(left), _LEFT_OVER]]

    def _rounded_down(self, net: Decimal, weights: Mapping[str, Decimal], places: int) -> Decimal:
        units = int(abs(net).scaleb(places)) * weights[self._whose] // sum(weights.values(), _NOTHING)
        return Decimal(int(units)).scaleb(-places).copy_sign(net)

    def _by_waterfall(self, shared: SharedLine, together: Sequence[SharedLine]) -> Step:
        """Take the steps of one's own, what others take before them as one number; then spread it over the lines."""
        sharing, waterfall = shared.line.proof.sharing, shared.charge.waterfall
        group = [
            member
            for member in together
            if (member.line.charge, member.line.proof.sharing) == (shared.line.charge, sharing)
            and member.line.corrects == shared.line.corrects
        ]
        nets = [member.line.net for member in group]
        if sharing is None or sharing.steps is None or waterfall is None:
            return None
        if Decimal(sharing.amount) != sum(nets, _NOTHING) or len(sharing.steps) != len(waterfall.steps) + 1:
            return None
        writing = _WaterfallSteps(
            book=self._book,
            whose=self._whose,
            known=self._known,
            shared=shared,
            group=group,
            taken=sharing.steps,
            waterfall=waterfall,
        )
        self._note(shared, writing.terms)
        return writing.of_line([self.net(member) for member in group])


@dataclass(frozen=True, slots=True)
class _WaterfallSteps:
    """A waterfall over the lines of a charge, as one of those who share it follows it.

    Attributes:
        book: the files of the bundle.
        whose: share it is.
        known: whose steps are shown: both sides of the document.
        shared: the line.
        group: all lines of the charge over days that are shared alike.
        taken: what each step came to, and at the end the rest.
        waterfall: of the charge.
    """

    book: StepBook
    whose: str
    known: frozenset[str]
    shared: SharedLine
    group: Sequence[SharedLine]
    taken: Sequence[SharingStepProof]
    waterfall: Waterfall

    def of_line(self, nets: Sequence[Step]) -> Step:
        """What is whose of the line, by the steps of the net amounts of the group."""
        below = sum((member.line.net for member in self.group), _NOTHING) < 0
        share = self._spread(self._shares(less(NOTHING, plus(nets)) if below else plus(nets)), nets, below=below)
        return less(NOTHING, share) if below and share is not None else share

    @property
    def terms(self) -> dict[str, Any]:
        """The steps of both sides, the days that are billed, and the quantity where one is so much a unit."""
        steps = {
            str(at): step.model_dump(mode="json", by_alias=True, exclude={"payee"})
            for at, (step, taken) in enumerate(zip(self.waterfall.steps, self.taken, strict=False))
            if taken.payee in self.known
        }
        billed, whole = self._days
        quantity = abs(sum((member.line.quantity for member in self._priced), _NOTHING))
        return {"steps": steps, "days": {"billed": billed, "whole": whole}, "quantity": plain(quantity)}

    @property
    def _days(self) -> tuple[str, str]:
        """The days that are billed, and those of the whole period: as a step has written them, or of the document."""
        written = (_OF_DAYS.search(taken.calculation) for taken in self.taken)
        first = next((match for match in written if match is not None), None)
        billed, whole = self.shared.days
        return (str(billed), str(whole)) if first is None else (first[1], first[2])

    @property
    def _priced(self) -> Sequence[SharedLine]:
        rule = self.shared.charge.rule
        return [member for member in self.group if rule.counts and member.line.unit == rule.priced_unit]

    def _shares(self, amount: Step) -> dict[str, Step]:
        """By name what each has of the amount, in the order of the steps; of others what they took."""
        shares, left = dict[str, Step](), amount
        for at, taken in enumerate(self.taken):
            value = abs(Decimal(taken.taken))
            took: Step = ["stated", plain(value), _OF_OTHERS] if value else NOTHING
            if taken.payee in self.known:
                asked = None if at == len(self.waterfall.steps) else self._asked(at, amount, left)
                took = left if asked is None else ["min", asked, left]
                took = self.book.named(f"{self.shared.named}: step {at + 1}", took, value, _UNWRITTEN)
            left = less(left, took)
            shares[taken.payee] = plus((shares.get(taken.payee, NOTHING), took))
        return shares

    def _spread(self, shares: Mapping[str, Step], nets: Sequence[Step], *, below: bool) -> Step:
        """Spread the shares over the lines, one name after another, by what those before it leave of each line."""
        at = next(at for at, member in enumerate(self.group) if member is self.shared)
        if len(self.group) == 1:
            return shares.get(self.whose)
        if len({member.line.net > 0 for member in self.group if member.line.net}) != 1:
            return None  # a tier taken back is spread on its own
        left = [less(NOTHING, net) if below else net for net in nets]
        for name, share in shares.items():
            columns = [self._column(name, share, left, place) for place in range(len(left))]
            if name == self.whose:
                return columns[at]
            left = [less(rest, own) for rest, own in zip(left, columns, strict=True)]
        return None

    def _column(self, name: str, share: Step, left: Sequence[Step], at: int) -> Step:
        value = abs(Decimal(self.group[at].line.payees.get(name, "0")))
        if name not in self.known:
            return ["stated", plain(value), _OF_OTHERS] if value else NOTHING
        step = ["share", share, list(left), at, exponent(self.shared.contract.currency)]
        who = "the share" if name == self.whose else "the part of the other side"
        return self.book.named(f"{self.shared.named}: {who} in line {at + 1}", step, value, _UNWRITTEN)

    def _look(self, *path: object) -> Step:
        return look("sharing.json", self.shared.named, *path)

    def _asked(self, at: int, amount: Step, left: Step) -> Step:
        """What a step asks for, as ``contracts/sharing/steps.py`` computes it."""
        step, terms = self.waterfall.steps[at], ("steps", str(at))
        if isinstance(step, FirstStep):
            asked = self._of_days(*terms, "amount")
        elif isinstance(step, PerUnitStep):
            asked = ["mul", self._quantity(), self._look(*terms, "unit_price")]
        elif isinstance(step, PercentStep):
            base = left if step.of is Base.REST else amount
            asked = ["ratio", ["mul", base, self._look(*terms, "percent")], 100]
        else:
            asked = self._by_tiers(at, len(step.tiers), amount)
        for bound, rule in (("least", "max"), ("most", "min")):
            if getattr(step, bound, None) is not None:
                asked = [rule, asked, self._of_days(*terms, bound)]
        settings = self.shared.contract.settings
        return at_places(asked, exponent(self.shared.contract.currency), settings.rounding.value)

    def _by_tiers(self, at: int, number: int, amount: Step) -> Step:
        parts, floor = list[Step](), NOTHING
        for tier in range(number):
            place = ("steps", str(at), "tiers", tier)
            is_last = tier == number - 1
            ceiling = amount if is_last else ["min", amount, self._of_days(*place, "up_to")]
            part = ["max", 0, less(ceiling, floor)]
            parts.append(["ratio", ["mul", part, self._look(*place, "percent")], 100])
            floor = ceiling
        return plus(parts)

    def _of_days(self, *path: object) -> Step:
        """An amount for a whole period, by the days of it that are billed."""
        billed, whole = map(int, self._days)
        if billed >= whole:
            return self._look(*path)
        return ["ratio", ["mul", self._look(*path), self._look("days", "billed")], self._look("days", "whole")]

    def _quantity(self) -> Step:
        """The billed quantity: counted from the readings, where the customer's proof counts it so."""
        total = sum((member.line.quantity for member in self._priced), _NOTHING)
        counted = plus(member.quantity() for member in self._priced if member.quantity is not None)
        counted = less(NOTHING, counted) if total < 0 else counted
        return counted if self.book.comes_to(counted, abs(total)) else self._look("quantity")
