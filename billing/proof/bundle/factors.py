"""The factor by which an index moves prices, as a step: from the values of the index and the terms of the clause."""

from datetime import date
from decimal import Decimal

from billing.proof.bundle.step_book import Step, StepBook, at_places, look, percent_of, plus
from contracts.composed import Composed
from contracts.indexation.following import Following
from contracts.indexation.lookup import IndexFactor
from contracts.indexation.stepped import Stepped
from quantities.months import anchored


def factor_step(book: StepBook, composed: Composed, file: str, place: int) -> Step:
    """Write down the factor of a rated charge; 1 where its prices follow nothing.

    Args:
        book: the files of the bundle; the values of indices are in ``tables.json``.
        composed: the rated charge.
        file: of the version in the bundle.
        place: of the charge in it.
    """
    charge, factor = composed.charge, composed.factor
    if factor is None or charge.index is None:
        return 1
    rule, usage = composed.rule, composed.usage
    on = usage.period.first if rule.is_priced_by_days else usage.first_of_period
    clause, path = charge.index.clause, ("charges", place, "index", "clause")
    step: Step = None
    if isinstance(clause, Stepped):
        step = _stepped(clause, on, file, path)
    elif isinstance(clause, Following):
        try:
            step = _following(clause, factor, on, (file, *path))
        except LookupError:
            step = None
    return book.named(f"{charge.name} {on}: factor", step, factor.value, "the factor of the index")


def _stepped(clause: Stepped, on: date, file: str, path: tuple[object, ...]) -> Step:
    step: Step = 1
    for at, fixed in enumerate(clause.steps):
        if fixed.first <= on:
            step = percent_of(step, plus((100, look(file, *path, "steps", at, "percent"))))
    return at_places(step, clause.factor_places, "half_up")


def _following(clause: Following, factor: IndexFactor, on: date, place: tuple[object, ...]) -> Step:
    """Review after review, as ``contracts/indexation/following.py`` does; a review within its threshold is left out."""
    known = {(value.index, value.month): value.value for value in factor.values}
    step: Step = 1
    current = Decimal(1)
    bases = {term.index: term.base or known[term.index, term.base_month or ""] for term in clause.terms}
    last = dict(bases)
    for day in clause.reviews(on):
        month = f"{anchored(day.year, day.month - clause.lag_months, 1):%Y-%m}"
        values = {term.index: known[term.index, month] for term in clause.terms}
        raw = clause._raw(values, bases)  # noqa: SLF001 as the clause computes it
        if clause._is_within_threshold(raw, current, values, last):  # noqa: SLF001 as the clause tells it
            continue
        last, current = values, clause._collared(raw, current)  # noqa: SLF001 as the clause computes it
        moved = at_places(_raw(clause, month, place), clause.factor_places, "half_up")
        step = at_places(_collared(clause, moved, step, place), clause.factor_places, "half_up")
    return step


def _raw(clause: Following, month: str, place: tuple[object, ...]) -> Step:
    parts: list[Step] = []
    for at, term in enumerate(clause.terms):
        base = look(*_texts(place), "terms", at, "base")
        if term.base is None:
            base = look("tables.json", "index", f"{term.index} {term.base_month}")
        now = look("tables.json", "index", f"{term.index} {month}")
        quotient = "div" if clause.arithmetic == 1 else "ratio"
        parts.append(["mul", look(*_texts(place), "terms", at, "weight"), [quotient, now, base]])
    return plus((look(*_texts(place), "fixed"), *parts))


def _collared(clause: Following, raw: Step, current: Step, place: tuple[object, ...]) -> Step:
    for name, bound in (("at_most_percent", "min"), ("at_least_percent", "max")):
        if getattr(clause, name) is not None:
            raw = [bound, raw, percent_of(current, plus((100, look(*_texts(place), name))))]
    for name, bound in (("ceiling", "min"), ("floor", "max")):
        if getattr(clause, name) is not None:
            raw = [bound, raw, look(*_texts(place), name)]
    return raw


def _texts(place: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(map(str, place))
