"""JSON as text, lists and mappings: what ``plain_yaml`` reads of it, ten times as fast.

Whatever is not plain JSON, or is read otherwise as YAML, is left to ``plain_yaml``: it knows the words for a fault.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

#: What YAML refuses within JSON, or takes for the end of a line.
_OTHERWISE_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
#: What stands for nothing; as YAML has it, in quotes as well.
NOTHING = ("", "null", "~")
DEPTH_MAX = 100


class NotPlainJson(ValueError):
    """It is no JSON, or not such that YAML reads it as the same."""


def read_plain_json(raw: bytes | str) -> Any:
    """Read a JSON object or array. Every scalar is the text that it is written as; what stands for nothing is None.

    Raises:
        NotPlainJson: see above. A key that is there twice, half a character, and a nesting too deep are among it.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        if not text.isascii() or "\x7f" in text:
            _see_that_yaml_agrees(text)
        # a number and a constant are kept as they are written; a constant that JSON has not is none
        value = json.loads(
            text, object_pairs_hook=_mapping, parse_int=str, parse_float=str, parse_constant=_no_constant
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a character cannot be written in UTF-8
    except (ValueError, RecursionError) as error:
        raise NotPlainJson(str(error)) from error
    if not isinstance(value, dict | list):
        raise NotPlainJson("a scalar alone is read as YAML")
    return _as_text(value, 1)


def _see_that_yaml_agrees(text: str) -> None:
    if _OTHERWISE_IN_YAML.search(text):
        raise NotPlainJson("it has a character that YAML reads otherwise")


def _no_constant(name: str) -> Any:
    raise NotPlainJson(f"{name} is no JSON")


def _mapping(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs) or any(key in mapping for key in NOTHING):
        raise NotPlainJson("a key is there twice, or stands for nothing")
    return mapping


def _as_text(value: Any, depth: int) -> Any:
    """Turn what is left of other types into text, in place."""
    if depth > DEPTH_MAX:
        raise NotPlainJson("it is too deep")
    for step, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, str):
            if part in NOTHING:
                value[step] = None
        elif isinstance(part, dict | list):
            _as_text(part, depth + 1)
        elif part is not None:
            value[step] = "true" if part else "false"
    return value
