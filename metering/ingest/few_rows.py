"""When rows that contradict the others of a file are bad rows, and when they leave its form in doubt."""

#: Of so many rows one may contradict the others: fewer are bad rows, and named one by one; more are another form.
ROWS_FOR_EACH_BAD = 5


def are_few(bad: int, rows: int) -> bool:
    """Whether rows that contradict the others are bad rows, which do not put the form of the file in doubt.

    Args:
        bad: how many contradict the others.
        rows: how many rows tell the form, those included.
    """
    return bad * ROWS_FOR_EACH_BAD <= rows
