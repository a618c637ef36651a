"""Everything that reads documents has decided whether it sees a consolidated one, or what stands within it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "billing", "contracts", "metering", "savings")
_READS = re.compile(r"\bInvoiceRow\b|\b(?:from|join|update|into)\s+invoice\b")
#: Why each sees what it does. ``whole``: a document once; ``within``: each contract's own; ``key``: the one it is asked for.
DECIDED = {
    "billing/tables.py": "it is the row",
    "billing/invoices/store.py": "both: find and ids_of the whole, ids_of_contract and prepayments within; keys as asked",
    "billing/invoices/numbering.py": "key: what is numbered, and what stands within it bears the number besides",
    "billing/invoices/listed.py": "whole, found by what stands within it",
    "billing/receivables/issued.py": "whole: documents are sent and paid by their number; names of suppliers are of any",
    "billing/receivables/accounts.py": "whole: balances and entries; the accounts themselves are of any",
    "billing/receivables/standings.py": "whole, with the disputes of what stands within it",
    "billing/receivables/store.py": "key: of allocations, which are of the whole",
    "billing/receivables/write_offs.py": "key: of write-offs, which are of the whole",
    "billing/ledger/facts/documents/store.py": "whole, with its parts: one entry for what has one number",
    "billing/ledger/facts/money/store.py": "whole: of allocations and write-offs; whose books they are, of any",
    "billing/dunning/known/store.py": "whole, with the disputes of what stands within it",
    "billing/dunning/letters/store.py": "whole: what is late, and what claims for that",
    "billing/dunning/store.py": "key: of documents that are dunned, which are whole",
    "billing/dunning/listed.py": "whole, found by what stands within it",
    "billing/delivery/documents/store.py": "key: of deliveries, which are of the whole",
    "billing/delivery/pay_links/store.py": "key: of what a letter is about, and its claim, which are of the whole",
    "billing/proof/payee_bundle/store.py": "within: what the same contract's payees were billed before",
    "billing/archive/replay.py": "whole, which has the original; of payees' documents what stands within it",
    "billing/payments/orders/known/store.py": "key: of orders, which are of the whole",
    "billing/payments/orders/claims.py": "key: of orders, which are of the whole",
    "billing/payments/pages/store.py": "key: of links, which are to the whole",
    "billing/payments/orders/recorded.py": "key: of orders, which are of the whole",
    "billing/payouts/owed/store.py": "whole: what customers settle; lines of payees' documents name what stands within it",
    "billing/payouts/transfers/claims.py": "key: of lines of payouts, which are of the whole",
    "billing/bank/matching/store.py": "whole: what is paid by its number",
    "billing/bank/order_files/prepare.py": "whole: what a bank collects or pays by its key",
    "billing/bank/notices/store.py": "key: of orders, which are of the whole",
    "billing/bank/orders/store.py": "whole: what a bank gives back by its number",
    "billing/clearance/asking/store.py": "whole: a state clears what bears a number, once",
    "billing/advances/listed.py": "key: of the newest claim of a contract, which no consolidated document holds",
    "billing/advances/store.py": "within: a claim is of one contract, and so is what draws on it",
    "billing/spending/look.py": "within: the periods of a contract",
    "billing/spending/store.py": "within: lines of a contract",
    "billing/credits/store.py": "within: a credit is of one contract; its number is that of the whole",
    "billing/disputes/store.py": "within: lines and periods of a contract",
    "billing/due/ahead/store.py": "within: the periods of a contract; of what is sent and collected the whole",
    "billing/drafts/making.py": "within: the periods of a contract",
    "billing/payees/documents/store.py": "within: a payee's document is of one contract's work",
    "billing/payees/documents/prepared.py": "within: likewise; its lines name the whole by its number",
    "billing/payees/documents/replay.py": "within: likewise; of numbers the whole alone, which what is within bears besides",
    "billing/voiding/store.py": "both: what stands on one document is void together",
    "billing/payees/store.py": "within: lines, with the number and the place that they have on the whole",
    "billing/proof/replay.py": "both: each contract as ever, and the whole held against it",
    "billing/rated/store.py": "within: ratings are of a contract's periods",
    "billing/sources/store.py": "within: likewise",
    "billing/statements/prepare.py": "within: lines of a contract",
}


def readers() -> set[str]:
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix() for path in files if _READS.search(path.read_text(encoding="utf-8"))}


def test_whoever_reads_documents_says_which_of_the_two_it_sees() -> None:
    assert readers() == DECIDED.keys()
