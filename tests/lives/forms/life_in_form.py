"""Lives whose documents go out in a form: drawn, dressed, and lived on until each document has its original."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.invoicing import E_INVOICE_FORMS, STATE_FORMS, InvoiceForm, Language
from contracts.party_profiles import store as profiles
from contracts.party_profiles.party_profile_document import read_profile
from contracts.release.store import releasing
from tests.build import acts
from tests.lives import ending
from tests.lives.forms.dressing import CIRCUMSTANCES, Dress, parties_of, profile_of
from tests.lives.life import Life
from tests.lives.repertoire import Repertoire
from tests.lives.run import Lives, Outcome

#: In turn; the states' own come where their country is the supplier's, which the dress sees to.
FORMS = (*E_INVOICE_FORMS, InvoiceForm.PDF, *STATE_FORMS)
_LANGUAGES = (Language.GERMAN, Language.ENGLISH)
#: A staple has so many days: three of its months.
_STAPLE_DAYS = 89
_MONTHS = 80
#: From then on both states clear what is issued.
_AFTER_THE_DUTY = date(2026, 3, 1)


def dress_of(turn: int) -> Dress:
    """By turns each circumstance in each form; every second time two contracts stand on one document."""
    about = CIRCUMSTANCES[turn // len(FORMS) % len(CIRCUMSTANCES)]
    consolidated = turn % 2 == 1 and about != "500 lines"
    return Dress(FORMS[turn % len(FORMS)], _LANGUAGES[turn % len(_LANGUAGES)], about, consolidated)


@dataclass
class LifeInForm(Life):
    """A life whose contracts say in which form their documents are wanted, and whose parties are told in full.

    Attributes:
        dress: how.
        ever_held: why contracts waited at any run, each reason once.
        staples: the references of the staple contracts.
    """

    dress: Dress = field(default_factory=lambda: dress_of(0))
    ever_held: dict[tuple[str, str], int] = field(default_factory=dict)
    staples: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def on_begin(
        self, zone: str, first: str, contracts: Sequence[Mapping[str, Any]], indices: Mapping[str, str]
    ) -> None:
        """Begin with the staple beside what is drawn."""
        starts = date.fromisoformat(first).replace(day=1)
        if self.dress.form in STATE_FORMS:
            starts = max(starts, _AFTER_THE_DUTY)
        ends = (starts + timedelta(days=_STAPLE_DAYS + 5)).replace(day=1)
        staples = [*self.dress.staples(zone, starts.isoformat(), ends.isoformat())]
        self.staples = [document["contract"] for document in staples]
        super().on_begin(zone, first, [*contracts, *staples], indices)

    def record(self, document: Mapping[str, Any], *, release: bool) -> None:
        """Record a version in the form that is wanted, and tell its parties: a name that no contract has is no party."""
        dressed = self.dress.dressed(document)
        converted = dressed.get("tax", {}).get("rate_of_exchange")
        if converted is not None and converted["index"] not in self.told:
            self.told.add(converted["index"])
            self._publishes(converted["index"])
        super().record(dressed, release=release)
        for name, country in parties_of(dressed):
            self._tells(name, country)

    def _tells(self, name: str, country: str) -> None:
        if name in self.told:
            return
        self.told.add(name)
        at = datetime(2020, 1, 1, tzinfo=UTC)
        with self.database.transaction(self.tenant) as session:
            number = profiles.prepare(
                session, read_profile(profile_of(name, country)), by=acts(session, "carla"), at=at
            ).id
        with self.database.transaction(self.tenant) as session:
            profiles.release(session, name, number, releasing(session, acts(session, "bert"), at))

    def _publishes(self, series: str) -> None:
        """Record a rate of exchange of each month that a life may speak of."""
        first = self.first.year * 12 + self.first.month - 1
        months = (first + at for at in range(-_MONTHS, _MONTHS))
        values = {f"{at // 12}-{at % 12 + 1:02}": f"0.{40 + at % 7}1" for at in months}
        self.record_index(series, values, release=True)

    def bill(self, *, only_automatic: bool = False) -> int:
        """Bill what is due, and note why anything waits."""
        made = super().bill(only_automatic=only_automatic)
        for key in self.held.items():
            self.ever_held[key] = self.ever_held.get(key, 0) + 1
        return made


class LivesInForms(Lives):
    """Where lives in forms are lived; the turn of a seed says how each is dressed."""

    turn = 0

    def life(self) -> Life:
        """Begin a life of a new tenant, dressed for its turn."""
        plain = super().life()
        return LifeInForm(plain.database, plain.interruption, plain.tenant, dress=dress_of(self.turn))

    def lived(self, seed: int, repertoire: Repertoire) -> tuple[LifeInForm, Outcome]:
        """Live the life of a seed to its end; then a reading comes late, and what the staple billed first is given back."""
        self.turn = seed - 1
        if dress_of(self.turn).form in STATE_FORMS:  # whose numbers the repertoire does not know
            repertoire = repertoire.without(["vat id"])
        outcome = self.drawn(seed, repertoire)
        life = outcome.life
        if not isinstance(life, LifeInForm):
            raise TypeError("a life without a form")
        late_reading(life)
        credit_of_staple(life)
        return life, outcome


def late_reading(life: LifeInForm) -> None:
    """Correct the first reading of the register that the staple counts, and bill until nothing changes."""
    life.take(("correct", {"register": "kwh", "which": 5, "number": 399}))
    while life.waiting:
        life.release_edit(*life.waiting.pop(0))
    ending.bill_to_the_end(life)


def credit_of_staple(life: LifeInForm) -> None:
    """Give back by hand the rest of a line of the staple, of the first document of which anything is left."""
    issued = [stored for stored in life.counting() if stored.row.number is not None]
    for which, stored in enumerate(issued):
        if stored.row.kind in ("period", "consolidated") and stored.row.inputs.contract in life.staples:
            for line in range(len(stored.lines)):
                before = len(life.counting())
                life.take(("credit", {"which": which, "line": line, "percent": 0}))
                if len(life.counting()) > before:
                    return
                if line > 3:
                    break
