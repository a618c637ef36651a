"""Values that are made by the hundred: compared by their fields, and changed by nobody."""

from dataclasses import dataclass, replace

import pytest

from quantities.values import value_class


@value_class(frozen=True, slots=True)
class Share:
    of: str
    percent: int = 100


@dataclass(frozen=True, slots=True)
class Guarded:
    of: str
    percent: int = 100


def test_equal_fields_are_one_value() -> None:
    assert Share("a") == Share("a", 100)
    assert {Share("a"), Share("a", 100), Share("b")} == {Share("a"), Share("b")}
    assert replace(Share("a"), percent=50) == Share("a", 50)


def test_they_are_hashed_as_frozen_ones() -> None:
    assert hash(Share("a", 50)) == hash(Guarded("a", 50))


def test_the_type_checker_refuses_to_change_one() -> None:
    """Were it to let it pass, it would say that the comment is not used."""
    share = Share("a")

    share.percent = 50  # type: ignore[misc]


def test_it_has_no_other_fields() -> None:
    share = Share("a")

    with pytest.raises(AttributeError):
        share.whole = 1  # type: ignore[attr-defined]
