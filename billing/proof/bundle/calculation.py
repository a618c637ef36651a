"""The calculation of one rating as steps: each charge's rule, its amounts, and the net of each line.

use → rule → raised by what is withheld → rounded once → shared among those who bear it → without the tax in it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from billing.invoices.invoice import Line
from billing.proof.bundle.document_file import tax_row
from billing.proof.bundle.factors import factor_step
from billing.proof.bundle.instalment_steps import on_account
from billing.proof.bundle.nets import Nets, StepsSoFar, net_steps
from billing.proof.bundle.priced_use import UNWRITTEN, PricedUse
from billing.proof.bundle.rules import WRITERS
from billing.proof.bundle.scene import RuleScene, WrittenLines, amount_of, share_of_window
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, at_places, less, look, plus, times
from billing.proof.bundle.uses import Factors, FileOf, UseSteps
from billing.rating.rating import RatedCharge, Rating
from billing.records.proof import BearerProof
from contracts.clause import is_over_amounts
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.groups import group_name
from contracts.natures import kind_seen
from contracts.pricing.fixed_fee import FixedFee
from contracts.rated_line import Nature, RatedLine
from contracts.schedule import BillingPeriod
from contracts.split import SplitTerms
from metering.fleet.store import StoredRegister
from metering.usage.measure import Part
from quantities.exact import exact_number
from quantities.money import exponent

#: What identifies a line of a rating.
Key: TypeAlias = tuple[str, int, date]


@dataclass(frozen=True, slots=True)
class LineSteps:
    """How a line comes about: its quantity, its unit price, its net amount."""

    quantity: Step
    unit_price: Step
    net: Step


@dataclass(frozen=True, slots=True)
class _Amount:
    """What one line of a charge came to over some days: by its rule, or, if it is a net, as it is billed."""

    composed: Composed
    line: RatedLine
    step: Step
    is_net: bool = False


@dataclass(slots=True)  # not frozen: it is one calculation, written once
class Calculation:
    """Writes the steps of ratings into a book.

    Attributes:
        book: the files of the bundle.
        file_of_version: names the file of a contract version, by its key.
        registers: by key.
        file_of: names the file of a register.
        factors: between units, noted as they are needed.
        opened: what each charge opened with, noted for the states of the bundle.
    """

    book: StepBook
    file_of_version: Mapping[int, str]
    registers: Mapping[str, StoredRegister]
    file_of: FileOf
    factors: Factors
    opened: dict[str, object] = field(default_factory=dict)

    def written(self, rating: Rating) -> dict[Key, LineSteps]:
        """Write the steps of all lines of a rating, by what identifies them."""
        known, lines = dict[str, list[_Amount]](), dict[Key, LineSteps]()
        so_far: dict[tuple[str, date], StepsSoFar] = {}
        names = _as_written(rating)
        charges = sorted(rating.charges, key=lambda of: (of.composed.charge.order, names[of.composed.charge.name]))
        for of_charge in charges:
            period, name = of_charge.composed.period, of_charge.composed.charge.name
            key = name, of_charge.segment.period.whole_first
            before = None if period.is_whole else so_far.setdefault(key, StepsSoFar())
            lines |= self._of_charge(of_charge, known, before)
        return lines

    def _of_charge(
        self, of_charge: RatedCharge, known: dict[str, list[_Amount]], before: StepsSoFar | None
    ) -> dict[Key, LineSteps]:
        composed, contract = of_charge.composed, of_charge.segment.contract
        own = _rule_lines(composed)
        scene = self._scene(of_charge, own, known)
        written = self._of_rule(scene)
        raised = self._raised(scene, of_charge, written)
        nets = net_steps(self.book, contract, composed, raised, before)
        amounts = [_Amount(composed, line, amount_of(*written[line.part])) for line in own]
        amounts += [_Amount(composed, line, step, is_net=True) for line, step, _ in nets.values()]
        known.setdefault(composed.charge.name, []).extend(amounts)
        return {line.key: self._of_line(scene, line, raised, nets) for line in of_charge.lines}

    def _scene(
        self, of_charge: RatedCharge, own: tuple[RatedLine, ...], known: Mapping[str, list[_Amount]]
    ) -> RuleScene:
        contract, composed = of_charge.segment.contract, of_charge.composed
        charge, period = composed.charge, composed.period
        file = self.file_of_version[of_charge.segment.version_id]
        place = [one.name for one in contract.charges].index(charge.name)
        named = f"{charge.name} from {period.first}"
        uses = UseSteps(
            book=self.book,
            contract=contract,
            charge=charge,
            file=file,
            period=period,
            registers=self.registers,
            file_of=self.file_of,
            factors=self.factors,
        )
        opened = self._opens(named, composed)
        return RuleScene(
            book=self.book,
            contract=contract,
            composed=composed,
            lines=own,
            file=file,
            place=place,
            opened=opened,
            uses=uses,
            use=PricedUse(self.book, uses, of_charge, (file, place), named).step(),
            factor=factor_step(self.book, composed, file, place),
            amounts=self._amounts(contract, composed, known, file),
            counted_groups=_groups(of_charge),
            reductions=_reductions(composed, known),
        )

    def _opens(self, named: str, composed: Composed) -> str:
        """Note what a rule opened with; of two of one name, the later one under another."""
        unique, at = named, 1
        while unique in self.opened:
            at += 1
            unique = f"{named} ({at})"
        self.opened[unique] = dict(composed.usage.opening)
        self.book.put_within("states.json", "opened", unique, self.opened[unique])
        return unique

    def _amounts(
        self, contract: Contract, composed: Composed, known: Mapping[str, list[_Amount]], file: str
    ) -> dict[str, Step]:
        """What the charges come to that one is computed from: of its kind, by days; drawn are their nets."""
        if not is_over_amounts(composed.rule):
            return {}
        kind, amounts = kind_seen(contract, composed.charge), dict[str, Step]()
        for name, value in composed.usage.amounts.items():
            steps = [
                _over(one.step, one.composed.period, composed.period)
                for one in known.get(name, ())
                if one.is_net is composed.rule.takes_nets and _is_seen(one, contract, kind)
            ]
            if composed.rule.takes_nets:
                steps += _reduced(name, composed, known)
            steps = steps or self._ahead(contract, composed, name, file)
            why = f"what {name} comes to for {composed.charge.name}, which another document bills or others reduce"
            title = f"{composed.charge.name} from {composed.period.first}: amount of {name}"
            amounts[name] = self.book.named(title, plus(steps), value, why)
        return amounts

    def _ahead(self, contract: Contract, composed: Composed, name: str, file: str) -> list[Step]:
        """A fee that another document bills of the same days, as far as it moves with no index."""
        place = next((at for at, charge in enumerate(contract.charges) if charge.name == name), None)
        if place is None or not isinstance(rule := contract.charges[place].rule, FixedFee):
            return []
        if contract.charges[place].index is not None:
            return []
        share = share_of_window(composed.period, rule.proration, composed.usage, rule.share_places)
        return [times(look(file, "charges", place, "rule", "amount"), share)]

    def _of_rule(self, scene: RuleScene) -> WrittenLines:
        """The quantity and the price of each line that the rule came to."""
        rule, composed = scene.rule, scene.composed
        try:
            steps = dict(WRITERS[rule.kind](scene)) if rule.kind in WRITERS else {}
        except UNWRITTEN:
            steps = {}
        named = f"{composed.charge.name} from {composed.period.first}"
        written: dict[int, tuple[Step, Step]] = {}
        for line in scene.lines:
            quantity, price = steps.get(line.part, (None, None))
            quantity = 1 if quantity is None and line.is_lump else quantity  # an amount alone is one of itself
            why = f"a {{}} that the rule {rule.kind} computes"
            written[line.part] = (
                self.book.named(f"{named}: quantity {line.part}", quantity, line.quantity, why.format("quantity")),
                self.book.named(f"{named}: price {line.part}", price, line.unit_price, why.format("price")),
            )
        return written

    def _raised(self, scene: RuleScene, of_charge: RatedCharge, written: WrittenLines) -> WrittenLines:
        """The lines as they are billed: with instalments, and raised by what the customer withholds."""
        composed, raised = scene.composed, dict[int, tuple[Step, Step]]()
        withheld = next((line.proof.withholding for line in of_charge.lines if line.proof.withholding), None)
        try:
            written = on_account(scene, written)
        except UNWRITTEN:
            written = {}
        for line in composed.lines:
            quantity, price = written.get(line.part, (None, None))
            if price is not None and withheld is not None and withheld.gross_up:
                percent = ["stated", str(withheld.percent), "the percent that is withheld"]
                lifted = ["div", ["mul", price, 100], ["sub", 100, percent]]
                price = price if self.book.comes_to(price, line.unit_price) else lifted
            why = "an instalment or its settlement" if composed.charge.instalments else "a price raised by withholding"
            raised[line.part] = (
                self.book.proven(quantity, line.quantity, why),
                self.book.proven(price, line.unit_price, why),
            )
        return raised

    def _of_line(self, scene: RuleScene, line: Line, written: WrittenLines, nets: Nets) -> LineSteps:
        split, gross = line.proof.split, line.gross
        part, places = line.part if split is None else split.part, exponent(scene.contract.currency)
        if part not in nets:
            part = line.part % _PARTS_OF_A_TAX
        rated, net, _ = nets.get(part, (None, None, None))
        quantity, price = written.get(part, (None, None))
        if split is not None:
            weights = [self._weight(scene, share) for share in split.shares]
            at = [share.bearer for share in split.shares].index(split.bearer)
            net, quantity = ["share", net, weights, at, places], 1
        if gross is not None:
            rate: Step = look("tables.json", "tax", tax_row(line))
            with_tax = ["add", 100, rate]
            net = at_places(["ratio", ["mul", net, 100], with_tax], places, "half_up")
            price = ["div", ["mul", price, 100], with_tax]
        net = self.book.proven(net, line.net, "the part of a line that several taxes or a dispute divide")
        if rated is None or rated.is_lump or split is not None:
            price = net
        return LineSteps(
            quantity=self.book.proven(quantity, line.quantity, "the quantity of a line that is divided"),
            unit_price=self.book.proven(price, line.unit_price, "the price of a line that is divided"),
            net=net,
        )

    def _weight(self, scene: RuleScene, share: BearerProof) -> Step:
        """The weight of one who bears a line: what it used, or that with its part of what nobody used."""
        terms, why = scene.composed.charge.split, "the weights by which a line is split"
        weight = exact_number(share.weight)
        if terms is None:
            return ["stated", share.weight, why]
        try:
            own, whole = self._used_by(scene, terms, share.bearer), scene.uses.whole("split/whole")
            parts = [self._used_by(scene, terms, part.name) for part in terms.parts]
            rest: Step = 0
            if whole is not None:
                of_whole = times(whole[0], scene.uses.factors.step(whole[1], terms.unit))
                rest = ["max", 0, less(of_whole, plus(parts))]
            candidates = [own, plus((own, rest)), 1, *self._stated_weights(scene, terms, share.bearer)]
        except UNWRITTEN:
            candidates = []
        step = next((step for step in candidates if self.book.comes_to(step, weight)), None)
        return self.book.named(f"{scene.opened}: weight of {share.bearer}", step, weight, why)

    def _used_by(self, scene: RuleScene, terms: SplitTerms, bearer: str) -> Step:
        """What a part, or a group of a use, has used, in the unit of the split."""
        if terms.groups_of is not None:
            counted = scene.counted_groups
            labels = next((part.labels for part in counted if group_name(part.labels, terms.by) == bearer), None)
            if labels is None:
                return 0
            own = scene.uses.labelled({name: labels.get(name, "") for name in terms.by}, "split/groups")
            return times(own, scene.uses.factors.step(scene.uses.unit("split/groups"), terms.unit))
        at = next((at for at, part in enumerate(terms.parts) if part.name == bearer), None)
        if at is None:
            return 0
        used: list[Step] = []
        for number in range(len(terms.parts[at].uses)):
            counted_use = scene.uses.whole(f"split/{at}/{number}")
            if counted_use is None:
                return None
            used.append(times(counted_use[0], scene.uses.factors.step(counted_use[1], terms.unit)))
        return plus(used)

    def _stated_weights(self, scene: RuleScene, terms: SplitTerms, bearer: str) -> list[Step]:
        """The weight of a part by the terms: of it alone, and of what none used."""
        at = next((at for at, part in enumerate(terms.parts) if part.name == bearer), None)
        if at is None:
            return []
        return [scene.term_of_charge("split", "parts", at, "weight")]


#: Of a line that several taxes divide, the parts of each tax but the first begin here (billing/rating/reductions.py).
_PARTS_OF_A_TAX = 10_000


def _is_seen(one: _Amount, contract: Contract, kind: Nature) -> bool:
    """Tell whether an amount is among those that a charge is computed from: of its kind; a net, if it is a price."""
    own = one.composed.kind_of(one.line)
    return own is Nature.CONSIDERATION if one.is_net else not contract.settings.natures_apart or own is kind


def _reduced(name: str, composed: Composed, known: Mapping[str, list[_Amount]]) -> list[Step]:
    """The nets of what discounts take off a charge, within the days of another."""
    return [
        _over(one.step, one.composed.period, composed.period)
        for amounts in known.values()
        for one in amounts
        if one.is_net and one.line.of == name and one.composed.charge.name != composed.charge.name
    ]


def _reductions(composed: Composed, known: Mapping[str, list[_Amount]]) -> dict[str, list[Step]]:
    """What discounts before a charge take off each of the charges, within its days."""
    reductions: dict[str, list[Step]] = {}
    for amounts in known.values():
        for one in amounts:
            if one.line.of and not one.is_net and one.composed.charge.name != composed.charge.name:
                step = _over(one.step, one.composed.period, composed.period)
                reductions.setdefault(one.line.of, []).append(step)
    return reductions


def _groups(of_charge: RatedCharge) -> tuple[Part, ...]:
    """The parts of the use by whose groups the charge is divided."""
    counted = of_charge.counted
    groups = None if counted is None else counted.split.get("split/groups")
    return () if groups is None else groups.parts


def _as_written(rating: Rating) -> dict[str, int]:
    """Number charges as their contracts list them, in order of time: so they are computed."""
    in_time = sorted(rating.charges, key=lambda of: of.composed.period.first)
    contracts = {id(of.segment.contract): of.segment.contract for of in in_time}
    names = dict.fromkeys(charge.name for contract in contracts.values() for charge in contract.charges)
    return {name: place for place, name in enumerate(names)}


def _rule_lines(composed: Composed) -> tuple[RatedLine, ...]:
    """What the rule came to, before instalments and withholding made something of it."""
    try:
        return composed.rule.rate(composed.usage)
    except UNWRITTEN:
        return composed.lines


def _over(step: Step, period: BillingPeriod, days: BillingPeriod) -> Step:
    """The share of an amount that lies within some days."""
    if days.first <= period.first and period.after_last <= days.after_last:
        return step
    met = period.meet(days.first, days.after_last)
    if met is None:
        return NOTHING
    own, whole = (["days", str(span.first), str(span.after_last)] for span in (met, period))
    return ["div", times(step, own), whole]
