"""Lives one after the other on one shared database: drawn by a seed or played again, finished, compared, cut down."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import text

from api.server.database import Access, Database
from api.server.provision import administering
from tests.lives import comparing, ending, fresh
from tests.lives.interruption import Interruption
from tests.lives.life import Life, Step
from tests.lives.machine import Stage, draw_life
from tests.lives.oracle.owed import owed
from tests.lives.repertoire import Repertoire


@dataclass
class Outcome:
    """What came of a life.

    Attributes:
        seed: its number.
        script: its steps.
        life: the life itself.
        faults: by kind of check, what does not hold; empty where all holds.
    """

    seed: int
    script: Sequence[Step]
    life: Life
    faults: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        told = [f"life {self.seed}:", *(f"  {line}" for entry in self.life.trace for line in entry.splitlines())]
        for kind, faults in self.faults.items():
            told += [f"  {kind}:", *(f"    {fault}" for fault in faults[:12])]
        return "\n".join(told)


#: Checks that a life must pass, by name: each lists what does not hold.
Check = Callable[["Lives", Life, comparing.Billed], list[str]]


class Lives:
    """Where lives are lived: one database, each life a tenant of its own."""

    def __init__(self, access: Access, database: Database, interruption: Interruption) -> None:
        self.access, self.database, self.interruption = access, database, interruption
        self._tenants = 2

    def life(self) -> Life:
        """Begin a life of a new tenant."""
        self._tenants += 1
        with administering(self.access.administrator) as connection:
            made = connection.execute(
                text("insert into tenant (name) values (:name) returning id"), {"name": f"life {self._tenants}"}
            )
            return Life(self.database, self.interruption, int(made.scalar_one()))

    def drawn(self, seed: int, repertoire: Repertoire, checks: Sequence[str] = ()) -> Outcome:
        """Live the life of a seed."""
        life, script = draw_life(Stage(self.life, repertoire), seed)
        return self.finished(Outcome(seed, script, life), checks)

    def played(self, seed: int, script: Sequence[Step], checks: Sequence[str] = ()) -> Outcome:
        """Play steps again, on a new tenant."""
        life = self.life()
        for step in script:
            life.take(step)
        return self.finished(Outcome(seed, script, life), checks)

    def finished(self, outcome: Outcome, checks: Sequence[str]) -> Outcome:
        """Take a life through its last act, and note what does not hold of it."""
        life = outcome.life
        try:
            through = ending.finish(life)
        except Exception as error:  # noqa: BLE001 whatever a life runs into is its outcome
            outcome.faults["broken"] = [f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-6:]]
            return outcome
        result = comparing.billed(life)
        found = {"documents": comparing.faults_of_documents(life, result)}
        found["credits"] = comparing.faults_of_credits(result) + comparing.faults_of_shared_credits(result)
        found["taxed twice"] = comparing.taxed_twice(life, result)
        found["payees"] = comparing.faults_of_payees(life, result)
        found["drafts"] = life.faults_of_drafts
        found["unfit"] = life.unfit
        found["left over"] = comparing.left_over(life, result)
        if "fresh" in checks:
            found["fresh"] = self._against_fresh(life, result)
        if "oracle" in checks:
            try:
                found["oracle"] = self._against_oracle(life, result, through)
            except Exception as error:  # noqa: BLE001 the oracle's own fault is an outcome too
                found["oracle broken"] = [f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-4:]]
        outcome.faults |= {kind: faults for kind, faults in found.items() if faults}
        return outcome

    def _against_fresh(self, life: Life, result: comparing.Billed) -> list[str]:
        other = fresh.told_at_once(life, self.life().tenant)
        held = {*life.held, *other.held}
        was, known = comparing.without(result, held), comparing.without(comparing.billed(other), held)
        said = [f"net {line}" for line in comparing.differences(was.net, known.net)]
        said += [f"base {line}" for line in comparing.differences(was.base, known.base)]
        said += [f"share {line}" for line in comparing.differences(was.shares, known.shares)]
        # what an amendment leaves without readings was billed before it, and waits where it is all told at once
        rated = {invoice.row.inputs.contract for invoice in result.invoices}
        alone = {*life.held} - {*other.held} | {*other.held} - {*life.held} - rated
        return said + [f"held: {life.held}, fresh: {other.held}" for _ in sorted(alone)[:1]]

    def _against_oracle(self, life: Life, result: comparing.Billed, through: Mapping[str, date]) -> list[str]:
        """Compare with what is owed. A contract that waits must be one that the oracle cannot rate either."""
        rated = owed(life.facts, through)
        refused = {contract for contract, _ in rated.refused}
        held = {*life.held}
        faults = [
            f"held: {contract}, and the oracle rates it: {life.held[contract]}" for contract in sorted(held - refused)
        ]
        faults += [
            f"billed: {contract}, and the oracle refuses {first}: {why}"
            for (contract, first), why in rated.refused.items()
            if contract not in held
        ]
        if held:
            # What waits is not owed yet: with it, whatever comes after. Of a contract that waits for a correction nothing
            # is compared: what was billed is not known to be owed. What was claimed of it beside its charges stays: what
            # draws on that waits as well.
            waits = {contract for contract, first in rated.refused if comparing.is_billed(result, contract, first)}
            facts = replace(life.facts, versions=[one for one in life.facts.versions if one.contract not in waits])
            rated = owed(facts, {contract: last for contract, last in through.items() if contract not in held})
            result = comparing.without(result, waits, claims_of=held)
        return faults + comparing.against(result, rated)

    def smallest(self, outcome: Outcome, checks: Sequence[str], most: int = 60) -> Outcome:
        """Leave out as many steps, contracts and charges as can be without the life passing its checks.

        Args:
            outcome: of a life that does not pass.
            checks: its checks.
            most: so many lives are spent on it.
        """
        kinds, best, spent = {*outcome.faults}, outcome, 0
        size = max(1, len(best.script) // 2)
        while size and spent < most:
            at = 1  # the beginning stays
            while at < len(best.script) and spent < most:
                shorter = [*best.script[:at], *best.script[at + size :]]
                tried, spent = self.played(outcome.seed, shorter, checks), spent + 1
                if kinds & {*tried.faults}:
                    best = tried
                else:
                    at += size
            size //= 2
        at = 0
        while spent < most and (begin := _without_part(best.script[0], at)) is not None:
            tried, spent = self.played(outcome.seed, [begin, *best.script[1:]], checks), spent + 1
            if kinds & {*tried.faults} and "FaultyDocument" not in tried.life.refusals:
                best = tried
            else:
                at += 1
        return best


def _without_part(begin: Step, at: int) -> Step | None:
    """Leave out the contract or the charge of a number, counted through all of them; None where there is none left."""
    name, values = begin
    agreed = values["contracts"]
    places: list[tuple[int, int | None]] = [(number, None) for number in range(len(agreed))] if len(agreed) > 1 else []
    for number, document in enumerate(agreed):
        if len(document["charges"]) > 1:
            places += [(number, charge) for charge in range(len(document["charges"]))]
    if at >= len(places):
        return None
    number, charge = places[at]
    if charge is None:
        left = [document for place, document in enumerate(agreed) if place != number]
    else:
        fewer = {"charges": [kept for place, kept in enumerate(agreed[number]["charges"]) if place != charge]}
        left = [document | fewer if place == number else document for place, document in enumerate(agreed)]
    return name, values | {"contracts": left}


@contextmanager
def lives_on(access: Access) -> Iterator[Lives]:
    """Open a database for lives."""
    database = Database(access.app, pool_size=5)
    try:
        with Interruption(database) as interruption:
            yield Lives(access, database, interruption)
    finally:
        database.close()
