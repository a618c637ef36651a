"""The as-of idiom: of all that was said of a reading or an event, what was said last, up to a watermark.

Every other place composes these fragments of SQL, so that the rule of which row counts stands once.
"""

_READING, _EVENT = "reading", "register_event"


def newest(columns: str, where: str, *, of_one_series: bool = False, backwards: bool = False, now: bool = False) -> str:
    """Select the newest row of each ``(series, start)`` among some readings; withdrawn ones stand there without value.

    Args:
        columns: to be selected.
        where: which readings, by ``series`` and ``start``, with parameters in the driver's own style.
        of_one_series: ``where`` fixes the series, and rows come in the order of ``start`` alone.
        backwards: of one series, the latest start first.
        now: whatever is committed counts; without it the batches up to the parameter ``watermark``.

    Returns:
        A select statement, to stand in brackets or by itself.
    """
    key = "start" if of_one_series else "series, start"
    return _last_said(_READING, columns, where, key, "start desc" if backwards else key, now=now)


def newest_events(columns: str, where: str, *, of_one_series: bool = False, now: bool = False) -> str:
    """Select the newest row of each ``(series, at)`` among some events of registers; arguments as for ``newest``."""
    key = "at" if of_one_series else "series, at"
    return _last_said(_EVENT, columns, where, key, key, now=now)


def _last_said(table: str, columns: str, where: str, key: str, order: str, *, now: bool) -> str:
    known = "" if now else " and batch <= :watermark"
    return f"select distinct on ({key}) {columns} from {table} where {where}{known} order by {order}, batch desc"
