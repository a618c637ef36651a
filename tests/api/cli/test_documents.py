"""Documents are asked for as ``--NAME FILE`` with their options; what is none of both is refused with what there is."""

from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
import typer
from pydantic import Field

from api.cli.documents import documents_asked, export_asked
from billing.documents.document import Document, by_name
from billing.exports import EXPORTERS
from quantities.document import FaultyDocument


class Letter(Document):
    name: ClassVar = "letter"
    media_type: ClassVar = "text/plain; charset=utf-8"
    suffix: ClassVar = ".txt"

    language: str = "en"


class Poster(Document):
    name: ClassVar = "poster"
    media_type: ClassVar = "image/svg+xml"
    suffix: ClassVar = ".svg"

    height: int = Field(default=1, gt=0)


KINDS = by_name(Letter, Poster)


@pytest.mark.parametrize(("words", "documents"), [
    pytest.param("", [], id="none"),
    pytest.param("--letter a.txt", [(Letter(), Path("a.txt"))], id="by its name"),
    pytest.param("--language de --letter a.txt", [(Letter(language="de"), Path("a.txt"))], id="with an option"),
    pytest.param("--letter a.txt --poster b.svg --height 7", [(Letter(), Path("a.txt")), (Poster(height=7), Path("b.svg"))], id="two, the option of one"),
])  # fmt: skip
def test_documents_with_their_options(words: str, documents: list[tuple[Document, Path]]) -> None:
    assert documents == documents_asked(KINDS, words.split())


def test_a_file_that_the_command_declares_itself() -> None:
    asked = documents_asked(KINDS, ["--language", "de"], letter=Path("a.txt"), poster=None)
    assert [(Letter(language="de"), Path("a.txt"))] == asked


@pytest.mark.parametrize(("words", "refusal"), [
    pytest.param("--leter a.txt", "there is no option --leter here; expected: --letter, --poster", id="a name that is none"),
    pytest.param("--height 7 --letter a.txt", "no option --height here; expected: --letter, --poster, --language", id="an option of another document"),
    pytest.param("a.txt --letter", r"unexpected extra argument \(a.txt\)", id="no name"),
    pytest.param("--letter", "--letter needs a value, or is no option here", id="no file"),
])  # fmt: skip
def test_what_is_neither_a_document_nor_an_option(words: str, refusal: str) -> None:
    with pytest.raises(typer.BadParameter, match=refusal):
        documents_asked(KINDS, words.split())


def test_an_option_with_a_value_that_is_none() -> None:
    with pytest.raises(FaultyDocument, match="height"):
        documents_asked(KINDS, ["--poster", "b.svg", "--height", "0"])


def test_an_export_takes_its_days_and_no_other_option() -> None:
    assert EXPORTERS["lines"]() == export_asked(EXPORTERS["lines"], [])
    asked = export_asked(EXPORTERS["lines"], ["--issued-from", "2026-03-01", "--issued_to", "2026-03-31"])
    assert (asked.issued_from, asked.issued_to, asked.month) == (date(2026, 3, 1), date(2026, 3, 31), None)
    for wrong in (["--issued-from", "yesterday"], ["--issued-to", "2026-03-01T00:00Z"], ["--month", "2026-13"]):
        with pytest.raises(FaultyDocument):
            export_asked(EXPORTERS["lines"], wrong)
    with pytest.raises(
        typer.BadParameter, match="no option --language here; expected: --issued-from, --issued-to, --month"
    ):
        export_asked(EXPORTERS["lines"], ["--language", "de"])


def test_two_documents_of_one_name_are_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="same name"):
        by_name(Letter, Letter)
