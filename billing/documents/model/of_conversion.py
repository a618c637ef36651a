"""How what registers counted became what a line bills: between units and reference states, or by an agreed formula.

A gas meter counts m³ and a bill is in kWh: volume × state number (z) × calorific value. Who pays it must find each of
them on the bill (DVGW G 685; in Germany § 40 EnWG), with the days for which they were agreed. A formula says them where
it is one product; of any other formula the line writes the whole calculation.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from billing.documents.model.business_line import ConversionFactor, UseConversion
from billing.records.proof import ConversionProof, LineProof, UseProof
from contracts.contract import Contract
from contracts.formula import syntax_tree
from contracts.usage import NamedUse
from quantities.exact import half_up, rounded, scaled, settled
from quantities.number import exact, trimmed
from quantities.quantity import QuantityKind, unit

_SHOWN = Decimal("0.000001")
#: Without a rule of the contract, what is converted is shown to so many places.
_PLACES = 3
_TERM = re.compile(r"(?P<name>\w+) = (?P<number>-?\d+(?:\.\d+)?) (?P<unit>\S+?)(?=, \w+ = |$)")


@dataclass(frozen=True, slots=True)
class _Factor:
    """A factor of a formula, as it is written: above the line or below it."""

    name: str
    number: Decimal
    unit: str
    is_divisor: bool = False


def conversions_of(proof: LineProof, contract: Contract) -> Mapping[str, UseConversion]:
    """Say how the uses of a line's registers were converted.

    Args:
        proof: of the line.
        contract: the version by which it is.

    Returns:
        By the key of a register; none of what is billed as it is counted, and of a formula over several of them.
    """
    usage = proof.usage
    if usage is None:
        return {}
    places = _PLACES if contract.settings.quantity_places is None else contract.settings.quantity_places
    if isinstance(usage, UseProof) and usage.calculation:
        by_formula = _by_formula(usage, contract)
        if by_formula is None:
            return {}
        register, conversion = by_formula
        return {register: conversion if proof.conversion is None else _then(conversion, proof.conversion, places)}
    if proof.conversion is None:
        return {}
    return {
        register.register_key: _of_units(Decimal(register.quantity), proof.conversion, places)
        for register in usage.registers
        if register.unit == proof.conversion.from_unit and not register.is_mean
    }


def _of_units(quantity: Decimal, conversion: ConversionProof, places: int) -> UseConversion:
    return UseConversion(
        quantity=quantity,
        unit=conversion.from_unit,
        factors=(_factor(conversion),),
        result=trimmed(half_up(scaled(quantity, Fraction(conversion.factor)), places)),
        to=conversion.to_unit,
        states=conversion.states or "",
    )


def _then(before: UseConversion, conversion: ConversionProof, places: int) -> UseConversion:
    """Add the factor between the unit of a formula and that of the price."""
    return replace(
        before,
        factors=(*before.factors, _factor(conversion)),
        result=trimmed(half_up(scaled(before.result, Fraction(conversion.factor)), places)),
        to=conversion.to_unit,
        states=conversion.states or "",
    )


def _factor(conversion: ConversionProof) -> ConversionFactor:
    factor = Fraction(conversion.factor)
    value = rounded(settled(factor))
    shown = _shown(value)
    is_exact = Fraction(shown) == factor
    of_states = conversion.states is not None
    return ConversionFactor(
        "",
        shown or value,
        "one" if of_states else conversion.to_unit,
        "" if of_states else conversion.from_unit,
        "" if is_exact else conversion.factor,
    )


def _shown(number: Decimal) -> Decimal:
    return trimmed(number.quantize(_SHOWN, ROUND_HALF_UP))


def _by_formula(usage: UseProof, contract: Contract) -> tuple[str, UseConversion] | None:
    """Read a formula that is one product of a counted use and of numbers; None of any other."""
    use = _use(contract, usage.name)
    if use is None or use.formula is None or usage.quantity is None:
        return None
    values = {
        term["name"]: (Decimal(term["number"]), term["unit"])
        for term in _TERM.finditer(usage.calculation.rpartition(", with ")[2])
    }
    factors = _factors(syntax_tree(use.formula), values)
    counted = [factor for factor in factors if factor.name and not _is_ratio(factor)]
    if len(counted) != 1 or counted[0].is_divisor:
        return None
    (base,) = counted
    inner = _use(contract, base.name)
    if inner is None or len(inner.registers) != 1 or unit(base.unit).kind is unit(usage.unit).kind:
        return None
    others = _joined([factor for factor in factors if factor is not base])
    if others is None:
        return None
    return inner.registers[0], UseConversion(
        base.number, base.unit, others, Decimal(usage.quantity), usage.unit, agreed_from=contract.effective
    )


def _use(contract: Contract, name: str) -> NamedUse | None:
    return next((use for use in contract.usages if use.name == name), None)


def _is_ratio(factor: _Factor) -> bool:
    return unit(factor.unit).kind is QuantityKind.RATIO


def _factors(tree: ast.expr, values: Mapping[str, tuple[Decimal, str]], *, divides: bool = False) -> list[_Factor]:
    """List the factors of a product and its divisors; none of what is no product."""
    match tree:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as sign, right=right):
            first = _factors(left, values, divides=divides)
            second = _factors(right, values, divides=divides is not isinstance(sign, ast.Div))
            return [*first, *second] if first and second else []
        case ast.BinOp(left=number, op=ast.MatMult(), right=ast.Name(id=spelling)):
            return [_Factor("", exact(ast.unparse(number)), unit(spelling).symbol, divides)]
        case ast.Constant():
            return [_Factor("", exact(ast.unparse(tree)), "one", divides)]
        case ast.Name(id=name) if name in values:
            return [_Factor(name, *values[name], divides)]
        case _:
            return []


def _joined(factors: Sequence[_Factor]) -> tuple[ConversionFactor, ...] | None:
    """Write a number with a unit and the unit that it is divided by as one, as 11.42 kWh / 1 m3 is 11.42 kWh/m³.

    Returns:
        None where a divisor is anything but one of a unit, or nothing is left of it.
    """
    units = [factor for factor in factors if not _is_ratio(factor)]
    above = [factor for factor in units if not factor.is_divisor]
    below = [factor for factor in units if factor.is_divisor]
    ratios = [factor for factor in factors if _is_ratio(factor)]
    if len(above) != 1 or len(below) != 1 or below[0].number != 1 or any(factor.is_divisor for factor in ratios):
        return None
    energy, per = above[0], below[0].unit
    named = next((factor for factor in reversed(ratios) if factor.name), None)
    if energy.number == 1 and named is not None:  # hs * 1 kWh / 1 m3: the number is a use of its own
        rest = [factor for factor in ratios if factor is not named]
        whole = ConversionFactor(named.name, _shown(named.number), energy.unit, per)
    else:
        rest, whole = ratios, ConversionFactor("", _shown(energy.number), energy.unit, per)
    return (*(ConversionFactor(factor.name, _shown(factor.number)) for factor in rest), whole)
