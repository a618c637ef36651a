"""JSON is read quicker than YAML, and as the same."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quantities import plain_yaml
from quantities.document import FaultyDocument, read
from quantities.plain_json import DEPTH_MAX, NotPlainJson, read_plain_json

TEXTS = st.text(max_size=8) | st.sampled_from(
    ["", "null", "~", "true", "no", "<<", "0.10", "a: b", "#", "x\u2028y", "\x85", "\x7f", "😀"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(float) | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.lists(VALUES, max_size=4) | st.dictionaries(TEXTS, VALUES, max_size=4)


def as_yaml(raw: str) -> Any:
    return plain_yaml._built(yaml.parse(raw, Loader=plain_yaml._PARSER), 1 << 20)


@given(DOCUMENTS, st.booleans())
def test_whatever_it_reads_yaml_reads_as_the_same(value: Any, ascii_only: bool) -> None:  # noqa: FBT001
    raw = json.dumps(value, ensure_ascii=ascii_only)
    try:
        quick = read_plain_json(raw)
    except NotPlainJson:
        return
    try:
        slow = as_yaml(raw)
    except (yaml.YAMLError, ValueError):
        return  # YAML has no pairs of escapes for one character
    assert quick == slow


@given(st.dictionaries(st.text("abc", min_size=1), st.text("xyz01") | st.integers() | st.booleans()))
def test_plain_json_is_never_left_to_yaml(value: dict[str, Any]) -> None:
    assert read_plain_json(json.dumps(value)).keys() == value.keys()


@pytest.mark.parametrize(("raw", "value"), [
    ('{"a": 0.10}', {"a": "0.10"}), ('{"a": -0}', {"a": "-0"}), ('{"a": 1E5}', {"a": "1E5"}), ('{"a": 12345678901234567890.10}', {"a": "12345678901234567890.10"}),
    ('["", "null", "~", null]', [None, None, None, None]), ('{"a": [true, [false]]}', {"a": ["true", ["false"]]}), ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
])  # fmt: skip
def test_every_scalar_is_the_text_that_was_written(raw: str, value: Any) -> None:
    assert read_plain_json(raw) == read(raw) == value


@pytest.mark.parametrize("raw", [
    '{"a": 1, "a": 2}', '{"": 1}', '{"a": "\\ud800"}', '{"a": NaN}', '{"a": "x\x7f"}', "{a: 1}", "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), "[" * 50_000, '"text"', b"\xff", '{"a": 1}\n---\n{"a": 2}',
])  # fmt: skip
def test_what_yaml_has_the_words_for_is_left_to_it(raw: str | bytes) -> None:
    with pytest.raises(NotPlainJson):
        read_plain_json(raw)


def test_a_key_that_is_there_twice_is_refused_as_ever() -> None:
    with pytest.raises(FaultyDocument) as refusal:
        read('{"a": 1,\n "a": 2}')
    assert [fault.code for fault in refusal.value.faults] == ["duplicate-key"]
