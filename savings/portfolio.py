"""The uncertainty of the savings of many sites together: independent errors add up by their squares.

    ΔE = √(Σ ΔEᵢ²)        as a fraction of the savings: ΔE / |Σ Eᵢ|

Every ``ΔEᵢ`` is of one variant and one confidence, so that ``ΔE`` is as well. Errors are taken for independent: what
all sites share, such as one wrong weather station, is not in it. A saving that nobody may rely on is added, and named.

Source: LBNL RMV2.0 1.1.0, R/savings.R, portfolio_savings: the root of the sum of the sites' squared uncertainties.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.document import OptionalText
from quantities.errors import Invalid
from quantities.names import Name, UnitSymbol
from quantities.number import EXACT, plain
from quantities.quantity import convert
from quantities.terms import Terms
from savings.finding import BaselineFinding, FindingSeverity
from savings.statistics.frozen_statistic import Statistic

_PLACES = 6
#: What the report of a saving says besides, and a sum of savings does not need.
_OTHER_FACTS = frozenset(
    {"measured", "fraction", "rows", "tiers", "coverage", "energy", "baseline_sha256", "own_period", "each"}
)


class ConfidencesDiffer(Invalid):
    """The uncertainties are of different confidences."""


class SiteSaving(Terms):
    """The saving of one site, as ``baseline savings --json`` and ``POST /v1/savings`` answer it.

    Attributes:
        site: its name, by which what it lacks is said.
        unit: the unit of its energies.
        expected: what the baseline expects.
        avoided: expected less measured; below zero where more was used.
        confidence: two-sided, of the uncertainty.
        uncertainty: plus or minus how much energy, by the variant's name.
        findings: about its reporting period.
    """

    site: OptionalText = ""
    unit: UnitSymbol
    expected: Statistic
    avoided: Statistic
    confidence: Statistic
    uncertainty: Mapping[Name, Statistic]
    findings: tuple[BaselineFinding, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _is_a_report(cls, document: object) -> object:
        """A report of a saving is taken as it was answered."""
        if not isinstance(document, Mapping):
            return document
        return {name: fact for name, fact in document.items() if name not in _OTHER_FACTS}


class Portfolio(Terms):
    """The savings of many sites together.

    Attributes:
        unit: the unit of the first site's energies.
        sites: how many there are.
        expected: what the baselines expect.
        avoided: the sum of the savings.
        fraction: the saved part of what is expected; None where nothing is.
        confidence: two-sided, of the uncertainty.
        uncertainty: plus or minus how much energy, by each variant that every site has.
        of_savings: the same as a fraction of the savings; empty where nothing was saved.
        without: by each variant that only some sites have, the sites without it.
        disqualified: by each finding because of which nobody may rely on a saving, the sites that have it.
    """

    unit: UnitSymbol
    sites: int
    expected: Statistic
    avoided: Statistic
    fraction: Statistic | None
    confidence: Statistic
    uncertainty: Mapping[Name, Statistic]
    of_savings: Mapping[Name, Statistic]
    without: Mapping[Name, tuple[str, ...]] = {}
    disqualified: Mapping[Name, tuple[str, ...]] = {}


class PortfolioRequest(Terms):
    """The savings that are added up; at least one."""

    savings: Annotated[tuple[SiteSaving, ...], Field(min_length=1, max_length=100_000)]


def portfolio_of(savings: Sequence[SiteSaving]) -> Portfolio:
    """Add up the savings of sites, with their uncertainty; energies are rounded to six places.

    Args:
        savings: one for each site, at least one, in units of one kind.

    Raises:
        ConfidencesDiffer: the uncertainties are not of one confidence.
        IncompatibleUnit: a unit is of another kind than that of the first.
    """
    unit, confidence = savings[0].unit, savings[0].confidence
    others = sorted({saving.confidence for saving in savings} - {confidence})
    if others:
        stated = ", ".join(map(plain, [confidence, *others]))
        detail = f"uncertainties of {stated} do not add up"
        raise ConfidencesDiffer(detail, place="confidence", found=stated, expected="one confidence")
    names = [saving.site or f"site {number}" for number, saving in enumerate(savings, start=1)]
    variants = list(dict.fromkeys(name for saving in savings for name in saving.uncertainty))
    without = {
        variant: tuple(name for name, saving in zip(names, savings, strict=True) if variant not in saving.uncertainty)
        for variant in variants
    }
    expected = added(convert(saving.expected, saving.unit, unit) for saving in savings)
    avoided = added(convert(saving.avoided, saving.unit, unit) for saving in savings)
    half_widths = {
        variant: _root_of_squares([convert(saving.uncertainty[variant], saving.unit, unit) for saving in savings])
        for variant in variants
        if not without[variant]
    }
    return Portfolio(
        unit=unit,
        sites=len(savings),
        expected=round(expected, _PLACES),
        avoided=round(avoided, _PLACES),
        fraction=round(quotient(avoided, expected), _PLACES) if expected else None,
        confidence=confidence,
        uncertainty={variant: round(half_width, _PLACES) for variant, half_width in half_widths.items()},
        of_savings={
            variant: round(quotient(half_width, abs(avoided)), _PLACES)
            for variant, half_width in half_widths.items()
            if avoided
        },
        without={variant: sites for variant, sites in without.items() if sites},
        disqualified=_disqualified(names, savings),
    )


def _disqualified(names: Sequence[str], savings: Sequence[SiteSaving]) -> dict[str, tuple[str, ...]]:
    by_code: dict[str, list[str]] = {}
    for name, saving in zip(names, savings, strict=True):
        for finding in saving.findings:
            if finding.severity is FindingSeverity.DISQUALIFICATION and name not in by_code.setdefault(
                finding.code, []
            ):
                by_code[finding.code].append(name)
    return {code: tuple(sites) for code, sites in by_code.items()}


def _root_of_squares(numbers: Sequence[Decimal]) -> Decimal:
    """√(Σ x²), rounded to the digits of exact arithmetic."""
    return EXACT.sqrt(added(product(number, number) for number in numbers))
