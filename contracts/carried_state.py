"""What a charge carries from one billing period into the next, written so that it knows what it is.

    {kind, arithmetic, unit, schema, values}, and per and currency where there are any

A state is opened by the rule that wrote it, or by another version of that rule: converted exactly, or refused by name.
Releases before this form wrote the values alone; such a bare state is taken as its own rule would have written it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import Per
from quantities.conversion import conversion
from quantities.document import whole_number
from quantities.errors import Invalid
from quantities.exact import exact_number, exact_text, scaled
from quantities.quantity import IncompatibleUnit

#: The newest form of the values.
SCHEMA = 1
#: The form of the values that releases before states knew what they are have written.
BARE = 0
#: What every written state has beside its values; no bare state has these names.
_ALWAYS = ("kind", "arithmetic", "unit", "schema", "values")
_NUMBERS = ("arithmetic", "schema")
_PERIODS = frozenset(per.value for per in Per)


class UnopenedState(Invalid):
    """The charge cannot go on from what it carried."""

    #: The field of the rule that is at fault.
    field: ClassVar[str] = "kind"

    def __init__(self, detail: str = "", /, **members: object) -> None:
        """State the fault, and that field as its place."""
        super().__init__(detail, **{"place": self.field, **members})


class StateOfAnotherRule(UnopenedState):
    """Another rule wrote what the charge carries."""


class StateOfUnknownForm(UnopenedState):
    """What the charge carries is of an unknown schema or arithmetic."""


class StateInAnotherUnit(UnopenedState):
    """What the charge carries is in a unit of another kind."""

    field: ClassVar[str] = "unit"


class StateInAnotherCurrency(UnopenedState):
    """What the charge carries is in another currency."""


class StateOfAnotherWindow(UnopenedState):
    """What the charge carries is of a window that has not ended."""

    field: ClassVar[str] = "per"


class StateLeftOver(UnopenedState):
    """The rule has no place for a part of what the charge carries."""


@dataclass(frozen=True, slots=True)
class KnownState:
    """What a rule carries on, and what is needed to read it.

    Attributes:
        kind: of the rule; ``included`` for an included quantity.
        arithmetic: the number of the rule's arithmetic.
        unit: of its quantities; empty where it has none.
        values: the rule's own JSON; numbers are text, one whose decimals do not end is ``p/q``.
        schema: the form of ``values``.
        per: the window of its sums; empty where it has none, or several, which name themselves.
        currency: of its amounts; empty where it has none.
    """

    kind: str
    arithmetic: int
    unit: str
    values: CarriedState
    schema: int = SCHEMA
    per: str = ""
    currency: str = ""

    def written(self) -> CarriedState:
        """Write it as JSON values; without values there is nothing to carry."""
        if not self.values:
            return {}
        written = {"kind": self.kind, "arithmetic": self.arithmetic, "unit": self.unit, "schema": self.schema}
        further = {"per": self.per, "currency": self.currency}
        return written | {name: text for name, text in further.items() if text} | {"values": self.values}

    @property
    def windows(self) -> Mapping[Per, str]:
        """The first day of each window that it holds sums of."""
        values = self.values.get("within", self.values)
        if "window" in values:
            return {Per(self.per): values["window"]} if self.per in _PERIODS else {}
        return {Per(name): sums["window"] for name, sums in values.items() if name in _PERIODS}

    @property
    def is_of_period(self) -> bool:
        """Whether it holds sums of the billing period alone, which a change of terms has divided."""
        names = set(self.values)
        is_one_window = "window" in names or names in ({"within"}, {Per.PERIOD.value})
        lasts = "ratio" in names or "lots" in names or self.values.get("left", "0") != "0"
        return self.per == Per.PERIOD.value and is_one_window and not lasts

    @property
    def is_prepaid(self) -> bool:
        """Whether it holds money of the customer that is to be drawn or given back."""
        return self.kind == "drawdown" and bool(exact_number(self.values.get("left", "0")))


def known(state: CarriedState) -> KnownState | None:
    """Read a written state; None for the bare values of an earlier release.

    Raises:
        StateOfUnknownForm: it has more than a state has, or its values have no names.
    """
    if not all(name in state for name in _ALWAYS):
        return None
    # In a document of people a number is text, and an empty text nothing.
    read = {name: whole_number(state[name]) for name in _NUMBERS} | {"unit": state["unit"] or ""}
    try:
        written = KnownState(**{**state, **read})
    except TypeError as error:
        raise StateOfUnknownForm(
            f"a state has no such part: {error}", found=", ".join(state), expected=", ".join(_ALWAYS)
        ) from error
    if not isinstance(written.values, Mapping):
        raise StateOfUnknownForm("the values of a state are by name", found=str(written.values)[:60], expected="names")
    return written


@dataclass(frozen=True, slots=True)
class StateReader:
    """What opens a state: a rule, or an included quantity.

    Attributes:
        kind: its own.
        kinds: of the rules whose states it reads: its own, and those that mean the same by their values.
        arithmetics: the numbers of arithmetic that it reads.
        unit: of the quantities that it carries.
        windows: over which it adds up.
        quantities: the names of its values, at any depth, that are in ``unit``.
        prices: the names of those that are for one ``unit``.
        from_bare: brings values of an earlier release to the newest form.
    """

    kind: str
    kinds: frozenset[str]
    arithmetics: frozenset[int]
    unit: str
    windows: tuple[Per, ...]
    quantities: frozenset[str]
    prices: frozenset[str] = frozenset()
    from_bare: Callable[[CarriedState, Usage], CarriedState] | None = None

    def opened(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Read the values of a state; those of a release before states knew what they are stay as they were.

        Raises:
            UnopenedState: it cannot be read; the reason is its class.
        """
        written = known(state) if state else None
        return state if written is None else self.values(written, usage)

    def values(self, state: KnownState, usage: Usage) -> CarriedState:
        """Bring a state's values to the unit and the windows of the reader, exactly.

        A window that goes on is the one that begins on the same day. Sums of a billing period alone begin anew where
        they cannot be taken over: what was used before is priced already. So do those of a window that has ended.

        Raises:
            UnopenedState: it cannot be read; the reason is its class.
        """
        if state.schema not in (BARE, SCHEMA):
            raise StateOfUnknownForm(
                "the form is unknown", place="schema", found=str(state.schema), expected=str(SCHEMA)
            )
        try:
            if state.kind not in self.kinds:
                detail = f"{state.kind} wrote what is carried; another rule is a charge with a name of its own"
                raise StateOfAnotherRule(detail, found=self.kind, expected=state.kind)
            if state.arithmetic not in self.arithmetics:
                detail = f"{state.kind} has no arithmetic {state.arithmetic}"
                known_ones = ", ".join(map(str, sorted(self.arithmetics)))
                raise StateOfUnknownForm(detail, found=str(state.arithmetic), expected=known_ones)
            if state.currency and usage.currency and state.currency != usage.currency:
                detail = f"amounts in {state.currency} are not carried into {usage.currency}"
                raise StateInAnotherCurrency(detail, found=usage.currency, expected=state.currency)
            factor = self._factor(state.unit)
            names = self._windows_that_go_on(state, usage)
        except UnopenedState:
            if state.is_of_period:
                return {}
            raise
        newest = state.values
        if state.schema == BARE and self.from_bare is not None:
            newest = self.from_bare(newest, usage)
        values = {names.get(name, name): value for name, value in newest.items()}
        return values if factor == 1 else self._converted(values, factor)

    def _factor(self, unit: str) -> Fraction:
        if unit == self.unit:
            return Fraction(1)
        detail = f"what is carried is in {unit or 'money or numbers'}, and not in {self.unit or 'money or numbers'}"
        refusal = StateInAnotherUnit(detail, found=self.unit, expected=unit)
        if not unit or not self.unit:
            raise refusal
        try:
            return conversion(unit, self.unit)
        except IncompatibleUnit as error:
            raise refusal from error

    def _windows_that_go_on(self, state: KnownState, usage: Usage) -> dict[str, str]:
        """Pair the running windows of a state with those of the reader: of the same length, or else of the same start.

        Returns:
            The name of the reader's window, by the name that the state has for it.
        """
        if state.windows.keys() <= {*self.windows}:
            return {}  # of the same lengths: those that have ended are not read
        left = [per for per, first in state.windows.items() if str(usage.window(per).whole_first) == first]
        free = list(self.windows)
        for per in [per for per in left if per in free]:
            left.remove(per)
            free.remove(per)
        names: dict[str, str] = {}
        for per in left:
            first = state.windows[per]
            same = next((own for own in free if str(usage.window(own).whole_first) == first), None)
            if same is not None:
                free.remove(same)
                names[per.value] = same.value
            elif per is not Per.PERIOD:
                ends = usage.window(per).whole_after_last
                detail = f"the {per.value} from {first} on has not ended; another window is for {ends}, when it has"
                own = ", ".join(own.value for own in self.windows)
                raise StateOfAnotherWindow(detail, found=own or "no window", expected=per.value)
        return names

    def _converted(self, values: CarriedState, factor: Fraction) -> dict[str, Any]:
        return {name: self._scaled(name, value, factor) for name, value in values.items()}

    def _scaled(self, name: str, value: Any, factor: Fraction, *, inside: bool = False) -> Any:
        """Multiply what is in the unit by a factor, at any depth; what is for one unit is divided by it."""
        of_unit = inside or name in self.quantities
        match value:
            case Mapping() if "values" in value:
                return value  # a state inside a state has a unit of its own
            case Mapping():
                return {key: self._scaled(key, inner, factor, inside=of_unit) for key, inner in value.items()}
            case list() | tuple():
                return [self._scaled(name, inner, factor, inside=inside) for inner in value]
            case str() if of_unit:
                return exact_text(scaled(exact_number(value), factor))
            case str() if name in self.prices:
                return exact_text(scaled(exact_number(value), 1 / factor))
            case _:
                return value
