"""docs/documents.md has the table of kinds by form as it is; `--update-golden` writes it."""

import re
from pathlib import Path

import pytest

from billing.documents.einvoice.profile import KindVerdict, cell_of, e_invoice_table
from billing.documents.einvoice.rules.rule_files import SCHEMAS, STYLESHEETS
from billing.records.document_type import DocumentType
from contracts.invoicing import E_INVOICE_FORMS

PAGE = Path(__file__).parents[2] / "docs" / "documents.md"


def kinds() -> str:
    rows = [
        "| document | " + " | ".join(f"`{form.value}`" for form in E_INVOICE_FORMS) + " |",
        "|---" * (len(E_INVOICE_FORMS) + 1) + "|",
    ]
    for kind in DocumentType:
        cells = []
        for form in E_INVOICE_FORMS:
            cell = cell_of(kind, form)
            written = "as it is" if cell.verdict is KindVerdict.ALLOWED else f"refused: {cell.rule}"
            if cell.as_type is not None:
                written = f"as {cell.as_type.value} ({cell.rule})"
            cells.append("self-billing" if cell.self_billing else written)
        rows.append(f"| {kind.value} {kind.in_words.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def contents() -> str:
    rows = ["| it bears | it is | rule | why |", "|---|---|---|---|"]
    rows += [
        f"| {row.bears.value.replace('_', ' ')} | {row.verdict.value} | {row.rule} | {row.why} |"
        for row in e_invoice_table().contents
    ]
    return "\n".join(rows)


@pytest.mark.parametrize(("name", "table"), [("kinds", kinds()), ("contents", contents())])
def test_the_page_has_the_table_as_it_is(name: str, table: str, request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    between = re.compile(rf"(<!-- {name}:[^\n]*-->\n)(.*?)(<!-- end of {name} -->)", re.DOTALL)
    if request.config.getoption("--update-golden"):
        text = between.sub(lambda match: f"{match[1]}\n{table}\n\n{match[3]}", text)
        PAGE.write_text(text, encoding="utf-8")
    match = between.search(text)
    assert match is not None
    assert match[2].strip() == table


def test_the_page_names_the_release_of_each_rule_set() -> None:
    text = PAGE.read_text(encoding="utf-8")
    files = [*STYLESHEETS.values(), *(file for files in SCHEMAS.values() for file in files.values())]
    assert [file.distribution for file in files if file.distribution not in text] == []
    releases = {word for file in files for word in re.findall(r"\d+\.\d+\.\d+", file.name)}
    assert {release for release in releases if release not in text} == set()
