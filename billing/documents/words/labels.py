"""What rules call the parts of a charge, in the language of a document: each pattern that one of them writes, once.

Rules write labels in English, for the record (``contracts/pricing``, ``contracts/savings_pricing``). A label, or a part
of one, that fits no pattern is a name of the contract's own (a band, a group, a service, who bears a share), and stays.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from billing.documents.words.units import unit_in_words
from billing.documents.words.words import Words
from contracts.schedule import Per
from quantities.quantity import UnknownUnit

_Values: TypeAlias = Mapping[str, str]


class LabelPattern(NamedTuple):
    """A label that a rule writes, and how a language says it."""

    pattern: re.Pattern[str]
    say: Callable[[Words, _Values], str]


def _number(words: Words, number: str) -> str:
    return words.number(Decimal(number))


def _unit(words: Words, at: _Values, beside: str) -> str:
    """Name a unit beside its number; what is no listed unit is a currency, or a name of the contract's own."""
    try:
        return unit_in_words(words, at["unit"], Decimal(at[beside]))
    except UnknownUnit:
        return at["unit"]


def window_words(per: str, words: Words) -> str:
    """Name the window over which a clause adds up."""
    names = {
        Per.PERIOD: words.text("billing period"),
        Per.WEEK: words.text("week"),
        Per.MONTH: words.text("month"),
        Per.TWO_MONTHS: words.text("two months"),
        Per.QUARTER: words.text("quarter"),
        Per.HALF_YEAR: words.text("half-year"),
        Per.YEAR: words.text("year"),
        Per.CONTRACT: words.text("term of the contract"),
    }
    return names[Per(per)]


_NUMBER = r"-?\d+(?:\.\d+)?"
_PER = "|".join(per.value for per in Per)


def _pattern(written: str, say: Callable[[Words, _Values], str]) -> LabelPattern:
    """Make a pattern: in what a rule writes, ``<name>`` is a number, ``<name:kind>`` a window, day, unit or text."""
    kinds = {"": _NUMBER, "per": _PER, "day": r"\d{4}-\d{2}-\d{2}", "unit": r"\S+", "text": ".+?"}

    def group(match: re.Match[str]) -> str:
        return f"(?P<{match['name']}>{kinds[match['kind'] or '']})"

    escaped = re.sub(r"<(?P<name>\w+)(?::(?P<kind>\w+))?>", group, written.replace("(", r"\(").replace("+", r"\+"))
    return LabelPattern(re.compile(escaped), say)


#: Whole labels. The first that fits counts.
PATTERNS: tuple[LabelPattern, ...] = (
    # tiers, steps and packages
    _pattern(
        "<low> to <high> <unit:unit>",
        lambda words, at: words.text(
            "{low} to {high} {unit}",
            low=_number(words, at["low"]),
            high=_number(words, at["high"]),
            unit=_unit(words, at, "high"),
        ),
    ),
    _pattern("above <low> %", lambda words, at: words.text("above {percent} %", percent=_number(words, at["low"]))),
    _pattern(
        "above <low> <unit:unit>, free",
        lambda words, at: words.text(
            "above {low} {unit}, free", low=_number(words, at["low"]), unit=_unit(words, at, "low")
        ),
    ),
    _pattern(
        "above <low> <unit:unit>",
        lambda words, at: words.text("above {low} {unit}", low=_number(words, at["low"]), unit=_unit(words, at, "low")),
    ),
    _pattern(
        "packages of <size> <unit:unit>",
        lambda words, at: words.text(
            "packages of {size} {unit}", size=_number(words, at["size"]), unit=_unit(words, at, "size")
        ),
    ),
    _pattern(
        "of <size> <unit:unit>",
        lambda words, at: words.text(
            "of {size} {unit}", size=_number(words, at["size"]), unit=_unit(words, at, "size")
        ),
    ),
    # days, months, windows
    _pattern(
        "<days> of <whole> days",
        lambda words, at: words.text("{days} of {whole} days", days=at["days"], whole=at["whole"]),
    ),
    _pattern(
        "<months> months in service", lambda words, at: words.text("{months} months in service", months=at["months"])
    ),
    _pattern("<on:day>", lambda words, at: words.day(date.fromisoformat(at["on"]))),
    _pattern(
        "kept from <first:day>",
        lambda words, at: words.text("kept from {day}", day=words.day(date.fromisoformat(at["first"]))),
    ),
    _pattern("each day", lambda words, _: words.text("each day")),
    _pattern("each week", lambda words, _: words.text("each week")),
    _pattern("each month", lambda words, _: words.text("each month")),
    _pattern("earlier periods", lambda words, _: words.text("earlier periods")),
    _pattern("earlier days", lambda words, _: words.text("earlier days")),
    # minimum, maximum, commitment
    _pattern("within the commitment", lambda words, _: words.text("within the commitment")),
    _pattern("above the commitment", lambda words, _: words.text("above the commitment")),
    _pattern(
        "missing to the <per:per>",
        lambda words, at: words.text(
            "missing to the commitment of the {window}", window=window_words(at["per"], words)
        ),
    ),
    _pattern("to the minimum", lambda words, _: words.text("to the minimum")),
    _pattern("above the maximum", lambda words, _: words.text("above the maximum")),
    _pattern("taken", lambda words, _: words.text("taken")),
    _pattern("not taken", lambda words, _: words.text("not taken")),
    _pattern("made up", lambda words, _: words.text("made up")),
    _pattern("beyond the band", lambda words, _: words.text("beyond the band")),
    # percentages and discounts
    _pattern("<percent> %", lambda words, at: words.text("{percent} %", percent=_number(words, at["percent"]))),
    _pattern(
        "share <percent> %", lambda words, at: words.text("share of {percent} %", percent=_number(words, at["percent"]))
    ),
    _pattern("an event", lambda words, _: words.text("an event")),
    _pattern("at cost", lambda words, _: words.text("at cost")),
    _pattern("other", lambda words, _: words.text("other")),
    # service levels
    _pattern(
        "availability <percent> %",
        lambda words, at: words.text("availability {percent} %", percent=_number(words, at["percent"])),
    ),
    _pattern("downtime beyond the allowance", lambda words, _: words.text("downtime beyond the allowance")),
    _pattern("not made", lambda words, _: words.text("not made")),
    _pattern("overtime", lambda words, _: words.text("overtime")),
    # prepaid
    _pattern("charged", lambda words, _: words.text("charged")),
    # claims before supply
    _pattern("prepaid credit", lambda words, _: words.text("prepaid credit")),
    _pattern("use on account", lambda words, _: words.text("use on account")),
    _pattern(
        "not used of <name:text>, given back",
        lambda words, at: words.text("not used of {number}, given back", number=at["name"]),
    ),
    _pattern("prepaid by <name:text>", lambda words, at: words.text("prepaid by {number}", number=at["name"])),
    _pattern(
        "not drawn of <amount>, given back",
        lambda words, at: words.text("not drawn of {amount}, given back", amount=_number(words, at["amount"])),
    ),
    _pattern(
        "set against <name:text>: nothing of <amount> left",
        lambda words, at: words.text(
            "set against {name}: nothing of {amount} is left", name=at["name"], amount=_number(words, at["amount"])
        ),
    ),
    _pattern(
        "set against <name:text>: <left> of <amount> left",
        lambda words, at: words.text(
            "set against {name}: {left} of {amount} are left",
            name=at["name"],
            left=_number(words, at["left"]),
            amount=_number(words, at["amount"]),
        ),
    ),
    # the end of a contract
    _pattern(
        "bought after <months> months",
        lambda words, at: words.text("bought after {months} months", months=at["months"]),
    ),
    _pattern(
        "not written off after <months> months",
        lambda words, at: words.text("not written off after {months} months", months=at["months"]),
    ),
    _pattern("lost profit", lambda words, _: words.text("lost profit")),
    # instalments
    _pattern("on account", lambda words, _: words.text("on account")),
    _pattern("less instalments", lambda words, _: words.text("less instalments")),
    _pattern(
        "instalment <number> of <many>",
        lambda words, at: words.text("instalment {number} of {many}", number=at["number"], many=at["many"]),
    ),
    _pattern(
        "settlement of the <per:per>",
        lambda words, at: words.text("settlement of the {window}", window=window_words(at["per"], words)),
    ),
    _pattern(
        "settlement of what was billed before", lambda words, _: words.text("settlement of what was billed before")
    ),
    # late payment
    _pattern("interest for late payment", lambda words, _: words.text("interest for late payment")),
    _pattern("fee for late payment", lambda words, _: words.text("fee for late payment")),
    # savings
    _pattern("bonus", lambda words, _: words.text("bonus")),
    _pattern("bonus given back", lambda words, _: words.text("bonus given back")),
    _pattern("compensation", lambda words, _: words.text("compensation")),
    _pattern("compensation of the shortfall", lambda words, _: words.text("compensation of the shortfall")),
    _pattern("repayment out of later savings", lambda words, _: words.text("repayment out of later savings")),
    _pattern("beyond what was saved", lambda words, _: words.text("beyond what was saved")),
    _pattern(
        "at most <most> a <per:per>",
        lambda words, at: words.text(
            "at most {most} a {window}", most=_number(words, at["most"]), window=window_words(at["per"], words)
        ),
    ),
    _pattern(
        "fee of the <per:per>",
        lambda words, at: words.text("fee of the {window}", window=window_words(at["per"], words)),
    ),
    _pattern("part of the under-run", lambda words, _: words.text("part of the under-run")),
)

#: What stands around another label, or around a name of the contract's own; tried once no whole label fits.
AROUND: tuple[LabelPattern, ...] = (
    _pattern("back: <label:text>", lambda words, at: words.text("back: {label}", label=line_words(at["label"], words))),
    _pattern("<label:text>, once", lambda words, at: words.text("{label}, once", label=line_words(at["label"], words))),
    _pattern(
        "<label:text>, covered", lambda words, at: words.text("{label}, covered", label=line_words(at["label"], words))
    ),
    _pattern(
        "<label:text>, <percent> %",
        lambda words, at: words.text(
            "{label}, {percent} %", label=line_words(at["label"], words), percent=_number(words, at["percent"])
        ),
    ),
    _pattern(
        "<zone:text>, <many> events",
        lambda words, at: words.text("{zone}, {many} events", zone=at["zone"], many=at["many"]),
    ),
    _pattern("off <name:text>", lambda words, at: words.text("off {name}", name=at["name"])),
    _pattern("set against <name:text>", lambda words, at: words.text("set against {name}", name=at["name"])),
    _pattern("of <name:text>", lambda words, at: words.text("of {name}", name=at["name"])),
)


def line_words(label: str, words: Words) -> str:
    """Say what a part of a charge is.

    Args:
        label: as a rule wrote it; a name of the contract's own stands before its part with a colon (a group), or after
            it with a comma (who bears a share).
        words: of the document's language.

    Returns:
        In that language; names as the contract has them.
    """
    said = _whole(label, words)
    if said is not None:
        return said
    for at in (match.start() for match in re.finditer(": ", label)):
        said = _whole(label[at + 2 :], words)
        if said is not None:
            return words.text("{group}: {label}", group=label[:at], label=said)
    for at in (match.start() for match in re.finditer(", ", label)):
        said = _whole(label[:at], words)
        if said is not None:
            return words.text("{label}, {bearer}", label=said, bearer=label[at + 2 :])
    return next((said for said in (_said(one, label, words) for one in AROUND) if said is not None), label)


def is_worded(label: str) -> bool:
    """Tell whether a label, or what stands around a name in it, is one that a pattern says."""
    before = (label[: match.start()] for match in re.finditer(", ", label))
    after = (label[match.end() :] for match in re.finditer(": ", label))
    wholes = (one.pattern.fullmatch(part) for part in (label, *before, *after) for one in PATTERNS)
    return any(wholes) or any(one.pattern.fullmatch(label) for one in AROUND)


def _whole(label: str, words: Words) -> str | None:
    return next((said for said in (_said(one, label, words) for one in PATTERNS) if said is not None), None)


def _said(one: LabelPattern, label: str, words: Words) -> str | None:
    match = one.pattern.fullmatch(label)
    return None if match is None else one.say(words, match.groupdict())
