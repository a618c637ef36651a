"""Parts of a file are made one ahead of who takes them: the same ones, in the same order, with the same faults."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.ingest.one_ahead import one_ahead
from metering.ingest.tables import text_rows


@given(st.lists(st.none() | st.integers() | st.lists(st.integers())))
def test_each_part_comes_once_and_in_its_order(parts: list[object]) -> None:
    assert list(one_ahead(iter(parts))) == parts


def test_a_fault_is_met_after_the_parts_before_it() -> None:
    def making() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("the third")

    coming = one_ahead(making())
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(coming)


def test_the_next_part_is_made_by_another_thread_while_one_is_worked_on_and_no_more() -> None:
    made: list[int] = []
    is_made = [threading.Event() for _ in range(5)]

    def making() -> Iterator[int]:
        for number in range(5):
            made.append(threading.get_ident())
            is_made[number].set()
            yield number

    for number in one_ahead(making()):
        following = min(number + 1, 4)
        assert is_made[following].wait(10), "the next part is not made meanwhile"
        assert len(made) == following + 1
    assert threading.get_ident() not in made


def test_a_text_in_many_blocks_is_cut_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"m{at},2026-01-01T{at % 24:02}:00Z,{at}" for at in range(100)]
    rows[17], rows[40], rows[63] = 'm17,"2026-01-01T17:00Z",17', "too few", "# a comment, of two, commas"
    text = "\n".join(["register,time,value", *rows]).encode()

    def cut() -> list[tuple[int, list[str]]]:
        cells = []
        for block in text_rows.cut_rows(text, 2, 3, ","):
            whole = iter([] if block.pieces is None else block.pieces.to_pylist())
            odd = iter(block.odd)
            pairs = zip(block.lines.tolist(), block.whole.tolist(), strict=True)
            cells += [
                (line, [cell.strip("\n") for cell in next(whole if is_whole else odd)]) for line, is_whole in pairs
            ]
        return cells

    at_once = cut()
    monkeypatch.setattr(text_rows, "_BLOCK_LINES", 7)

    assert len(at_once) == 100
    assert cut() == at_once
