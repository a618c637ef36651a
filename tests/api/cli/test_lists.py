"""Lists by the command line: what is true or false is a flag, and the help names what a list may be asked."""

import pytest
import typer
from typer.testing import CliRunner

from api.cli.lists import QUERIES, list_asked
from api.cli.main import app
from billing.receivables.payment_query import AccountQuery
from contracts.party_profiles.party_query import PartyQuery


@pytest.mark.parametrize(("typed", "waiting"), [
    pytest.param([], None, id="not asked"),
    pytest.param(["--waiting"], True, id="a flag"),
    pytest.param(["--waiting", "--begins", "Nord"], True, id="a flag before another option"),
    pytest.param(["--begins", "Nord", "--waiting"], True, id="a flag behind another option"),
    pytest.param(["--waiting", "true"], True, id="true"),
    pytest.param(["--waiting", "false"], False, id="false"),
    pytest.param(["--waiting=false"], False, id="false, joined"),
])  # fmt: skip
def test_what_is_true_or_false_is_a_flag(typed: list[str], waiting: object) -> None:
    asked = list_asked(PartyQuery, typed)

    assert asked.waiting is waiting
    assert asked.begins == ("Nord" if "Nord" in typed else "")


def test_so_is_what_is_overdue() -> None:
    assert list_asked(AccountQuery, ["--overdue", "--customer", "Nord"]).overdue is True


def test_another_option_needs_its_value() -> None:
    with pytest.raises(typer.BadParameter, match="--begins needs a value"):
        list_asked(PartyQuery, ["--waiting", "--begins"])


def test_a_flag_takes_no_other_word() -> None:
    with pytest.raises(typer.BadParameter, match="unexpected extra argument"):
        list_asked(PartyQuery, ["--waiting", "Nordluft"])


class TestTheHelp:
    def test_of_parties_names_the_flag(self) -> None:
        shown = " ".join(CliRunner().invoke(app, ["party", "list", "--help"]).output.split())
        assert "--waiting [false]: Whether a profile waits for its release." in shown
        assert "--begins VALUE: With what the name begins." in shown

    @pytest.mark.parametrize("words", QUERIES)
    def test_of_each_list_names_what_it_may_be_asked(self, words: str) -> None:
        shown = CliRunner().invoke(app, [*words.split(), "--help"])
        assert (shown.exit_code, shown.exception) == (0, None)
        assert "What the list may be asked" in shown.output
