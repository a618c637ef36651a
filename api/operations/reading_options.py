"""What a sender says about a file, from the words that both doors take: the command line's and a query's."""

from collections.abc import Iterable, Sequence
from typing import Any

from metering.ingest.sender_options import refuse_unfit_options
from metering.records.sender_options import SenderOptions
from quantities.errors import Invalid


class NotAPair(Invalid):
    """The option is no pair with an equals sign."""


class SaidTwice(Invalid):
    """An option says two things of one column or word."""


def sender_options(
    *, column: Sequence[str], unit_of: Sequence[str], quality_of: Sequence[str] = (), **others: Any
) -> SenderOptions:
    """Read the options of a file.

    Args:
        column: ``role=column`` each.
        unit_of: ``column=unit`` each; a column may have an equals sign in its name.
        quality_of: ``word=quality`` each.
        others: the other options by their names in JSON; None and empty lists say nothing.

    Raises:
        NotAPair: one of ``column``, ``unit_of`` or ``quality_of`` has no equals sign, or nothing on one side of it.
        SaidTwice: two of them say different things of one role, one column or one word.
        others: of ``refuse_unfit_options``.
    """
    columns = (_parts(option, "role=column", "time=Datum") for option in column)
    units = (_parts(option, "column=unit", "Wirkarbeit=kWh", last=True) for option in unit_of)
    qualities = (_parts(option, "word=quality", "geschätzt=estimated", last=True) for option in quality_of)
    pairs = {
        "column": _pairs("column", columns),
        "unit_of": _pairs("unit-of", units),
        "quality_of": _pairs("quality-of", qualities),
    }
    whole = {name: value for name, value in others.items() if value is not None}
    options = SenderOptions.model_validate(pairs | whole)
    refuse_unfit_options(options)
    return options


def stated_pairs(option: str, stated: Sequence[str], form: str, example: str) -> dict[str, str]:
    """Read an option of pairs that may be said several times.

    Args:
        option: its name.
        stated: its values, each with an equals sign.
        form: of a value, in words.
        example: of a value.

    Raises:
        NotAPair: a value has no equals sign, or nothing on one side of it.
        SaidTwice: two values say different things of one name.
    """
    return _pairs(option, (_parts(value, form, example) for value in stated))


def _parts(option: str, form: str, example: str, *, last: bool = False) -> tuple[str, str]:
    """Both sides of an equals sign, of the last one or the first."""
    left, _, right = option.rpartition("=") if last else option.partition("=")
    if not left.strip() or not right.strip():
        raise NotAPair(f"{option!r} is no {form}", found=option, expected=f"as in {example}")
    return left.strip(), right.strip()


def _pairs(option: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for name, value in pairs:
        if by_name.setdefault(name, value) != value:
            values = [f"{name}={by_name[name]}", f"{name}={value}"]
            raise SaidTwice(f"--{option} says two things of {name!r}", found=values, expected="one of them")
    return by_name
