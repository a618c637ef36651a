"""Why a row, or a cell of it, is no reading."""


class NoReading(Exception):
    """Why a row is not a reading; becomes the verdict of the row."""

    def __init__(self, code: str, actual: str, expected: str) -> None:
        self.code, self.found, self.expected = code, actual, expected
