"""What lives can see: each fault of `mutants/` in a copy of the product is noticed, and the product itself passes.

A mutant is a unified diff against the product; one that does not apply any more fails in the short form, and is to be written anew.
Its lives have what it takes to meet the fault and little else, so that few of them suffice.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).parent / "mutants"
_PRODUCT = ("quantities", "metering", "savings", "contracts", "billing", "api")


@dataclass(frozen=True)
class LivesFor:
    """The lives that are to notice a mutant.

    Attributes:
        allowed: what may happen in them, by names of the repertoire.
        kinds: the kinds of rules.
        most: one of so many notices it.
        steps: that each life has.
        begins: with what a fault begins that counts; all of them count without it.
    """

    allowed: str
    kinds: str = "per_unit"
    most: int = 20
    steps: int = 25
    begins: str = ""

    def arguments(self) -> Sequence[str]:
        return str(self.steps), self.allowed, self.kinds, str(self.most), self.begins


NOTICED_BY = {
    # A rating knows what it asked.
    "a-missed-read-is-not-recorded": LivesFor("counter,late", most=150),
    "the-reach-of-a-line-ends-with-its-period": LivesFor("level linear,late"),
    "values-of-indices-are-not-recorded": LivesFor("event,index,revise,after the last period"),
    # It is asked again when something near it has moved.
    "the-sweep-ignores-touches-of-facts": LivesFor(
        "event,terms,dispute,settle,backdated,after the last period", most=20, steps=18
    ),
    "a-settled-dispute-of-an-issued-period-counts-as-known": LivesFor(
        "event,dispute,settle,after the last period", most=20, steps=18
    ),
    "a-look-that-finds-nothing-is-not-kept": LivesFor("event,neutral,backdated,after the last period", most=120),
    # A correction needs no later period.
    "a-correction-waits-for-a-later-period": LivesFor("event,late,correct,withdraw,after the last period"),
    "a-part-billed-period-is-not-billed-for-the-rest": LivesFor(
        "event,parts,prolong,backdated,after the last period",
        most=150,
        begins="net",  # days that are billed keep their tax point
    ),
    # A draft is a preview.
    "a-draft-is-issued-otherwise-than-it-was-looked-at": LivesFor("event,late,correct,drafts", most=60),
    # What is carried on.
    "a-period-goes-on-from-what-was-carried-before-it-was-corrected": LivesFor("event,late,windows", "graduated"),
    "a-later-period-is-not-rated-again-where-an-earlier-one-closes-otherwise": LivesFor(
        "event,late,windows,after the last period", "graduated"
    ),
    "a-state-is-opened-without-converting-it": LivesFor("interval,windows,unit", "graduated"),
    "a-renamed-charge-begins-anew": LivesFor("event,windows,rename", "graduated"),
    # Who shares a sale has its part of it, whatever was corrected, and whoever paid before.
    "shares-stay-as-they-were-billed": LivesFor("event,shared,late,correct,after the last period", most=30),
    "what-is-drawn-is-taken-off-who-shares": LivesFor("event,shared,prepayments", most=30, steps=15),
    "a-payees-document-leaves-out-what-corrects": LivesFor(
        "event,shared,self billed,late,correct,after the last period", most=60
    ),
    # What is paid before bears the tax of its claim, and each document names the claims that it draws on.
    "what-is-drawn-bears-the-tax-of-its-own-days": LivesFor(
        "event,prepayments,issuers,rates change", most=40, steps=15
    ),
    "a-document-names-what-another-one-draws-on": LivesFor(
        "event,prepayments,issuers,late,correct,add,after the last period", most=150
    ),
    # A pool follows machines, and what is on account is settled.
    "a-pool-forgets-the-machines-of-earlier-periods": LivesFor(
        "event,included,machines,machines change,windows", most=60, steps=15
    ),
    "a-part-of-a-window-is-on-account-twice": LivesFor("event,windows,on account", most=60, steps=15),
    # What is missing is not billed in silence.
    "whatever-was-read-is-billed": LivesFor("interval,coverage", most=10, steps=15),
}


#: Faults of what a contract's rules come to, which need no life: the tests that are to notice each.
NOTICED_BY_TESTS = {
    # Amendments touch only what they change.
    "every-version-divides-every-charge": "tests/lives/test_neutral_amendment.py",
    "what-was-used-before-a-change-is-forgotten": "tests/contracts/test_change_in_mid_period.py",
    # Lines keep their tax.
    "a-line-keeps-the-tax-that-it-had": "tests/billing/corrections/test_adjustment.py",
    # Natures do not mix.
    "a-deposit-fulfils-a-minimum": "tests/contracts/test_natures.py",
    # Numbers and dates are of their issuer.
    "two-issuers-share-a-series": "tests/billing/test_found_and_dated.py",
    # Amending shows its price.
    "a-version-counts-without-saying-what-it-reprices": "tests/billing/previews/test_repricing.py",
    # Rules price what their clauses say.
    "what-is-dated-before-the-start-is-forgotten": "tests/contracts/pricing/test_before_the_start.py",
    # A dispute is over days.
    "a-discount-stays-where-its-charge-is-in-dispute": "tests/billing/disputes/test_some_days.py",
    # Rules over savings.
    "an-investment-is-repaid-by-what-a-share-comes-to": "tests/contracts/savings_pricing/test_capped_and_repaid.py",
}


def looked_at(product: Path, lives: LivesFor) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.lives.noticing", *lives.arguments()]
    done = subprocess.run(
        command, cwd=product, env=os.environ | {"PYTHONPATH": str(product)}, capture_output=True, text=True, check=False
    )
    assert f"the product of {product}" in done.stdout, done.stderr
    return done


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The product and its tests, to be changed."""
    for name in (*_PRODUCT, "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_each_patch_has_its_lives() -> None:
    assert {path.stem for path in PATCHES.glob("*.patch")} == {*NOTICED_BY, *NOTICED_BY_TESTS}


@pytest.mark.parametrize("patch", sorted(PATCHES.glob("*.patch")), ids=lambda patch: patch.stem)
def test_each_patch_applies(patch: Path) -> None:
    """Whether what it breaks is noticed takes long; that it breaks nothing any more is seen at once."""
    command = ["git", "apply", "--check", str(patch)]
    applied = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, f"write the patch anew: {applied.stderr}"


def break_with(product: Path, name: str) -> None:
    command = ["git", "apply", "--verbose", str(PATCHES / f"{name}.patch")]
    applied = subprocess.run(command, cwd=product, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, f"write the patch anew: {applied.stderr}"


@pytest.mark.long
@pytest.mark.parametrize("name", NOTICED_BY_TESTS)
def test_a_fault_of_what_rules_come_to_is_noticed(copied: Path, name: str) -> None:
    break_with(copied, name)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not long"]
    seen = subprocess.run(
        [*command, NOTICED_BY_TESTS[name]],
        cwd=copied,
        env=os.environ | {"PYTHONPATH": str(copied)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert seen.returncode == 1, seen.stdout + seen.stderr
    assert "1 failed" in seen.stdout, seen.stdout + seen.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", NOTICED_BY)
def test_a_fault_of_the_product_is_noticed(copied: Path, name: str) -> None:
    break_with(copied, name)

    seen = looked_at(copied, NOTICED_BY[name])

    assert seen.returncode == 1, seen.stdout + seen.stderr
    assert "seed" in seen.stdout, seen.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", NOTICED_BY)
def test_the_same_lives_find_nothing_in_the_product(name: str) -> None:
    seen = looked_at(ROOT, NOTICED_BY[name])

    assert seen.returncode == 0, seen.stdout + seen.stderr
