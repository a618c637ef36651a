"""What credit notes by hand give back of a period that is rated again: what they gave, up to what it comes to now.

A credit is a claim of its own on what is owed. Where its line comes to less, a part of it is taken back; where the line
comes to more again, it is given again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from billing.credits.still_billed import credit_notes, joined_days, of_same_charge, part_reduced
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from quantities.arithmetic import added
from quantities.number import plain
from quantities.proportion import proportioned


def known_credits(work: int, documents: Iterable[StoredInvoice]) -> tuple[int, ...]:
    """Name the credit notes that give back something of a period, by their numbers within the contract.

    Args:
        work: the key of the period's first document.
        documents: of the contract.
    """
    records = {
        note.row.inputs.credit.n
        for note in credit_notes(documents)
        if note.row.inputs.credit is not None and _lines_of(note, work)
    }
    return tuple(sorted(records))


def owed_credits(
    work: int, documents: Iterable[StoredInvoice], owed: Sequence[Line], currency: str
) -> tuple[Line, ...]:
    """Say what of the credit notes of a period is owed, where it is rated again.

    Args:
        work: the key of the period's first document.
        documents: of the contract, in order.
        owed: the period rated again.
        currency: of the contract.

    Returns:
        A line for each of which something is owed, with the key and the price of the credit note's own line; one that
        is capped is 1 each of what is left. They bear the tax of the line that they reduce.
    """
    given = [line for note in credit_notes(documents) for line in _lines_of(note, work)]
    lines: list[Line] = []
    for credit in given:
        alike = [line for line in owed if of_same_charge(line, credit)]
        days = joined_days([*alike, *(other for other in given if of_same_charge(other, credit))], credit)
        reduced = [line for line in alike if days[0] <= line.service_first < days[1]]
        taken = (line for line in lines if of_same_charge(line, credit) and days[0] <= line.service_first < days[1])
        left = added([*(line.net for line in reduced), *(line.net for line in taken)])
        line = _owed(credit, reduced, left, currency)
        if line is not None:
            lines.append(line)
    return tuple(lines)


def _lines_of(note: StoredInvoice, work: int) -> list[Line]:
    return [line for line in note.lines if line.corrects is not None and line.corrects.invoice == work]


def _owed(credit: Line, reduced: Sequence[Line], left: Decimal, currency: str) -> Line | None:
    """Say what is owed of one credit; None where nothing is left of what it gives back."""
    if not reduced or left * credit.net >= 0:
        return None
    line = min(reduced, key=lambda line: _nearness(line, credit))
    proof = credit.proof.model_copy(update=_of_reduced(line))
    of_line = replace(
        credit,
        nature=line.nature,
        tax_point=line.tax_point,
        tax=line.tax,
        tax_code=line.tax_code,
        revenue_account=line.revenue_account,
        dimensions=line.dimensions,
        proof=proof,
        corrects=None,
    )
    if abs(credit.net) <= abs(left):
        return of_line
    capped = proof.credit.model_copy(update={"left": plain(left)}) if proof.credit is not None else None
    return replace(
        of_line,
        quantity=Decimal(-1) if left > 0 else Decimal(1),
        unit="each",
        unit_price=abs(left),
        net=-left,
        allocation=_shares(line, -left, currency, of_payees=False),
        payees=_shares(line, -left, currency, of_payees=True),
        proof=proof.model_copy(
            update={"credit": capped, "rounding": f"{plain(-left)} {currency} is left to give back"}
        ),
    )


def _of_reduced(line: Line) -> dict[str, object]:
    """What of the proof of a credit is that of the line that it reduces."""
    return {"tax": line.proof.tax, "version_id": line.proof.version_id, "seller": line.proof.seller}


def _nearness(line: Line, credit: Line) -> tuple[bool, bool, bool]:
    """Prefer the line of the same key, then one of the same tax, then one on the same days."""
    is_met = line.service_first < credit.service_after_last and credit.service_first < line.service_after_last
    return (
        (line.part, line.service_first) != (part_reduced(credit), credit.service_first),
        line.tax != credit.tax,
        not is_met,
    )


def _shares(line: Line, amount: Decimal, currency: str, *, of_payees: bool) -> dict[str, str]:
    shares = proportioned(line.payees if of_payees else line.allocation, amount, currency)
    return {name: plain(share) for name, share in shares.items() if share}
