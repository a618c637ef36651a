"""The state machine that makes up lives: Hypothesis draws step after step, a life takes each at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.lives import documents, prepaying
from tests.lives.life import Life, Step, terms_of
from tests.lives.repertoire import Repertoire

#: Hypothesis first tries the simplest of all examples: a life in which nothing happens. The second is the seed's.
_EXAMPLES = 2
_NEAR_DAYS = 25
_COUNTERS = {key for key, register in documents.REGISTERS.items() if register.kind == "cumulative"}


@dataclass
class Stage:
    """Where lives are lived, and what came of the last one.

    Attributes:
        new_life: begins the life of a new tenant.
        repertoire: what may happen.
        life: the last one that was drawn.
        script: its steps.
    """

    new_life: Callable[[], Life]
    repertoire: Repertoire
    life: Life | None = None
    script: list[Step] = field(default_factory=list)


class LifeMachine(RuleBasedStateMachine):
    """Draws one life on a stage: the values of each step; the life decides what they point at.

    All steps are one rule, for Hypothesis would leave out most rules of most lives, among them those without which nothing
    is billed. A life has its own habits instead: of what may happen it does without some.
    """

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.lives = False
        self.fed, self.length = -3, 30
        self.habits: set[str] = set()

    @property
    def life(self) -> Life:
        if self.stage.life is None:
            raise LookupError("no life has begun")
        return self.stage.life

    @property
    def may(self) -> Repertoire:
        return self.stage.repertoire

    def take(self, name: str, **values: Any) -> None:
        step = (name, values)
        self.stage.script.append(step)
        self.life.take(step)

    @initialize(data=st.data(), number=st.integers(0, 2**32))
    def begin(self, data: st.DataObject, number: int) -> None:
        self.lives = number > 0
        if not self.lives:
            return
        self.stage.life = self.stage.new_life()
        self.stage.script.clear()
        draw, may = data.draw, self.may
        self.habits = {name for name in self.steps() if name in _ALWAYS or draw(st.integers(0, 2))}
        zone = draw(st.sampled_from(["Europe/Berlin", *(documents.ODD_ZONES if "odd zones" in may else ())]))
        around = [*prepaying.AROUND_A_CHANGE] if "rates change" in may else []
        first = draw(st.sampled_from(["2026-01-01", "2026-02-15", "2026-09-01", *around]))
        contracts = []
        for at in range(draw(st.integers(1, 2)) if "two contracts" in may else 1):
            currency = draw(st.sampled_from(documents.CURRENCIES)) if "currencies" in may else "EUR"
            starts = date.fromisoformat(first).replace(day=1)
            contracts.append(documents.a_contract(draw, may, f"C-{at + 1}", zone, starts, currency))
        indices = {"CPI": "100", "steel": "90", "CPI 2": "95"} if "index" in may else {}
        self.length = documents.LENGTHS[contracts[0]["billing"]["every"]]
        starts = min(date.fromisoformat(document["starts"]) for document in contracts)
        self.fed = min(0, (starts - date.fromisoformat(first)).days) - 3
        if "late" in may:  # the first rows may come last
            self.fed += draw(st.sampled_from([0, 0, 0, 4, 8]))
        self.take("begin", zone=zone, first=first, contracts=contracts, indices=indices)

    @precondition(lambda self: not self.lives)
    @rule()
    def rest(self) -> None:
        pass

    @precondition(lambda self: self.lives)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        weighted = [name for name, weight in self.steps().items() if name in self.habits for _ in range(weight)]
        getattr(self, f"_{data.draw(st.sampled_from(weighted))}")(data.draw)

    def steps(self) -> dict[str, int]:
        """Name the steps that may be taken, with their weights."""
        may = self.may
        weights = {"deliver": 3, "feed": 3, "bill": 5, "bill_at_once": 1, "amend": 4, "correct": 2, "exchange": 2}
        weights |= {"withdraw": 1, "release": 1, "revise": 2, "link": 1, "dispute": 3, "settle": 2, "look": 2}
        weights |= {"credit": 3, "void": 2}
        weights |= {"issue": 3, "tick": 1, "clock_back": 1, "kill": 2}
        needs = {
            "amend": bool(documents.changes_of(may)),
            "release": "released late" in may,
            "look": "drafts" in may,
            "issue": "drafts" in may,
            "clock_back": "clock back" in may,
            "kill": "kill lost" in may or "kill kept" in may,
        }
        named = ("correct", "exchange", "withdraw", "revise", "link", "dispute", "settle", "credit", "void")
        needs |= {name: name in may for name in named}
        return {name: weight for name, weight in weights.items() if needs.get(name, True)}

    # --- readings

    def registers(self) -> list[str]:
        """The registers that some contract looks at."""
        return sorted({key for version in self.life.facts.versions for key in documents.registers_in(version.document)})

    def span(self) -> int:
        """How many days of the life may be spoken of."""
        ends = [terms_of(version.document).until for version in self.life.facts.versions]
        return max(((end - self.life.first).days for end in ends if end is not None), default=90)

    def today(self) -> int:
        return (self.life.now.date() - self.life.first).days

    def _deliver(self, draw: documents.Draw) -> None:
        if not self.registers():
            return
        register, today = draw(st.sampled_from(self.registers())), self.today()
        earliest = max(-3, min(today, today - (60 if "late" in self.may else 2)))
        if "late" in self.may and not draw(st.integers(0, 2)):  # what was read at the beginning is told only now
            earliest, today = -3, min(today, 2)
        day = draw(st.integers(earliest, max(earliest, today)))
        rows = []
        for _ in range(draw(st.integers(1, 6))):
            rows.append([day, draw(st.integers(0, 23)) * 60, draw(st.integers(0, 400)), draw(st.integers(0, 8))])
            day += draw(st.integers(0, 9))
        self.take("deliver", register=register, rows=rows)

    def _feed(self, draw: documents.Draw) -> None:
        """Deliver what was read since the last feed; where readings may be late, not yet all of it."""
        last = self.today() + 1 - (draw(st.sampled_from([0, 1, 1, 1, 2, 5, 12])) if "late" in self.may else 0)
        if last <= self.fed or not self.registers():
            return
        registers = self.registers()
        if "late" in self.may:
            registers = [register for register in registers if draw(st.integers(0, 5))]
        every, minute, number = (
            draw(st.sampled_from([1, 2, 5])),
            draw(st.integers(0, 23)) * 60,
            draw(st.integers(0, 200)),
        )
        self.take("feed", registers=registers, first=self.fed, last=last, every=every, minute=minute, number=number)
        self.fed = last

    def _correct(self, draw: documents.Draw) -> None:
        if self.registers():
            which, number = draw(st.integers(0, 50)), draw(st.integers(0, 400))
            self.take("correct", register=draw(st.sampled_from(self.registers())), which=which, number=number)

    def _withdraw(self, draw: documents.Draw) -> None:
        if self.registers():
            which, days = draw(st.integers(0, 50)), draw(st.integers(0, 5))
            self.take("withdraw", register=draw(st.sampled_from(self.registers())), which=which, days=days)

    def _exchange(self, draw: documents.Draw) -> None:
        counters = sorted(_COUNTERS & {*self.registers()})
        if counters:
            register, day = draw(st.sampled_from(counters)), draw(st.integers(0, max(1, self.today())))
            minute, rise, serial = draw(st.integers(1, 1439)), draw(st.integers(0, 90)), draw(st.integers(0, 99))
            self.take("exchange", register=register, day=day, minute=minute, rise=rise, serial=serial)

    # --- contracts

    def _amend(self, draw: documents.Draw) -> None:
        contract = draw(st.integers(0, 1))
        reference = self.life.chosen_contract(contract)
        if reference is None:
            return
        document = dict(self.life.versions(reference)[-1].document)
        what = draw(st.sampled_from(documents.changes_of(self.may)))
        differs = documents.a_change(draw, self.may, document, what)
        release = 0 if "released late" in self.may and draw(st.integers(0, 3)) == 3 else 1
        day = self._day_of_amendment(draw, document)
        if day is not None:
            self.take("amend", contract=contract, day=day, differs=differs, what=what, release=release)

    def _day_of_amendment(self, draw: documents.Draw, document: documents.Document) -> int | None:
        """Draw a day of the contract's life, as far as the repertoire allows; None where none is left."""
        terms = terms_of(document)
        low, starts = terms.effective, terms.starts
        days = [low + timedelta(days=at) for at in range(((terms.until or low) - low).days)]
        if "twice a day" not in self.may and len(self.life.versions(document["contract"])) > 1:
            days = days[1:]
        if "inside" not in self.may:
            firsts = {period.first for period in terms.periods()}
            days = [day for day in days if day in firsts]
        if "backdated" not in self.may:
            days = [day for day in days if day >= self.life.now.date() - timedelta(days=1)]
        near = [day for day in days if abs((day - self.life.now.date()).days) < _NEAR_DAYS]
        return (draw(st.sampled_from(near if near and draw(st.booleans()) else days)) - starts).days if days else None

    def _release(self, draw: documents.Draw) -> None:
        self.take("release", contract=draw(st.integers(0, 1)))

    # --- indices

    def _revise(self, draw: documents.Draw) -> None:
        if self._follows():
            index = draw(st.sampled_from([*documents.INDICES, *(["CPI 2"] if "link" in self.may else [])]))
            month, value, release = draw(st.integers(-6, 5)), draw(st.integers(80, 140)), draw(st.integers(0, 3))
            self.take("revise", index=index, month=month, value=value, release=release)

    def _link(self, draw: documents.Draw) -> None:
        if self._follows():
            self.take("link", index="CPI", other="CPI 2", factor=draw(st.integers(80, 130)))

    def _follows(self) -> bool:
        return any("index" in charge for version in self.life.facts.versions for charge in version.document["charges"])

    # --- disputes

    def _dispute(self, draw: documents.Draw) -> None:
        contract = draw(st.integers(0, 1))
        reference = self.life.chosen_contract(contract)
        if reference is None:
            return
        starts = date.fromisoformat(self.life.versions(reference)[0].document["starts"])
        day = max(0, (self.life.now.date() - starts).days - draw(st.integers(0, 50)))
        days, accepted = draw(st.integers(1, 10)), draw(st.integers(0, 1))
        self.take("dispute", contract=contract, charge=draw(st.integers(0, 7)), day=day, days=days, accepted=accepted)

    def _settle(self, draw: documents.Draw) -> None:
        if not self.life.facts.disputes:
            return
        which, how = draw(st.integers(0, 5)), draw(st.sampled_from(["accept", "due", "waived"]))
        if how == "accept":
            self.take("accept", which=which)
        else:
            self.take("settle", which=which, due=int(how == "due"))

    # --- credits by hand

    def _credit(self, draw: documents.Draw) -> None:
        which, line, percent = draw(st.integers(0, 40)), draw(st.integers(0, 7)), draw(st.sampled_from([3, 40, 100, 0]))
        self.take("credit", which=which, line=line, percent=percent)

    # --- documents void before they are sent

    def _void(self, draw: documents.Draw) -> None:
        self.take("void", which=draw(st.sampled_from([0, 0, 1, 1, 2, 3, 5, 8])))  # on the newest nothing relies yet

    # --- the clock and bills

    def days_ahead(self) -> int:
        """How far the clock may go: until the last periods, unless what happens after them is in the repertoire."""
        if "after the last period" in self.may:
            return 2 * self.length
        contracts = self.life.contracts
        last = [
            list(terms_of(self.life.versions(reference)[-1].document).periods())[-1].first for reference in contracts
        ]
        return max(0, (min(last, default=self.life.first) - self.life.now.date()).days - 1)

    def _pass(self, draw: documents.Draw, least: int, most: int) -> None:
        """Let so many hundredths of a billing period pass; what is read meanwhile mostly arrives."""
        days = min(draw(st.integers(least, most)) * self.length // 100, self.days_ahead())
        if days:
            self.take("wait", days=days)
        if draw(st.integers(0, 4)):
            self._feed(draw)

    def _days_until_due(self) -> int:
        """How many days it is until the next period of the first contract may be billed; 0 where none is left."""
        terms = terms_of(self.life.versions(self.life.contracts[0])[-1].document)
        dues = (period.after_last + timedelta(days=terms.settings.bill_after_days) for period in terms.periods())
        return next(((due - self.life.now.date()).days for due in dues if due > self.life.now.date()), 0)

    def _bill(self, draw: documents.Draw) -> None:
        if self.life.contracts and draw(st.booleans()):  # on the very day
            days = min(self._days_until_due(), self.days_ahead())
            self.take("wait", days=days)
            self._feed(draw)
        else:
            self._pass(draw, 20, 120)
        self.take("bill", days=0)

    def _bill_at_once(self, draw: documents.Draw) -> None:
        self.take("bill", days=0)

    def _look(self, draw: documents.Draw) -> None:
        self._pass(draw, 0, 100)
        self.take("look", days=0)

    def _issue(self, draw: documents.Draw) -> None:
        if draw(st.booleans()):
            self.take("look", days=0)
        self.take("issue", which=draw(st.integers(0, 5)))

    def _tick(self, draw: documents.Draw) -> None:
        self._pass(draw, 0, 60)
        self.take("bill", days=0, automatically=1)

    def _clock_back(self, draw: documents.Draw) -> None:
        self.take("wait", days=-draw(st.integers(1, 9)))

    def _kill(self, draw: documents.Draw) -> None:
        kept = draw(st.sampled_from([int(name == "kill kept") for name in self.may.among(("kill lost", "kill kept"))]))
        self.take("kill", nth=draw(st.integers(1, 4 if kept else 25)), kept=kept)


#: Without these nothing is billed.
_ALWAYS = frozenset({"feed", "bill", "amend"})


def draw_life(stage: Stage, number: int) -> tuple[Life, Sequence[Step]]:
    """Draw the life of a seed on a stage, which lives it; the last act is the caller's."""
    machine = type("SeededLife", (LifeMachine,), {"stage": stage})
    seeded = seed(number)(machine)
    drawing = settings(
        max_examples=_EXAMPLES,
        stateful_step_count=stage.repertoire.steps,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seeded, settings=drawing)
    if stage.life is None:
        raise LookupError(f"seed {number} draws no life")
    return stage.life, list(stage.script)
