"""The lines of a claim before supply: of prepaid credit, or of use on account; and how much may be claimed.

What is claimed of a tax comes to a tax in whole cents: so the tax of the claim and that of what is billed less the
claim, each rounded by itself, come to the tax of the whole (EN 16931 BR-CO-17 rounds each document by its own base).

    19 %   multiples of 1.00, each with 0.19      5.5 %   of 2.00, each with 0.11      8 % of JPY   of 25, with 2
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.invoices.invoice import Line
from billing.records.advance import AdvanceKind, AdvanceLine, AdvanceRecord
from billing.records.proof import LineProof, TaxProof
from billing.tax.decision import Decision
from billing.tax.tax import Tax
from contracts.contract import Contract
from contracts.rated_line import Nature, lump
from quantities.arithmetic import added
from quantities.money import exponent
from quantities.number import plain, trimmed
from quantities.rounding import Rounding

_A_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
#: What is billed of a price; what is off it counts in its sum.
_PRICE = Nature.CONSIDERATION
_LABELS = {AdvanceKind.TOP_UP: "prepaid credit", AdvanceKind.ON_ACCOUNT: "use on account"}


def exact_step(rate: Decimal, currency: str) -> Decimal:
    """Find the smallest amount in whole cents whose tax is in whole cents.

    Args:
        rate: in percent.
        currency: of the amount.
    """
    return Decimal((Fraction(rate) / 100).denominator).scaleb(-exponent(currency))


def whole_steps(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Round an amount down to one whose tax is in whole cents; nothing where it is below zero."""
    step = exact_step(rate, currency)
    whole = max(_NOTHING, amount) // step * step
    return Rounding.HALF_UP.to_places(whole, exponent(currency))


def line_taxed(charge: str, net: Decimal, decided: Decision, *, used: Decimal | None = None) -> AdvanceLine:
    """Make a line of a claim that is taxed as was decided; ``used`` as its record has it."""
    return AdvanceLine(
        charge=charge,
        net=net,
        category=decided.tax.category,
        rate=decided.tax.rate,
        reason=decided.tax.reason,
        tax=TaxProof(
            place=decided.place,
            rule=decided.rule,
            rate=decided.rate or None,
            code=decided.code or None,
            parts=dict(decided.parts) or None,
        ),
        used=used,
    )


def used_so_far(lines: Sequence[Line]) -> dict[str, Decimal]:
    """Say what the use of a period came to so far, by charge; net of what the period is reduced by.

    A reduction is taken off the last charges first. What is outside of the price, sold in the name of another, or no
    use, as a fee is, is not billed on account.

    Args:
        lines: of the period as its invoice would have them now.

    Returns:
        By charge, in the order of the lines, what is above zero.
    """
    own = [line for line in lines if line.nature.kind is _PRICE and not line.seller and line.proof.draw is None]
    used: dict[str, Decimal] = {}
    for line in own:
        if line.proof.usage is not None and line.net > 0:
            used[line.charge] = added((used.get(line.charge, _NOTHING), line.net))
    off = added(line.net for line in own if line.net < 0)
    for name in reversed(used):
        taken = min(used[name], -off)
        used[name], off = used[name] - taken, off + taken
    return {name: net for name, net in used.items() if net > 0}


def lines_on_account(
    used: Mapping[str, Decimal], before: Mapping[str, Decimal], taxes: Mapping[str, Decision], currency: str
) -> tuple[AdvanceLine, ...]:
    """Say what is claimed of use that is not billed yet.

    Args:
        used: by charge, what it came to so far.
        before: by charge, what is on account of it already.
        taxes: by charge, how it is taxed on the day of the claim.
        currency: of the contract.

    Returns:
        A line for each charge of which something may be claimed.
    """
    lines = []
    for name, net in used.items():
        decided, known = taxes[name], before.get(name, _NOTHING)
        claimed = whole_steps(net - known, decided.tax.rate, currency)
        if claimed:
            line = line_taxed(name, claimed, decided, used=net)
            lines.append(line.model_copy(update={"before": known or None}))
    return tuple(lines)


def claimed_lines(record: AdvanceRecord, contract: Contract, version_id: int) -> tuple[Line, ...]:
    """Make the lines of a document that claims something before it is supplied.

    Args:
        record: what it claims.
        contract: the version that it is by.
        version_id: the key of that version.
    """
    codes = {charge.name: charge.tax_code or "" for charge in contract.charges}
    return tuple(
        _claimed_line(record, line, -at, (contract.currency, version_id), codes.get(line.charge, ""))
        for at, line in enumerate(record.lines, start=1)
    )


def _claimed_line(record: AdvanceRecord, line: AdvanceLine, part: int, of: tuple[str, int], tax_code: str) -> Line:
    currency, version_id = of
    how = "" if line.used is None else f"{plain(trimmed(line.used))} used so far"
    if line.before is not None:
        how = f"{how}, {plain(trimmed(line.before))} of it on account before"
    rated = lump(part, line.net, _LABELS[record.kind], how)
    return Line(
        charge=line.charge,
        part=part,
        label=rated.label,
        nature=Nature.PREPAYMENT,
        quantity=rated.quantity,
        unit=rated.unit,
        unit_price=rated.unit_price,
        net=line.net,
        service_first=record.first,
        service_after_last=record.after_last,
        tax_point=record.claimed,
        tax=Tax(line.category, line.rate, line.reason),
        proof=LineProof(
            rule=record.kind.value,
            arithmetic=1,
            version_id=version_id,
            sum=rated.written_out,
            rounding=f"{plain(line.net)} {currency}, whose tax is in whole cents",
            tax=line.tax,
        ),
        tax_code=tax_code,
    )


def top_up_days(claimed: date) -> tuple[date, date]:
    """Name the days of a top-up: that of its claim, and the one after."""
    return claimed, claimed + _A_DAY
