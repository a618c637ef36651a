"""What a statement or a report consists of: sections with sentences, facts, tables and drawings."""

from dataclasses import dataclass, replace

from billing.documents.look.page import Column, Drawing, PageTable

#: So wide that a chart's letters are as large as the text around it.
CHART_WIDTH_MM = 120


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in a section; of its fields one is filled, or ``lead`` and ``text``.

    Attributes:
        text: a sentence, or several.
        lead: words in bold type before it.
        is_soft: whether it is an aside, in small type.
        points: sentences in a list.
        calculation: many short lines in small type, side by side.
        facts: name and value.
        table: a table.
        drawing: a drawing.
    """

    text: str = ""
    lead: str = ""
    is_soft: bool = False
    points: tuple[str, ...] = ()
    calculation: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    table: PageTable | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it.

    Attributes:
        heading: above it, or empty.
        blocks: in their order.
        is_sub: whether it is a part of the section before it.
    """

    heading: str
    blocks: tuple[Block, ...]
    is_sub: bool = False


def paragraph(sentence: str, lead: str = "") -> Block:
    """Sentences, with words in bold type before them."""
    return Block(text=sentence, lead=lead)


def aside(sentence: str) -> Block:
    """Sentences in small type."""
    return Block(text=sentence, is_soft=True)


def points(*sentences: str) -> Block:
    """Sentences in a list."""
    return Block(points=sentences)


def calculation(*lines: str) -> Block:
    """Many short lines in small type, side by side."""
    return Block(calculation=lines)


def facts(*pairs: tuple[str, str]) -> Block:
    """Names and values, one below the other."""
    return Block(facts=pairs)


def drawing(svg: str, alternative: str, width_mm: int = CHART_WIDTH_MM) -> Block:
    """A chart."""
    return Block(drawing=Drawing(svg, alternative, width_mm=width_mm))


def table(
    columns: tuple[Column, ...],
    rows: tuple[tuple[str, ...], ...],
    sums: tuple[tuple[str, ...], ...] = (),
    widest: int | None = 0,
) -> Block:
    """A table.

    Args:
        columns: from the left.
        rows: one cell a column.
        sums: rows below a rule.
        widest: which column takes what room is left, from 0; None: the columns say it themselves.
    """
    if widest is not None:
        columns = tuple(replace(column, share=int(at == widest)) for at, column in enumerate(columns))
    return Block(table=PageTable("", columns, rows, sums))


def words_column(heading: str) -> Column:
    """A column of words, to the left."""
    return Column(heading)


def numbers_column(heading: str) -> Column:
    """A column of numbers, to the right."""
    return Column(heading, is_number=True)
