"""Savings of several carriers as one use: each part times the factors of its days, exactly, and in words."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.joined import DatedFactor, chain_factor
from contracts.rated_usage import Usage
from contracts.usage import NamedUse
from metering.usage.measure import Part
from quantities.exact import Exact, fraction_or_none, rounded, scaled, total
from quantities.number import plain, trimmed
from savings.coverage import JoinedCoverage, RowCoverage


@dataclass(frozen=True, slots=True)
class CarrierShare:
    """What a carrier brings into a joined saving by one chain of factors.

    Attributes:
        saving: the carrier's.
        unit: of the saving.
        saved: in that unit, rounded as it is printed.
        chain: the factors, in the order in which they are multiplied.
        energy: in the joined unit, unrounded.
    """

    saving: str
    unit: str
    saved: Decimal
    chain: tuple[DatedFactor, ...]
    energy: Exact


def joined_usage(use: NamedUse, savings: Mapping[str, Usage]) -> Usage:
    """Join the savings of carriers into one use, with what was expected and what was measured beside it.

    Args:
        use: with the carriers, and the unit that they are joined into.
        savings: of each carrier by its name, in parts by band and month, as a saving is counted.

    Returns:
        In the joined unit and unrounded; its parts by carrier, band and month. Each carrier's coverage is kept apart.

    Raises:
        FactorMissing: a carrier has no factor for some of the days.
    """
    coverages = [usage.coverage for usage in savings.values()]
    known = tuple(coverage for coverage in coverages if isinstance(coverage, RowCoverage))
    auxiliary = {
        name: _joined(use, {saving: usage.auxiliary_usage[name] for saving, usage in savings.items()})
        for name in ("expected", "measured")
        if all(name in usage.auxiliary_usage for usage in savings.values())
    }
    return _joined(use, savings, auxiliary, JoinedCoverage(known) if known else None)


def _joined(
    use: NamedUse,
    savings: Mapping[str, Usage],
    auxiliary: Mapping[str, Usage] | None = None,
    coverage: JoinedCoverage | None = None,
) -> Usage:
    parts = tuple(_part(energy, {"carrier": saving, **part.labels}) for saving, part, _, energy in _parts(use, savings))
    quantity = total(part.exactly for part in parts)
    return Usage(
        trimmed(rounded(quantity)),
        use.unit or "",
        parts=parts,
        exact=fraction_or_none(quantity),
        auxiliary_usage=auxiliary or {},
        coverage=coverage,
    )


def _part(quantity: Exact, labels: Mapping[str, str]) -> Part:
    return Part(rounded(quantity), labels, fraction_or_none(quantity))


def _parts(use: NamedUse, savings: Mapping[str, Usage]) -> Iterator[tuple[str, Part, tuple[DatedFactor, ...], Exact]]:
    """Each part of each carrier's saving, with the factors of its days and its joined energy."""
    for carrier in use.joined:
        usage = savings[carrier.saving]
        for part in usage.parts:
            chain = carrier.chain(date.fromisoformat(part.labels.get("since", f"{part.labels['month']}-01")))
            factor = chain_factor(chain, usage.unit, use.unit or "")
            yield carrier.saving, part, chain, scaled(part.exactly, factor)


def carrier_shares(use: NamedUse, savings: Mapping[str, Usage]) -> tuple[CarrierShare, ...]:
    """Add up what each carrier brings in by each chain of factors, in the order of carriers and time."""
    saved, energies = defaultdict[object, list[Exact]](list), defaultdict[object, list[Exact]](list)
    keys: dict[tuple[str, tuple[DatedFactor, ...]], None] = {}
    for saving, part, chain, energy in _parts(use, savings):
        keys[saving, chain] = None
        saved[saving, chain].append(part.exactly)
        energies[saving, chain].append(energy)
    return tuple(
        CarrierShare(saving, savings[saving].unit, rounded(total(saved[key])), chain, total(energies[key]))
        for key in keys
        for saving, chain in (key,)
    )


def joined_in_words(use: NamedUse, savings: Mapping[str, Usage]) -> str:
    """Write the joining down for a proof: each carrier's saving, its factors and what it brings in."""
    shares = carrier_shares(use, savings)
    whole = plain(trimmed(rounded(total(share.energy for share in shares))))
    terms = (
        f"{share.saving} {plain(trimmed(share.saved))} {share.unit} × {' × '.join(map(str, share.chain))} = "
        f"{plain(trimmed(rounded(share.energy)))} {use.unit}"
        for share in shares
    )
    return f"{use.name} = {whole} {use.unit}: {'; '.join(terms)}"
