"""Statements as they come, made by a seed, with the truth beside them: what each payer meant.

Of what a payer meant the matching sees the entry alone. Some entries nobody could match (a stranger's payment without a
word); these are in the truth as ``None``, and whoever matches one is wrong.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from billing.bank.matching.books import (
    AdvisedAmount,
    BankBooks,
    BookedDocument,
    ConfirmedPayer,
    EarlierReceipt,
    PayerKind,
    RemittanceAdvice,
    bank_books,
)
from billing.bank.matching.decision import (
    BankDecision,
    ExpectedPayout,
    MatchedDocuments,
    MatchedReturn,
    NoPayment,
    QueuedEntry,
)
from billing.bank.statements.entry import BankEntry
from billing.documents.model.payment_reference import payment_reference
from billing.invoices.invoice import invoice_number
from contracts.cash_discount import CashDiscount
from quantities.money import Money

OURS = "DE02120300000000202051"
DAY = date(2026, 6, 15)
STEPS = (CashDiscount(days=10, percent=Decimal(2)), CashDiscount(days=20, percent=Decimal(1)))
NORTH, SOUTH = "Nord Maschinen GmbH", "Süd Service GmbH"
SERIES = {NORTH: "NORD26", SOUTH: ""}
FIRST_NAMES = (
    "Müller",
    "Schröder",
    "Weiß",
    "Krüger",
    "Bäcker",
    "Lang",
    "Fränkel",
    "Huber",
    "Özdemir",
    "Ångström",
    "Dupré",
    "Kowalski",
)
TRADES = ("Metallbau", "Druckluft", "Fördertechnik", "Walzwerk", "Kühlhaus", "Papier")
FORMS = ("GmbH", "GmbH & Co. KG", "AG", "e.K.", "S.à r.l.")
SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA"})
#: How often each kind comes, in parts of all: some one in forty is nobody's to match.
KINDS = {
    "reference": 240, "reference_in_text": 60, "number": 200, "bare_number": 50, "broken_number": 15, "several": 80,
    "with_credit_note": 25, "discount": 60, "late_discount": 25, "part": 30, "more": 25, "charges": 35, "advice": 35,
    "amount": 30, "mistyped_number": 20, "mistyped_reference": 20, "treasury": 15, "returned": 25, "gateway": 15, "own": 15,
    "refund": 10, "others_number": 4, "stranger": 4, "again": 4, "strange_mistyped": 4, "foreign_number": 4, "supplier": 5,
    "abroad": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What a payer meant: documents with amounts and discounts, what stays on account; or another kind of movement."""

    kind: str
    amounts: frozenset[tuple[str, Decimal, Decimal]] = frozenset()
    on_account: Decimal = Decimal(0)
    supplier: str = ""
    returns: int | None = None  # the place of the entry that is taken back
    other: type[ExpectedPayout] | type[NoPayment] | None = None


@dataclass
class Line:
    """An entry as a bank writes it."""

    amount: Decimal
    name: str = ""
    account: str = ""
    text: str = ""
    creditor: str = ""
    end_to_end: str = ""
    before: Decimal | None = None
    returned: str = ""
    currency: str = "EUR"
    on: date = DAY


@dataclass
class Made:
    """A statement of a bank with what is known before it, and the truth."""

    books: BankBooks
    raw: bytes
    truths: list[Truth]
    customers: list[str] = field(default_factory=list)


class Maker:
    def __init__(self, seed: int, count: int) -> None:
        self.random = random.Random(seed)
        self.count = count
        self.lines: list[Line] = []
        self.truths: list[Truth] = []
        self.advices: list[RemittanceAdvice] = []
        self.payers: list[ConfirmedPayer] = [
            ConfirmedPayer(PayerKind.GATEWAY, name="Stripe Payments Europe Ltd"),
            ConfirmedPayer(PayerKind.OWN, account="DE99OWN"),
            ConfirmedPayer(PayerKind.OTHER, account="DE99SUPPLIER"),
        ]
        self._customers()
        self._documents()

    def _customers(self) -> None:
        names = {f"{first} {trade} {form}" for first in FIRST_NAMES for trade in TRADES for form in FORMS}
        self.customers = [
            "Müller Metall GmbH",
            "Mueller Metall GmbH",
            *self.random.sample(sorted(names), max(20, self.count // 4)),
        ]
        self.account = {name: f"DE{place:020d}" for place, name in enumerate(self.customers)}
        self.confirmed = {name for name in self.customers if self.random.random() < 0.7}
        self.payers += [
            ConfirmedPayer(PayerKind.CUSTOMER, account=self.account[name], customer=name)
            for name in sorted(self.confirmed)
        ]
        self.treasury = {
            f"{name.split()[0]} Treasury Services": name for name in self.random.sample(self.customers[2:], 5)
        }
        self.payers += [
            ConfirmedPayer(PayerKind.CUSTOMER, name=name, customer=customer) for name, customer in self.treasury.items()
        ]
        self.flat = set(self.random.sample(self.customers, len(self.customers) // 3))  # all pay the same every month
        self.alike = {"Müller Metall GmbH", "Mueller Metall GmbH"}

    def _documents(self) -> None:
        rng, places, self.documents = self.random, {NORTH: 80, SOUTH: 80}, list[BookedDocument]()
        for _ in range(self.count * 2):
            supplier, customer = rng.choice((NORTH, NORTH, SOUTH)), rng.choice(self.customers)
            places[supplier] += 1
            gross = (
                Decimal("1190.00")
                if customer in self.flat and rng.random() < 0.35
                else Decimal(rng.randint(2000, 900000)) / 100
            )
            is_credit = rng.random() < 0.06
            gross = -gross / 4 if is_credit else gross
            gross = gross.quantize(Decimal("0.01"))
            fate = rng.random()
            self.documents.append(
                BookedDocument(
                    number=invoice_number(2026, places[supplier], SERIES[supplier]),
                    supplier=supplier,
                    customer=customer,
                    currency="USD" if rng.random() < 0.03 else "EUR",
                    gross=gross,
                    payable=gross,
                    open=Decimal(0) if fate < 0.15 else gross,
                    issued_on=DAY - timedelta(days=rng.randint(1, 60)),
                    steps=STEPS if rng.random() < 0.3 and gross > 0 else (),
                    is_void=0.15 <= fate < 0.17,
                )
            )
        self.free = [one for one in self.documents if one.is_open and one.currency == "EUR"]
        rng.shuffle(self.free)

    def take(self, count: int = 1, *, credit: bool = False, **wanted: object) -> list[BookedDocument]:
        """Take documents of one account that nobody has paid yet."""
        for start in self.free:
            of_account = [
                one
                for one in self.free
                if one.account == start.account
                and (one.open < 0) == credit
                and all(getattr(one, name) == value for name, value in wanted.items())
            ]
            if len(of_account) >= count and start in of_account:
                chosen = [start, *[one for one in of_account if one is not start][: count - 1]]
                self.free = [one for one in self.free if one not in chosen]
                return chosen
        return []

    def written(self, name: str) -> str:
        """A name as a bank writes it."""
        return self.random.choice(
            (
                name,
                name.upper(),
                name.translate(SPELT).upper(),
                name.translate(SPELT),
                name.replace("&", "+") if "&" not in name else name.replace("&", "und"),
            )
        )

    def payer(self, customer: str, line: Line) -> Line:
        """From the customer's account; or under its name alone, where it has no confirmed one."""
        return replace(line, name=self.written(customer), account=self.account[customer])

    def stranger(self, line: Line) -> Line:
        return replace(
            line, name=f"Kanzlei {self.random.randint(100, 999)}", account=f"FR{self.random.randint(10**18, 10**19)}"
        )

    def number(self, document: BookedDocument, *, whole: bool = True) -> str:
        """A number as people write it."""
        series, year, place = SERIES[document.supplier], "2026", document.number[-6:]
        sign = self.random.choice("--/ ._")
        if not whole:
            return f"{year}-{place}"
        text = f"{series}{sign}{year}{sign}{place}" if series else f"{year}-{place}"
        return self.random.choice(
            (document.number, document.number, text, text.lower(), text.replace(sign, "") if series else text)
        )

    def words(self, text: str) -> str:
        before = self.random.choice(
            ("Rechnung ", "RE ", "Rg.Nr. ", "Invoice no. ", "", "Zahlung auf ", "INV: ", "KD 4711 RG ")
        )
        after = self.random.choice(
            ("", "", " vom 03.05.2026", " Danke", " /Kdnr. 10023", " EUR 1.190,00", " Tel. 040 123456", " 15.06.26")
        )
        return f"{before}{text}{after}"

    def mistyped(self, number: str) -> str:
        """One slip in the last six digits."""
        at = len(number) - self.random.randint(1, 6)
        slip = self.random.random()
        if slip < 0.6:
            return (
                number[:at]
                + self.random.choice([sign for sign in "0123456789" if sign != number[at]])
                + number[at + 1 :]
            )
        if slip < 0.8 and at + 1 < len(number) and number[at] != number[at + 1]:
            return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        return number[:at] + self.random.choice([sign for sign in "123456789" if sign != number[at]]) + number[at + 1 :]

    def add(self, line: Line, truth: Truth) -> None:
        if not line.end_to_end and not line.returned and self.random.random() < 0.5:
            line.end_to_end = f"{self.random.choice(('2026061512', 'E2E', 'PMT'))}{len(self.lines):07d}"
        self.lines.append(line)
        self.truths.append(truth)

    def make(self) -> Made:
        whole = sum(KINDS.values())
        deck = [kind for kind, weight in KINDS.items() for _ in range(round(self.count * weight / whole))]
        self.random.shuffle(deck)
        deck += ["reference"] * self.count  # where a kind finds no document for it
        for kind in deck:
            if len(self.lines) < self.count:
                getattr(self, f"_{kind}")(kind)
        receipts: list[EarlierReceipt] = []
        books = bank_books(
            self.documents,
            self.payers,
            advices=self.advices,
            receipts=receipts,
            suppliers={OURS: frozenset({NORTH, SOUTH})},
        )
        return Made(books, self.camt(), self.truths, self.customers)

    # what people do

    def _whole(self, kind: str, documents: list[BookedDocument], line: Line) -> None:
        amounts = frozenset((one.number, one.open, Decimal(0)) for one in documents)
        self.add(line, Truth(kind, amounts, supplier=documents[0].supplier))

    def _reference(self, kind: str) -> None:
        for one in self.take():
            if one.open > 0:
                line = Line(
                    one.open,
                    creditor=payment_reference(one.number),
                    text=self.random.choice(("", self.words(one.number))),
                )
                self._whole(
                    kind, [one], self.payer(one.customer, line) if self.random.random() < 0.8 else self.stranger(line)
                )

    def _reference_in_text(self, kind: str) -> None:
        for one in self.take():
            reference = payment_reference(one.number)
            grouped = " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
            self._whole(
                kind,
                [one],
                self.payer(
                    one.customer,
                    Line(one.open, text=self.words(self.random.choice((reference, grouped, reference.lower())))),
                ),
            )

    def _number(self, kind: str) -> None:
        for one in self.take():
            line = Line(one.open, text=self.words(self.number(one)))
            self._whole(
                kind, [one], self.payer(one.customer, line) if self.random.random() < 0.85 else self.stranger(line)
            )

    def _bare_number(self, kind: str) -> None:
        for one in self.take():
            self._whole(
                kind, [one], self.payer(one.customer, Line(one.open, text=self.words(self.number(one, whole=False))))
            )

    def _broken_number(self, kind: str) -> None:
        for one in self.take():
            at = len(one.number) - self.random.randint(1, 5)
            self._whole(
                kind,
                [one],
                self.payer(one.customer, Line(one.open, text=f"Rechnung {one.number[:at]} {one.number[at:]}")),
            )

    def _several(self, kind: str) -> None:
        documents = self.take(self.random.randint(2, 5))
        if documents:
            text = self.random.choice((", ", " ", " + ", "; ")).join(self.number(one) for one in documents)
            self._whole(
                kind,
                documents,
                self.payer(
                    documents[0].customer,
                    Line(sum((one.open for one in documents), Decimal(0)), text=f"Rechnungen {text}"),
                ),
            )

    def _with_credit_note(self, kind: str) -> None:
        for note in self.take(credit=True):
            billed = [one for one in self.free if one.account == note.account and one.open > -note.open]
            if billed:
                self.free.remove(billed[0])
                text = f"{billed[0].number} abzgl. {note.number}"
                self._whole(
                    kind, [billed[0], note], self.payer(note.customer, Line(billed[0].open + note.open, text=text))
                )

    def _discounted(self, kind: str, days: int) -> tuple[BookedDocument, Decimal] | None:
        for one in self.take(steps=STEPS):
            step = STEPS[0]
            discount = (Money(one.gross, "EUR") * step.percent.scaleb(-2)).rounded().amount
            on_time = (DAY - one.issued_on).days <= step.days
            if on_time == (days == 0):
                return one, discount
            self.free.append(one)
        return None

    def _discount(self, kind: str) -> None:
        known = self._discounted(kind, 0)
        if known:
            one, discount = known
            line = Line(
                one.open - discount,
                creditor=payment_reference(one.number) if self.random.random() < 0.5 else "",
                text=f"{one.number} abz. 2% Skonto",
            )
            self.add(
                self.payer(one.customer, line),
                Truth(kind, frozenset({(one.number, one.open - discount, discount)}), supplier=one.supplier),
            )

    def _late_discount(self, kind: str) -> None:
        known = self._discounted(kind, 1)
        if known:
            one, discount = known
            if one.discount(DAY) != discount:
                self._partly(kind, one, one.open - discount)

    def _partly(self, kind: str, one: BookedDocument, amount: Decimal) -> None:
        line = (
            Line(amount, text=self.words(self.number(one)))
            if self.random.random() < 0.5
            else Line(amount, creditor=payment_reference(one.number))
        )
        self.add(
            self.payer(one.customer, line),
            Truth(kind, frozenset({(one.number, amount, Decimal(0))}), supplier=one.supplier),
        )

    def _part(self, kind: str) -> None:
        for one in self.take(steps=()):
            self._partly(kind, one, (one.open * Decimal(self.random.randint(20, 80)) / 100).quantize(Decimal("0.01")))

    def _more(self, kind: str) -> None:
        for one in self.take(steps=()):
            rest = Decimal(self.random.randint(1, 5000)) / 100
            line = Line(one.open + rest, creditor=payment_reference(one.number))
            self.add(
                self.payer(one.customer, line),
                Truth(kind, frozenset({(one.number, one.open, Decimal(0))}), rest, one.supplier),
            )

    def _charges(self, kind: str) -> None:
        for one in self.take(steps=()):
            fee = Decimal(self.random.choice(("5.00", "12.50", "15.00")))
            line = Line(
                one.open - fee,
                before=one.open,
                creditor=payment_reference(one.number) if self.random.random() < 0.5 else "",
                text=one.number,
            )
            self.add(
                self.payer(one.customer, line),
                Truth(kind, frozenset({(one.number, one.open - fee, Decimal(0))}), supplier=one.supplier),
            )

    def _advice(self, kind: str) -> None:
        documents = self.take(self.random.randint(2, 4), steps=())
        if documents:
            lines = [AdvisedAmount(one.number, one.open) for one in documents]
            if self.random.random() < 0.4:
                lines[0] = replace(lines[0], amount=(lines[0].amount / 2).quantize(Decimal("0.01")))
            total = sum((one.amount for one in lines), Decimal(0))
            reference = f"AVIS{len(self.lines)}"
            self.advices.append(
                RemittanceAdvice(reference, documents[0].customer, "EUR", total, DAY - timedelta(days=1), tuple(lines))
            )
            amounts = frozenset((one.document, one.amount, Decimal(0)) for one in lines)
            self.add(
                self.payer(documents[0].customer, Line(total, text=f"Avis {reference}")),
                Truth(kind, amounts, supplier=documents[0].supplier),
            )

    def _amount(self, kind: str) -> None:
        for one in self.take():
            self._whole(
                kind,
                [one],
                self.payer(
                    one.customer,
                    Line(one.open, text=self.random.choice(("", "Danke", "Rechnung", "Zahlung Juni", "lt. Rechnung"))),
                ),
            )

    def _mistyped_number(self, kind: str) -> None:
        for one in self.take():
            self._whole(
                kind, [one], self.payer(one.customer, Line(one.open, text=self.words(self.mistyped(one.number))))
            )

    def _strange_mistyped(self, kind: str) -> None:
        for one in self.take():
            self._whole(kind, [one], self.stranger(Line(one.open, text=self.words(self.mistyped(one.number)))))

    def _mistyped_reference(self, kind: str) -> None:
        for one in self.take():
            reference = self.mistyped(payment_reference(one.number))
            line = (
                Line(one.open, creditor=reference)
                if self.random.random() < 0.6
                else Line(one.open, text=f"Ref {reference}")
            )
            self._whole(kind, [one], self.payer(one.customer, line))

    def _treasury(self, kind: str) -> None:
        name, customer = self.random.choice(sorted(self.treasury.items()))
        for one in self.take(customer=customer):
            self._whole(
                kind, [one], Line(one.open, name=self.written(name), account="LU1", text=self.words(self.number(one)))
            )

    def _returned(self, kind: str) -> None:
        places = [
            place
            for place, line in enumerate(self.lines)
            if line.end_to_end
            and not line.returned
            and line.amount > 0
            and self.truths[place].amounts
            and line.before is None
        ]
        taken = {truth.returns for truth in self.truths}
        places = [
            place
            for place in places
            if place not in taken and self.truths[place].kind in {"reference", "number", "several"}
        ]
        if places:
            place = self.random.choice(places)
            before = self.lines[place]
            fee = Decimal(self.random.choice(("0", "3.00")))
            line = Line(
                -before.amount - fee,
                before=-before.amount if fee else None,
                name=before.name,
                account=before.account,
                end_to_end=before.end_to_end,
                returned="AC04",
            )
            self.add(line, Truth(kind, returns=place))

    def _gateway(self, kind: str) -> None:
        line = Line(
            Decimal(self.random.randint(1000, 900000)) / 100,
            name="STRIPE PAYMENTS EUROPE LTD",
            account="IE1",
            text=f"STRIPE PAYOUT {self.random.choice(self.documents).number}",
        )
        self.add(line, Truth(kind, other=ExpectedPayout))

    def _own(self, kind: str) -> None:
        amount = Decimal(self.random.randint(100000, 9000000)) / 100
        self.add(
            Line(self.random.choice((amount, -amount)), name=NORTH, account="DE99OWN", text="Umbuchung"),
            Truth(kind, other=NoPayment),
        )

    def _supplier(self, kind: str) -> None:
        self.add(
            Line(Decimal("-500.00"), name="Stahl AG", account="DE99SUPPLIER", text="2026-000099"),
            Truth(kind, other=NoPayment),
        )

    def _refund(self, kind: str) -> None:
        for note in self.take(credit=True):
            self._whole(kind, [note], self.payer(note.customer, Line(note.open, text=f"Gutschrift {note.number}")))

    def _others_number(self, kind: str) -> None:
        for one in self.take():
            other = self.random.choice([other for other in self.documents if other.customer != one.customer])
            self._whole(kind, [one], self.payer(one.customer, Line(one.open, text=self.words(other.number))))

    def _stranger(self, kind: str) -> None:
        for one in self.take():
            self.add(self.stranger(Line(one.open, text="Zahlung")), Truth(kind))

    def _again(self, kind: str) -> None:
        paid = [one for one in self.documents if not one.open or one.is_void]
        one = self.random.choice(paid)
        self.add(
            self.payer(
                one.customer,
                Line(one.gross, text=one.number)
                if self.random.random() < 0.5
                else Line(abs(one.gross), creditor=payment_reference(one.number)),
            ),
            Truth(kind),
        )

    def _foreign_number(self, kind: str) -> None:
        one = self.random.choice(self.documents)
        self.add(
            self.stranger(Line(Decimal(self.random.randint(1000, 90000)) / 100, text=f"ACME-{one.number[-11:]}")),
            Truth(kind),
        )

    def _abroad(self, kind: str) -> None:
        """In euros for a document in dollars: a person converts, or the bank does."""
        documents = [one for one in self.documents if one.currency == "USD" and one.is_open]
        if documents:
            one = self.random.choice(documents)
            self.add(self.payer(one.customer, Line(abs(one.open), creditor=payment_reference(one.number))), Truth(kind))

    def camt(self) -> bytes:
        opening = Decimal("100000.00")
        closing = opening + sum((line.amount for line in self.lines), Decimal(0))
        bookings = "".join(_booking(place, line) for place, line in enumerate(self.lines))
        return (
            '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
            f"<Id>1</Id><Acct><Id><IBAN>{OURS}</IBAN></Id><Ccy>EUR</Ccy></Acct>{_balance('OPBD', opening)}{_balance('CLBD', closing)}{bookings}"
            "</Stmt></BkToCstmrStmt></Document>"
        ).encode()


def _balance(code: str, amount: Decimal) -> str:
    sign = "CRDT" if amount >= 0 else "DBIT"
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{abs(amount)}</Amt><CdtDbtInd>{sign}</CdtDbtInd></Bal>"


def _booking(place: int, line: Line) -> str:
    side = "Dbtr" if line.amount >= 0 or line.returned else "Cdtr"
    instructed = (
        ""
        if line.before is None
        else f"<AmtDtls><InstdAmt><Amt Ccy='EUR'>{abs(line.before)}</Amt></InstdAmt></AmtDtls>"
    )
    creditor = f"<Strd><CdtrRefInf><Ref>{line.creditor}</Ref></CdtrRefInf></Strd>" if line.creditor else ""
    text = f"<Ustrd>{escape(line.text)}</Ustrd>" if line.text else ""
    returned = f"<RtrInf><Rsn><Cd>{line.returned}</Cd></Rsn></RtrInf>" if line.returned else ""
    return (
        f"<Ntry><Amt Ccy='EUR'>{abs(line.amount)}</Amt><CdtDbtInd>{'CRDT' if line.amount >= 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.on}</Dt></BookgDt><ValDt><Dt>{line.on}</Dt></ValDt><AcctSvcrRef>B{place}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{line.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>{instructed}<RltdPties><{side}><Pty><Nm>{escape(line.name)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><Othr><Id>{line.account}</Id></Othr></Id></{side}Acct></RltdPties><RmtInf>{text}{creditor}</RmtInf>{returned}</TxDtls></NtryDtls></Ntry>"
    )


@dataclass
class Judged:
    """How a statement was matched: what was decided, where it was wrong, and what waits though it could have been."""

    total: int = 0
    matched: int = 0
    wrong: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)


def is_right(decision: BankDecision, truth: Truth, payments: dict[int, int]) -> bool:
    """Tell whether what was decided is what the payer meant."""
    match decision:
        case MatchedDocuments():
            amounts = frozenset((part.document, part.amount, part.discount) for part in decision.amounts)
            return (amounts, decision.on_account, decision.supplier) == (
                truth.amounts,
                truth.on_account,
                truth.supplier,
            )
        case MatchedReturn():
            return truth.returns is not None and payments.get(decision.payment) == truth.returns
        case QueuedEntry():
            return True
        case _:
            return truth.other is type(decision)


def receipt_of(payment: int, entry: BankEntry) -> EarlierReceipt:
    return EarlierReceipt(
        payment=payment, account=entry.account, amount=entry.amount, currency=entry.currency, booked_on=entry.booked_on,
        end_to_end=entry.references.end_to_end, of_bank=entry.references.of_bank, party_account=entry.party.account,
    )  # fmt: skip
