"""camt.052, 053 and 054: every payment of a booking is an entry, amounts are exact, and what does not add up is refused."""

from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from billing.bank.statements.entry import (
    BankEntry,
    EntryWithoutBankId,
    StatementDoesNotAddUp,
    StatementKind,
    StatementValueInvalid,
    UnreadableStatement,
    entry_keys,
)
from billing.bank.statements.read import read_statements

OURS, PAYER = "DE02120300000000202051", "DE02500105170137075030"


def balance(code: str, amount: str, sign: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        "<Dt><Dt>2026-03-02</Dt></Dt></Bal>"
    )


def booking(
    amount: str,
    details: str = "",
    *,
    sign: str = "CRDT",
    ref: str = "B1",
    status: str = "<Sts>BOOK</Sts>",
    more: str = "",
) -> str:
    ref = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    details = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}<BookgDt><Dt>2026-03-02</Dt></BookgDt>"
        f"<ValDt><DtTm>2026-03-03T00:00:00+01:00</DtTm></ValDt>{ref}{more}{details}</Ntry>"
    )


def payment(
    *,
    amount: str = "",
    name: str = "Müller & Söhne",
    text: str = "",
    creditor: str = "",
    e2e: str = "",
    more: str = "",
    pty: bool = False,
) -> str:
    nm = f"<Nm>{escape(name)}</Nm>"
    return (
        f"<TxDtls><Refs><EndToEndId>{e2e or 'NOTPROVIDED'}</EndToEndId></Refs>{amount}"
        f"<RltdPties><Dbtr>{f'<Pty>{nm}</Pty>' if pty else nm}</Dbtr><DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{f'<Ustrd>{text}</Ustrd>' if text else ''}"
        f"{f'<Strd><CdtrRefInf><Ref>{creditor}</Ref></CdtrRefInf></Strd>' if creditor else ''}</RmtInf>{more}</TxDtls>"
    )


def camt(
    body: str, *, version: str = "053.001.08", balances: str = balance("OPBD", "100.00") + balance("CLBD", "200.00")
) -> bytes:
    message, holds = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[version[:3]]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}">\n<{message}><{holds}>'
        f"<Acct><Id><IBAN>{OURS}</IBAN></Id></Acct>{balances}\n{body}\n</{holds}></{message}></Document>"
    ).encode()


def entries(body: str, **more: str) -> tuple[BankEntry, ...]:
    (statement,) = read_statements(camt(body, **more))
    return statement.entries


def amt(text: str, tag: str = "Amt") -> str:
    return f"<{tag} Ccy='EUR'>{text}</{tag}>"


@pytest.mark.parametrize("version", ["053.001.02", "053.001.04", "053.001.08", "053.001.13"])
def test_every_version_is_read_alike(version: str) -> None:
    status = "<Sts>BOOK</Sts>" if version <= "053.001.04" else "<Sts><Cd>BOOK</Cd></Sts>"
    body = booking(
        "100.00",
        payment(text="Rechnung 2026-000123", e2e="E2E-7", creditor="RF18 5390 0754 7034", pty=version > "053.001.04"),
        status=status,
    )
    (entry,) = entries(body, version=version)
    assert (entry.amount, entry.currency, entry.account) == (Decimal("100.00"), "EUR", OURS)
    assert (entry.booked_on, entry.value_on) == (date(2026, 3, 2), date(2026, 3, 3))
    assert (entry.party.name, entry.party.account) == ("Müller & Söhne", PAYER)
    assert (entry.references.creditor, entry.references.end_to_end) == (("RF18539007547034",), "E2E-7")
    assert entry.text == "Rechnung 2026-000123"
    assert entry.returned is None


def test_an_amount_is_what_is_written_to_the_last_digit() -> None:
    big = balance("OPBD", "9007199254740993.01") + balance("CLBD", "9007199254740993.12")
    (entry,) = entries(booking("0.11", payment()), balances=big)
    assert entry.amount == Decimal("0.11")


def test_a_booking_of_several_payments_is_an_entry_for_each() -> None:
    first = payment(amount=amt("60.00"), text="A")
    second = payment(amount=f"<AmtDtls><TxAmt>{amt('40.00')}</TxAmt></AmtDtls>", text="B")
    both = entries(booking("100.00", first + second))
    assert [(entry.amount, entry.text, entry.part, entry.parts) for entry in both] == [
        (Decimal("60.00"), "A", 1, 2),
        (Decimal("40.00"), "B", 2, 2),
    ]
    assert len(set(entry_keys(both))) == 1


@pytest.mark.parametrize(("charges", "amount", "before", "deducted"), [
    (f"<AmtDtls><InstdAmt>{amt('105.00')}</InstdAmt></AmtDtls>", "100.00", "105.00", "5.00"),
    (f"<Chrgs><Rcrd>{amt('5.00')}<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>", "100.00", "105.00", "5.00"),
    (f"<Chrgs><Rcrd>{amt('5.00')}<ChrgInclInd>false</ChrgInclInd></Rcrd></Chrgs>", "100.00", None, "0"),  # booked by itself
    ("<AmtDtls><InstdAmt><Amt Ccy='USD'>110.00</Amt></InstdAmt></AmtDtls>", "100.00", None, "0"),  # another currency
])  # fmt: skip
def test_charges_that_were_deducted_are_told_apart(
    charges: str, amount: str, before: str | None, deducted: str
) -> None:
    (entry,) = entries(booking(amount, payment(amount=charges)))
    assert entry.before_charges == (None if before is None else Decimal(before))
    assert entry.charges == Decimal(deducted)


def test_a_return_names_its_reason_and_what_it_takes_back() -> None:
    info = f"<AmtDtls><InstdAmt>{amt('97.00')}</InstdAmt></AmtDtls>"
    body = booking(
        "100.00", payment(amount=info, e2e="E2E-9", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"), sign="DBIT"
    )
    (entry,) = entries(body, balances=balance("OPBD", "50.00") + balance("CLBD", "50.00", "DBIT"))
    assert entry.amount == Decimal("-100.00")
    assert entry.returned is not None
    assert (entry.returned.reason, entry.returned.end_to_end) == ("AC04", "E2E-9")
    assert (entry.before_charges, entry.charges) == (Decimal("-97.00"), Decimal("3.00"))


def test_what_is_not_booked_is_left_out_and_counted() -> None:
    (statement,) = read_statements(camt(booking("100.00", payment()) + booking("7.00", status="<Sts>PDNG</Sts>")))
    assert (len(statement.entries), statement.left_out) == (1, 1)


def test_a_notice_needs_the_banks_own_identification() -> None:
    (statement,) = read_statements(camt(booking("100.00", payment()), version="054.001.08", balances=""))
    assert statement.kind is StatementKind.NOTICE
    with pytest.raises(EntryWithoutBankId):
        read_statements(camt(booking("100.00", payment(), ref="NONREF"), version="054.001.08", balances=""))


@pytest.mark.parametrize(("raw", "error", "place"), [
    (camt(booking("100.01", payment())), StatementDoesNotAddUp, "line 3: Stmt"),
    (camt(booking("100.00", payment(amount=amt("60.00")) + payment(amount=amt("39.99")))), StatementDoesNotAddUp, "line 4: Stmt/Ntry"),
    (camt(booking("100.00", payment() + payment())), StatementValueInvalid, "line 4: Stmt/Ntry/NtryDtls/TxDtls"),
    (camt(booking("1e2", payment())), StatementValueInvalid, "line 4: Stmt/Ntry/Amt"),
    (camt(booking("-100.00", payment())), StatementValueInvalid, "line 4: Stmt/Ntry/Amt"),
    (camt(booking("100.001", payment())), StatementValueInvalid, "line 4: Stmt/Ntry/Amt"),
    (camt(booking("100.00", payment(), sign="CR")), StatementValueInvalid, "line 4: Stmt/Ntry/CdtDbtInd"),
    (camt(booking("100.00").replace("2026-03-02", "2026-02-30")), StatementValueInvalid, "line 4: Stmt/Ntry/BookgDt"),
    (camt(booking("100.00"), balances=balance("OPBD", "100.00")), StatementValueInvalid, "line 3: Stmt"),
    (b"<Document><x>", UnreadableStatement, "line 1"),
    (b"<Document><FIToFICstmrCdtTrf/></Document>", UnreadableStatement, "line 1"),
    (b'<!DOCTYPE d [<!ENTITY e "x">]><Document><BkToCstmrStmt>&e;</BkToCstmrStmt></Document>', UnreadableStatement, "line 1"),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_its_place(raw: bytes, error: type[Exception], place: str) -> None:
    with pytest.raises(error) as refusal:
        read_statements(raw)
    members = refusal.value.members  # type: ignore[attr-defined]
    assert members["place"] == place
    assert {"found", "expected"} <= members.keys()


def test_two_alike_without_identification_have_two_keys_and_the_same_ones_in_another_file() -> None:
    alike = booking("50.00", payment(), ref="")
    first = entry_keys(entries(alike + alike))
    assert len(set(first)) == 2
    again = entry_keys(entries(alike + alike + booking("5.00", ref="") + booking("5.00", ref="", sign="DBIT")))
    assert again[:2] == first
