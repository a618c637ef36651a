"""The as-of rule: of all rows of a reading or of an event, the one of the latest batch up to a watermark counts.

All other SQL is composed of these fragments, so that the rule is written once.
"""

#: The watermark of "now": all committed batches count.
NOW = 2**63 - 1
_READING, _EVENT = "reading", "register_event"


def newest(columns: str, where: str, *, of_one_series: bool = False, backwards: bool = False, now: bool = False) -> str:
    """SQL for the newest row of every ``(series, start)`` among some readings; a withdrawn reading has value null.

    Args:
        columns: the columns to select.
        where: the condition on ``series`` and ``start``, with parameters in the style of the caller's driver.
        of_one_series: ``where`` fixes the series; rows are ordered by ``start`` alone.
        backwards: with ``of_one_series``, the latest start comes first.
        now: all committed batches count; otherwise the batches up to the parameter ``watermark``.

    Returns:
        A select statement, to be used alone or in brackets.
    """
    key = "start" if of_one_series else "series, start"
    return _newest_rows(_READING, columns, where, key, "start desc" if backwards else key, now=now)


def newest_events(columns: str, where: str, *, of_one_series: bool = False, now: bool = False) -> str:
    """SQL for the newest row of every ``(series, at)`` among some register events; arguments as for ``newest``."""
    key = "at" if of_one_series else "series, at"
    return _newest_rows(_EVENT, columns, where, key, key, now=now)


def _newest_rows(table: str, columns: str, where: str, key: str, order: str, *, now: bool) -> str:
    known = "" if now else " and batch <= :watermark"
    return f"select distinct on ({key}) {columns} from {table} where {where}{known} order by {order}, batch desc"
