"""Each language says all that documents say: every sentence of the code is in every catalogue, with the same values."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import api
import billing.documents
from billing.documents.words.words import Words
from contracts.invoicing import Language

DOCUMENTS = Path(billing.documents.__file__).parent
SPOKEN = (DOCUMENTS.parent, Path(api.__file__).parent)
SENTENCES = {"text", "message"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """All that is called in files that say sentences; ``text(…)`` as such, which SQL is written in, says none."""
    for file in sorted(path for room in SPOKEN for path in room.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if not file.is_relative_to(DOCUMENTS) and "documents.words" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                is_method = isinstance(node.func, ast.Attribute)
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called != "text" or is_method:
                    yield called, node


def literals(node: ast.Call) -> list[str]:
    return [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]


MESSAGES = sorted({said[0] for name, node in calls() if name in SENTENCES and (said := literals(node))})
COUNTED = sorted({tuple(literals(node)) for name, node in calls() if name == "Counted" and literals(node)})
LANGUAGES = [language for language in Language if language is not Language.ENGLISH]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def catalogue(language: Language) -> dict[str, str | tuple[str, ...]]:
    read = read_po(BytesIO((DOCUMENTS / "words" / f"{language.value}.po").read_bytes()))
    return {
        str(entry.id) if isinstance(entry.id, str) else str(entry.id[0]): _forms(entry) for entry in read if entry.id
    }


def _forms(entry: Message) -> str | tuple[str, ...]:
    return entry.string if isinstance(entry.string, str) else tuple(entry.string or ())


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryCatalogue:
    def test_has_each_sentence_and_no_other(self, language: Language) -> None:
        assert {*catalogue(language)} == {*MESSAGES, *(one for one, _ in COUNTED)}

    def test_puts_the_same_values_in(self, language: Language) -> None:
        known = catalogue(language)
        assert {text: placeholders(str(known[text])) for text in MESSAGES} == {
            text: placeholders(text) for text in MESSAGES
        }

    def test_leaves_none_empty_and_has_each_form_of_what_is_counted(self, language: Language) -> None:
        known, tags = catalogue(language), Words(language).locale.plural_form.tags
        assert all(known.values())
        assert {len(known[one]) for one, _ in COUNTED} == {len({*tags, "other"})}


def test_there_are_sentences_to_check() -> None:
    assert {"Good day,", "Invoice {number} of {seller}"} <= {*MESSAGES}  # of mails, which no page has
    assert len(MESSAGES) > 200
    assert len(COUNTED) > 30


def test_no_sentence_is_put_together_where_it_is_said() -> None:
    """What is asked of a catalogue is a literal, or a name that a table of ``message(…)`` holds; never made of parts."""
    made = [
        ast.unparse(node)
        for name, node in calls()
        if name == "text" and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.IfExp)
    ]
    assert made == []


def test_templates_have_no_words_of_their_own() -> None:
    """What stands in a template of the look or of an invoice comes from its values."""
    for template in [*DOCUMENTS.glob("look/*.j2"), *DOCUMENTS.glob("invoice/*.j2")]:
        text = template.read_text(encoding="utf-8")
        bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>|\s", "", text, flags=re.DOTALL)
        assert re.sub(r"[·]", "", bare) == "", template.name


def test_a_further_language_is_one_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up translation into Polish, which has four forms of a counted thing, is taken as it is."""
    from decimal import Decimal
    from enum import StrEnum

    from billing.documents.words.units import quantity_in_words

    class More(StrEnum):
        ENGLISH = "en"
        POLISH = "pl"

    (tmp_path / "pl.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: pl\\n"\n'
        '"Plural-Forms: nplurals=4; plural=0;\\n"\n\n'
        'msgid "Invoice"\nmsgstr "Faktura"\n\n'
        'msgid "machine hour"\nmsgid_plural "machine hours"\nmsgstr[0] "maszynogodzina"\nmsgstr[1] "maszynogodziny"\n'
        'msgstr[2] "maszynogodzin"\nmsgstr[3] "maszynogodziny"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    words = Words(More.POLISH)  # type: ignore[arg-type]  # a language of the test alone
    hours = [quantity_in_words(words, Decimal(number), "machine_hour") for number in ("1", "2", "5", "1.5")]
    assert words.text("Invoice") == "Faktura"
    assert words.text("Credit note") == "Credit note", "what a catalogue has not is said in English"
    assert hours == ["1 maszynogodzina", "2 maszynogodziny", "5 maszynogodzin", "1,5 maszynogodziny"]
