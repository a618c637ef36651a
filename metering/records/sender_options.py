"""What the sender of a file says about it: as options of a delivery, and kept in a profile for the files of a source.

No reader of files is imported here, because every command reads the tables that hold this.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

from pydantic import Field

from metering.records.document import StoredDocument

#: Roles of columns that cannot both say when: who maps one of them for a delivery says it in place of the others.
_IN_PLACE_OF: Mapping[str, frozenset[str]] = {
    "time": frozenset({"start", "date", "hour"}),
    "start": frozenset({"time", "date", "hour"}),
    "date": frozenset({"time", "start"}),
    "hour": frozenset({"time", "start"}),
}


class SenderOptions(StoredDocument):
    """What is said about a file, by the names of the options; None or empty: nothing is said.

    Attributes:
        register_key: (``register``) the register of all rows.
        column: by role or dimension, the name of its column.
        format_name: (``format``) a name of ``FORMATS``.
        unit: of all values.
        unit_of: by column of a wide table, the unit of its values.
        quality_of: by word of a column of qualities, what it means: a quality, ``estimated`` or ``no_value``.
        time_format: how times are written.
        zone: of times without an offset.
        decimal: ``comma`` or ``point``.
        encoding: of the text.
        header_line: the line of the header, from 1.
        sheet: the sheets of a workbook that hold readings.
        not_available: what stands where there was no value.
        session_reset: the data items that count anew where a session opens with them at 0.
        keep_totals: whether rows that look like totals are readings.
        json_numbers: whether JSON numbers are values as they are written.
    """

    register_key: Annotated[str | None, Field(alias="register")] = None
    column: dict[str, str] = Field(default_factory=dict)
    format_name: Annotated[str | None, Field(alias="format")] = None
    unit: str | None = None
    unit_of: dict[str, str] = Field(default_factory=dict)
    quality_of: dict[str, str] = Field(default_factory=dict)
    time_format: str | None = None
    zone: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header_line: int | None = None
    sheet: tuple[str, ...] = ()
    not_available: tuple[str, ...] = ()
    session_reset: tuple[str, ...] = ()
    keep_totals: bool | None = None
    json_numbers: bool | None = None

    def said(self) -> dict[str, Any]:
        """What is said, by the name of its option in JSON, such as ``{"decimal": "comma"}``."""
        values = self.model_dump(mode="json", exclude_defaults=True)
        values.pop("schema", None)
        return values

    def words(self) -> list[str]:
        """What is said, each as it is typed: the option, a blank, and its value as it is."""
        words = []
        for name, value in self.said().items():
            option = name.replace("_", "-")
            match value:
                case bool():
                    words.append(f"--{option}" if value else f"--no-{option}")
                case dict():
                    words += [f"--{option} {key}={text}" for key, text in value.items()]
                case list():
                    words += [f"--{option} {text}" for text in value]
                case _:
                    words.append(f"--{option} {value}")
        return words

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that is said, with the name of its option as it is typed."""
        for name, value in self.said().items():
            texts = chain.from_iterable(value.items()) if isinstance(value, dict) else value
            for text in (texts,) if isinstance(texts, str | int) else texts:
                if isinstance(text, str):
                    yield name.replace("_", "-"), text

    def over(self, profile: "SenderOptions") -> "SenderOptions":
        """What is said here, and of a profile what is not said here.

        Columns, their units and words of quality are said one by one: a role that is mapped here takes the place of
        the same role there, and of the roles that would say the same (``start`` of ``time``; a column of registers and
        ``--register`` too).
        Of all other options the whole value counts.
        """
        others = set().union(*(_IN_PLACE_OF.get(role, ()) for role in self.column))
        kept = profile.said()
        if self.register_key is not None:
            others.add("register")
        if "register" in self.column:
            kept.pop("register", None)
        column = {role: name for role, name in profile.column.items() if role not in others} | self.column
        both = {
            "column": column,
            "unit_of": {**profile.unit_of, **self.unit_of},
            "quality_of": {**profile.quality_of, **self.quality_of},
        }
        return SenderOptions.model_validate({**kept, **self.said(), **both})
