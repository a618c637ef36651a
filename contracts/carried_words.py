"""What a charge carries from one stretch into the next, in words: a phrase for every number of its state.

A state is JSON that its rule alone reads. For a person its numbers are named here, once, by the names that states give
them; where two rules mean two things by one name, the name has the rule's kind before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from contracts.charge import Charge
from contracts.clause import Rule
from contracts.included import Included
from contracts.rated_usage import CarriedState
from contracts.schedule import Per
from quantities.exact import exact_number, rounded
from quantities.number import plain

#: ``{n}`` is the number, ``{unit}`` the rule's unit, ``{money}`` the currency, ``{since}`` the window's first day.
_PHRASES: Mapping[str, str] = {
    "used": "{n} {unit} used{since}",
    "made_up": "{n} {unit} billed as missing{since}",
    "made": "{n} {unit} made{since}",
    "energy": "{n} {unit} expected{since}",
    "amount": "charges of {n} {money}{since}",
    "down": "{n} of time down{since}",
    "known": "{n} of time known{since}",
    "days": "{n} days down{since}",
    "hours": "{n} {unit}{since}",
    "cycles": "{n} cycles{since}",
    "ratio": "{n} hours a cycle in force",
    "peak": "a highest peak of {n} {unit}{since}",
    "periods": "periods billed with it: {n}",
    "included.used": "{n} {unit} drawn on what is included{since}",
    "included.free": "{n} {unit} of them included",
    "included.machine_days": "{n} days of machines{since}",
    "included.left": "{n} {unit} left by the window before",
    "included.next": "{n} {unit} left for the next window",
    "losses": "a loss of {n} {money} to make good",
    "repaid": "{n} {money} repaid",
    "verified": "{n} {money} verified{since}",
    "billed": "{n} {money} billed on account{since}",
    "rows": "{n} rows to settle{since}",
    "counted": "{n} rows counted{since}",
    "worth": "a saving worth {n} {money}{since}",
    "trusteeship_fee.paid": "energy bills of {n} {money}{since}",
    "savings_cap.paid": "charges of {n} {money}{since}",
    "savings_guarantee.paid": "{n} {money} paid as compensation",
    "savings_guarantee.saved": "{n} {saved} saved{since}",
    "savings_guarantee.all": "{n} {saved} saved beyond all promises so far",
    "savings_share.saved": "{n} {unit} saved{since}",
    "savings_share.billed": "{n} {money} billed{since}",
    "savings_share.invoiced": "{n} {money} invoiced",
    "surplus": "a surplus of {n} {saved} from windows before",
    "energy_guarantee.used": "{n} {unit} used{since}",
    "energy_guarantee.output": "an output of {n}{since}",
    "energy_guarantee.output_unit": "output in {n}",
    "lease_rent.billed": "{n} instalments billed",
    "drawdown.left": "{n} {money} left",
    "drawdown.prepaid": "{n} {money} paid before",
    "drawdown.claimed": "claimed on {n}",
    "balance": "a balance of {n} {money}",
    "lease_rent.financed": "{n} {money} financed",
    "lease_rent.rent": "instalments of {n} {money}",
    "lease_rent.terms": "agreed as {n}",
}


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the numbers of a state are in: the rule's kind, its units, and the first day of the contract.

    Attributes:
        kind: of the rule; ``included`` for a pool.
        unit: of quantities.
        money: the currency.
        saved: the unit of a saving: energy, or the currency where its value is promised.
        starts: the contract's first day: a window that began before it counts from it.
        since: from when a sum is, with its preposition; empty where no window is named.
    """

    kind: str
    unit: str
    money: str
    saved: str
    starts: date
    since: str = ""

    def of_window(self, first: object) -> "_Scope":
        return replace(self, since=f" since {max(date.fromisoformat(str(first)), self.starts)}")


def charge_in_words(charge: Charge, carried: Mapping[str, Any], starts: date, currency: str) -> tuple[str, ...]:
    """Name everything that a charge carries: of its rule, and of its included quantity.

    Args:
        charge: of the version that wrote the state.
        carried: by ``rule`` and ``included``, as composition closes them.
        starts: the contract's first day.
        currency: of amounts.
    """
    pool = included_in_words(charge.included, carried.get("included", {}), starts) if charge.included else ()
    owed = instalments_in_words(carried.get("instalments", {}), starts, currency)
    return (*pool, *rule_in_words(charge.rule, carried.get("rule", {}), starts, currency), *owed)


def instalments_in_words(state: CarriedState, starts: date, currency: str) -> tuple[str, ...]:
    """Name what a window was billed on account, and what its use came to so far."""
    values = state_values(state)
    if "window" not in values:
        return ()
    since = f" since {max(date.fromisoformat(str(values['window'])), starts)}"
    used = " + ".join(f"{line['quantity']} {line['unit']} × {line['unit_price']}" for line in values["lines"])
    return (f"{values['billed']} {currency} billed on account{since}", f"use of {used or 'nothing'} to settle")


def rule_in_words(rule: Rule, state: CarriedState, starts: date, currency: str) -> tuple[str, ...]:
    """Name the numbers of a rule's state, such as ``3200 kWh used since 2026-01-01``; nothing of an empty one."""
    by_amount = any(committed.amount is not None for committed in getattr(rule, "committed", ()))
    unit, of_value = getattr(rule, "unit", ""), getattr(rule, "of", None) == "value"
    unit = _written_unit(state) or unit  # the version that wrote it may have counted in another
    scope = _Scope(rule.kind, currency if by_amount else unit, currency, currency if of_value else unit, starts)
    return tuple(_phrases(rule, state_values(state), scope))


def included_in_words(included: Included, state: CarriedState, starts: date) -> tuple[str, ...]:
    """Name what of an included quantity is used, and what the window before has left."""
    scope = _Scope("included", _written_unit(state) or included.unit, "", "", starts)
    return tuple(_phrases(None, state_values(state), scope))


def state_values(state: CarriedState) -> Mapping[str, Any]:
    """Read the numbers of a state, whether or not it says what wrote them."""
    return state["values"] if "values" in state and "kind" in state else state


def _written_unit(state: CarriedState) -> str:
    """The unit that a state says it is in; empty where it says none."""
    return str(state["unit"]) if "values" in state and "unit" in state else ""


def _number(written: object) -> str:
    """Write a number for a reader: where its decimals do not end, rounded, and the exact fraction with it."""
    text = str(written)
    return f"{plain(rounded(exact_number(text)))} ({text})" if "/" in text else text


def _phrases(rule: Rule | None, state: Mapping[str, Any], scope: _Scope) -> Iterator[str]:
    if "window" in state:
        scope = scope.of_window(state["window"])
    for name, value in state.items():
        if isinstance(value, Mapping):
            yield from _nested(rule, name, value, scope)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from _listed(rule, name, value, scope)
        elif name == "years":
            yield f"{value} {_window_of(rule)}{'' if value == '1' else 's'} settled"
        elif name not in ("window", "by"):
            yield from _phrase(name, str(value), scope)


def _nested(rule: Rule | None, name: str, state: Mapping[str, Any], scope: _Scope) -> Iterator[str]:
    match name:
        case "tariff":
            for item, inner in state.items():
                yield from (f"{item}: {phrase}" for phrase in _phrases(rule, state_values(inner), scope))
        case "tier":
            yield from (f"{_number(number)} {unit} that choose the tier{scope.since}" for unit, number in state.items())
        case "used":
            yield from (
                f"{_number(number)} {scope.unit} used by {group}{scope.since}" for group, number in state.items()
            )
        case "given":
            yield from (f"{_number(number)} {service} given{scope.since}" for service, number in state.items())
        case "left" | "money":
            rests = ((block, _number(rest), _unit_of(rule, block, scope)) for block, rest in state.items())
            yield from (f"{rest} {unit} left of {block}" for block, rest, unit in rests)
        case _:  # a window's own numbers: those of a saving, or of one of several windows
            window = f" ({name.replace('_', ' ')})" if name in set(Per) else ""
            yield from (f"{phrase}{window}" for phrase in _phrases(rule, state, scope))


def _listed(rule: Rule | None, name: str, entries: Sequence[Any], scope: _Scope) -> Iterator[str]:
    if name == "peaks":
        yield f"peaks of {', '.join(map(_number, entries))} {scope.unit} in the periods before"
    else:
        yield from (_lot(rule, lot, scope) for lot in entries)


def _phrase(name: str, number: str, scope: _Scope) -> Iterator[str]:
    if number != "0":
        phrase = _PHRASES.get(f"{scope.kind}.{name}") or _PHRASES.get(name) or _unnamed(name)
        words = phrase.format(
            n=_number(number), unit=scope.unit, money=scope.money, saved=scope.saved, since=scope.since
        )
        yield " ".join(words.split())


def _unnamed(name: str) -> str:
    """A phrase for a number that has none of its own: the rows of one of several savings, by its name."""
    return f"{name.replace('_', ' ').replace('{', '{{').replace('}', '}}')} {{n}}"


def _unit_of(rule: Rule | None, block: str, scope: _Scope) -> str:
    """The unit of a prepaid block: the rule's, or the currency for a block of money."""
    blocks = {prepaid.name: prepaid for prepaid in getattr(rule, "blocks", ())}
    return scope.money if block in blocks and blocks[block].amount is not None else scope.unit


def _window_of(rule: Rule | None) -> str:
    return str(getattr(rule, "per", Per.YEAR).value).replace("_", " ")


def _lot(rule: Rule | None, lot: Mapping[str, str], scope: _Scope) -> str:
    """Periods of a demand; or a quantity of a year before: the last year that may use it is stored counted from 0."""
    if "windows" in lot:
        good = "one window" if lot["windows"] == "1" else f"{lot['windows']} windows"
        return f"{_number(lot['quantity'])} {scope.unit} left by a window before, good for {good}"
    if "periods" in lot:
        least = "" if lot["minimum"] == "0" else f" for at least {_number(lot['minimum'])} {scope.unit}"
        return f"periods billed with it{least}: {lot['periods']}"
    what = f"paid at {lot['price']} and not taken" if "price" in lot else "taken beyond the obligation"
    last = f"{_window_of(rule)} {int(lot['until']) + 1} of the contract"
    return f"{_number(lot['quantity'])} {scope.unit} {what}, good until {last}"
