"""The port to an authority: documents out, answers in. What is here goes by files; a direct line is another adapter.

KSeF and the e-tax portal both have interfaces for programs (KSeF's API, 乐企), which want a certificate or a licence of
the taxpayer. Who has them writes an adapter of this shape; the record of clearances stays what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from billing.clearance.answers import ClearanceAnswer
from billing.clearance.fapiao.results import read_fapiao_answer, serial_of
from billing.clearance.fapiao.split import Fapiao
from billing.clearance.fapiao.workbook import RedFapiao, batch_workbooks, red_workbook
from billing.clearance.ksef.receipt import read_ksef_answer

XML = "application/xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class CoveredDocument:
    """A document of ours that a clearance is of, with the positions of its lines there."""

    number: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ToClear:
    """What an authority is asked to clear.

    Attributes:
        kind: in the authority's own words.
        seller: the number by which it knows the seller.
        documents: of ours, with their lines.
        net: without tax.
        tax: likewise.
        content: the document as FA(3), or the fapiao to be, or the red one.
        hand_in_by: of what is issued offline, the last day to hand it in.
    """

    kind: str
    seller: str
    documents: tuple[CoveredDocument, ...]
    net: Decimal
    tax: Decimal
    content: bytes | Fapiao | RedFapiao
    hand_in_by: date | None = None


@dataclass(frozen=True, slots=True)
class FileForState:
    """A file made for an authority.

    Attributes:
        name: of the file.
        media_type: of it.
        content: its bytes.
        keys: of the clearances that it asks for.
    """

    name: str
    media_type: str
    content: bytes
    keys: tuple[int, ...]


class ClearancePort(Protocol):
    """An authority."""

    def submit(self, batch: Sequence[tuple[int, ToClear]], made_at: datetime) -> tuple[FileForState, ...]:
        """Hand in a batch, by the keys of its clearances; the files say what was handed in."""

    def read(self, content: bytes) -> tuple[ClearanceAnswer, ...]:
        """Read what it answered.

        Raises:
            AnswerUnreadable, ClearanceNumberInvalid: it is no answer of this authority.
        """


class KsefFiles:
    """KSeF by files: one for a document, and a receipt or the list of a session back."""

    def submit(self, batch: Sequence[tuple[int, ToClear]], made_at: datetime) -> tuple[FileForState, ...]:
        """Give each document its file; it is written, and held against the schema, before it is asked for."""
        return tuple(
            FileForState(f"{wanted.documents[0].number}.xml", XML, wanted.content, (key,))
            for key, wanted in batch
            if isinstance(wanted.content, bytes)
        )

    def read(self, content: bytes) -> tuple[ClearanceAnswer, ...]:
        """Read a receipt (UPO) or the list of a session."""
        return read_ksef_answer(content)


class FapiaoFiles:
    """The e-tax portal by files: workbooks of at most 2,000 lines, red ones in their own, and its lists back."""

    def submit(self, batch: Sequence[tuple[int, ToClear]], made_at: datetime) -> tuple[FileForState, ...]:
        """Write the workbooks."""
        blue = [(serial_of(key), one.content) for key, one in batch if isinstance(one.content, Fapiao)]
        keys = {serial_of(key): key for key, _ in batch}
        files = [
            FileForState(f"{serials[0]}.xlsx", XLSX, content, tuple(keys[serial] for serial in serials))
            for content, serials in batch_workbooks(blue, made_at)
        ]
        red = [(key, one.content) for key, one in batch if isinstance(one.content, RedFapiao)]
        if red:
            content = red_workbook([(serial_of(key), one) for key, one in red], made_at)
            files.append(FileForState(f"red-{serial_of(red[0][0])}.xlsx", XLSX, content, tuple(key for key, _ in red)))
        return tuple(files)

    def read(self, content: bytes) -> tuple[ClearanceAnswer, ...]:
        """Read a list of the portal."""
        return read_fapiao_answer(content)
