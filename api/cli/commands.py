"""The table of commands: which module has each, under which heading the help lists it, and examples of it.

A command's module is imported when the command is used. The help of ``usufruct`` itself is written from this table
alone, which a test compares with the commands themselves.
"""

from typing import NamedTuple


class Listed(NamedTuple):
    """A command or a group of commands, as the help of ``usufruct`` lists it.

    Attributes:
        module: the module whose ``add_to`` brings it.
        summary: the first paragraph of its own help.
    """

    module: str
    summary: str


#: By heading, in the order of the help: what comes first in a contract's life comes first.
HEADINGS: dict[str, dict[str, Listed]] = {
    "Start": {
        "demo": Listed("api.cli.serving", "Set up a database of its own and bill an example fleet in it."),
        "login": Listed(
            "api.cli.login",
            "Say who you are by an API key, asked for or read from standard input; whose it is, is recorded.",
        ),
        "whoami": Listed("api.cli.login", "Say who is at the keyboard, by which key, and what one may do."),
        "waiting": Listed(
            "api.cli.waiting",
            "List what waits for a second person or for a decision, and whether you may do it.",
        ),
        "logout": Listed(
            "api.cli.login",
            "Forget the key that `login` has kept; the key itself stays valid until it is revoked.",
        ),
        "problem": Listed(
            "api.cli.problems",
            "Say what a refusal means, what to do, and by which example it is provoked.",
        ),
        "version": Listed("api.cli.serving", "Say which version this is."),
    },
    "What was used": {
        "fleet": Listed("api.cli.metering", "Sites, assets, meters and registers."),
        "ingest": Listed(
            "api.cli.metering",
            "Store readings from a file; each bad row has a verdict, and the good ones are stored.",
        ),
        "profile": Listed("api.cli.profiles", "What is said about the files of a source, kept by name."),
        "withdraw": Listed(
            "api.cli.metering",
            "Withdraw the readings of a register over a range; what was billed of them is credited on the next "
            "invoice.",
        ),
        "exchange": Listed("api.cli.metering", "Declare that the device of a cumulative register was exchanged."),
        "reset": Listed(
            "api.cli.metering", "Declare that the counter of a device was set anew, and the device stayed."
        ),
        "readings": Listed(
            "api.cli.readings_review",
            "List a register's readings; with --history a correction and what it corrected both.",
        ),
        "batches": Listed("api.cli.readings_review", "List deliveries, the newest first."),
        "batch": Listed(
            "api.cli.readings_review", "Show one delivery: why rows of it are not stored, and how its file was read."
        ),
        "findings": Listed("api.cli.readings_review", "List what is in question, and keeps bills waiting."),
        "check": Listed(
            "api.cli.readings_review",
            "Ask a register's checks about a period again, when they are new or others.",
        ),
        "estimate": Listed(
            "api.cli.readings_review",
            "Fill what is missing of an interval register; a reading that comes later takes the estimate's place.",
        ),
        "edit": Listed(
            "api.cli.readings_review",
            "Readings set or verified by hand: prepared by one, released by another.",
        ),
        "usage": Listed(
            "api.cli.usage",
            "Count a register over local days of its site; a total comes first, unless it is the only part.",
        ),
        "states": Listed("api.cli.usage", "Say how long a machine was in each of its states, by state and cause."),
        "event": Listed("api.cli.events", "Events that clients of OpenMeter and Lago post."),
        "unbilled": Listed("api.cli.metering", "List the registers that count and that no contract prices."),
    },
    "What was saved": {
        "baseline": Listed("api.cli.baseline", "Baselines: fitted to a file, frozen, and savings told by them."),
        "statement": Listed("api.cli.statements", "Savings statements, which invoices of savings wait for."),
    },
    "What was agreed": {
        "contract": Listed("api.cli.contracts", "Contracts: YAML or JSON, every fault at once."),
        "index": Listed("api.cli.indices", "Published indices that prices follow."),
        "party": Listed(
            "api.cli.parties", "What documents say of parties: prepared by one, released by another; their logos."
        ),
        "tax": Listed("api.cli.taxes", "Tax law by country: what ships, and rows of the tenant's own."),
        "price": Listed(
            "api.cli.contracts",
            "Rate uses against rules or a contract, period by period, without a database: pure, for anyone to check.",
        ),
    },
    "What is owed": {
        "bill": Listed(
            "api.cli.billing",
            "Show what is due as drafts, or issue it; safe to repeat, to kill, and to run side by side.",
        ),
        "invoice": Listed("api.cli.billing", "Invoices, which never change; and drafts, which are no invoices yet."),
        "explain": Listed("api.cli.billing", "Open a line of an invoice down to its readings."),
        "proof": Listed(
            "api.cli.billing",
            "Write the proof of an issued document into a file that its customer verifies without us.",
        ),
        "replay": Listed(
            "api.cli.billing",
            "Recompute issued invoices from their inputs; exit 1 and name each line that no longer proves.",
        ),
        "payee": Listed("api.cli.payees", "Payees: who has a part of what was billed, and their statements."),
        "payout": Listed("api.cli.payouts", "What payees are paid: by a gateway or a bank, as their customers pay."),
        "dispute": Listed("api.cli.disputes", "Charges held apart while the rest is billed."),
        "payment": Listed("api.cli.receivables", "Money received or paid back, and the documents that it goes to."),
        "gateway": Listed(
            "api.cli.collecting",
            "What gateways are asked for, who saved which card, and what moved our balance there.",
        ),
        "dunning": Listed("api.cli.dunning", "What follows where documents are not paid in time: letters, pauses."),
        "bank": Listed(
            "api.cli.bank", "Files of banks: read, matched with what is open, and what waits settled by a person."
        ),
        "due": Listed(
            "api.cli.due_work",
            "List what falls due --until a day, with what is expected to come of it; a month ahead without it.",
        ),
        "work": Listed(
            "api.cli.due_work", "Due work: what failed and is tried again or is dead, and what is held back."
        ),
        "write-off": Listed(
            "api.cli.receivables", "What is given up of documents: prepared by one, released by another."
        ),
        "account": Listed("api.cli.receivables", "What each customer owes, and the statement of its account."),
        "credit": Listed(
            "api.cli.credit_notes",
            "Lines of issued documents given back by hand: prepared by one, released by another.",
        ),
        "prepaid": Listed("api.cli.spending", "Prepaid credit of contracts: what is left, and topped up."),
        "alert": Listed("api.cli.spending", "Thresholds of what is spent or used that were reached."),
        "clearance": Listed("api.cli.clearance", "What states say of documents: KSeF in Poland, fapiao in China."),
        "export": Listed("api.cli.billing", "Write issued invoices, or their lines, as CSV."),
    },
    "The house": {
        "operation": Listed("api.cli.operations", "Work that takes long, as requests over HTTP asked for it."),
        "serve": Listed(
            "api.cli.serving",
            "Serve the HTTP interface, its documentation at /docs, and issue what is to be issued automatically.",
        ),
        "worker": Listed(
            "api.cli.serving",
            "Issue what is to be issued automatically, without serving; as many workers as you like.",
        ),
        "settings": Listed(
            "api.cli.settings",
            "Show each setting: its variable, its value, its default, and what it means; secrets are hidden.",
        ),
        "backup": Listed(
            "api.cli.backups", "Write the whole database, of all tenants and with its roles, to one new file."
        ),
        "restore": Listed(
            "api.cli.backups", "Bring a backup into a database that is empty or not there yet, and compare the two."
        ),
        "db": Listed("api.cli.db", "The database: its shape, and the embedded server."),
        "tenant": Listed("api.cli.tenants", "Who the database is divided among."),
        "user": Listed("api.cli.keys", "People and programs that may call, each in its role."),
        "key": Listed("api.cli.keys", "API keys: an identity holds any number of them."),
        "grant": Listed(
            "api.cli.grants",
            "Machines whose use a third party may see; the customer's own key gives and revokes.",
        ),
        "openid": Listed("api.cli.openid", "OpenID issuers that are trusted, and who their subjects are."),
        "audit": Listed("api.cli.audit", "Who did what, sealed so that a change of it shows."),
    },
    "What is told outside": {
        "webhook": Listed("api.cli.webhooks", "Where what happens is told to, signed; and what became of it."),
        "notifications": Listed(
            "api.cli.webhooks", "List what has happened, the oldest first: what webhooks were told."
        ),
        "listen": Listed(
            "api.cli.listening",
            "Print what happens, as it does, without a webhook; and forward it to a program at hand.",
        ),
        "trigger": Listed(
            "api.cli.listening",
            "Let something really happen, in a tenant of its own: its webhooks and `listen --tenant trial` are told.",
        ),
    },
}

COMMANDS: dict[str, Listed] = {name: listed for commands in HEADINGS.values() for name, listed in commands.items()}

#: What each writes at the end of its help; ``usufruct`` itself is the empty name.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "usufruct contract new usage > cooling.yaml",
        "usufruct ingest january.csv --register c3.cold",
        "usufruct bill --issue",
        "usufruct explain 2026-000001 3",
    ),
    "fleet": ("usufruct fleet apply fleet.yaml", "usufruct fleet show"),
    "ingest": (
        "usufruct ingest january.csv --register c3.cold",
        "usufruct ingest export.csv --column time=Datum --column value=kWh",
        'usufruct ingest corrected.csv --register c3.cold --reason "transmitter exchanged"',
        "usufruct ingest february.csv --profile utility-portal",
    ),
    "profile": (
        "usufruct profile set utility-portal --column time=Datum+Zeit --column value=Verbrauch --decimal comma",
        "usufruct profile show utility-portal",
    ),
    "edit": (
        'usufruct edit set c3.cold --from 2026-01-14T10:00Z --value 6200 --reason "read by hand"',
        "usufruct edit release 1",
    ),
    "usage": ("usufruct usage c3.cold --from 2026-01-01 --to 2026-01-31 --every day",),
    "baseline": (
        "usufruct baseline fit year.csv --zone Europe/Berlin --model caltrack_daily",
        "usufruct baseline savings baseline.json this-year.csv",
        "usufruct baseline planned baseline.json --saved 0.10 --months 12",
    ),
    "statement": (
        "usufruct statement prepare OFFICE-SAVINGS --on 2026-12-01",
        "usufruct statement report 4 --pdf report.pdf",
    ),
    "contract": (
        "usufruct contract new usage > cooling.yaml",
        "usufruct contract check cooling.yaml --alone",
        "usufruct contract apply cooling.yaml",
        "usufruct contract apply portfolio.jsonl --keep-going",
        "usufruct contract show COOL-1 --yaml > cooling.yaml",
    ),
    "index": ("usufruct index record prices.yaml", "usufruct index release NAME"),
    "price": ("usufruct price --terms rule.yaml --usage usage.yaml", "usufruct price trial.yaml"),
    "bill": (
        "usufruct bill",
        "usufruct bill --issue --until 2026-02-01T12:00Z",
        "usufruct bill --issue --date 2026-01-31",
    ),
    "invoice": (
        "usufruct invoice list",
        "usufruct invoice show 2026-000001 --html invoice.html",
        "usufruct invoice send 2026-000001 --way mail --to invoices@customer.example",
        "usufruct invoice link 2026-000001 --days 14",
        "usufruct invoice original 2026-000001 original.xml",
        "usufruct invoice validate 2026-000001",
        'usufruct invoice void 2026-000001 --reason "the price of last year"',
        "usufruct invoice usage 2026-000004 --pdf usage.pdf",
    ),
    "clearance": (
        "usufruct clearance export ksef --to files",
        "usufruct clearance write-again ksef 7 --to files",
        "usufruct clearance import ksef upo.xml",
        "usufruct clearance list fapiao --status asked",
        "usufruct clearance red 2026-000002 --reason reduced",
    ),
    "explain": ("usufruct explain 2026-000001 3 --most 20",),
    "party": (
        "usufruct party apply nordluft.yaml",
        "usufruct party show Nordluft --on 2026-04-02",
        "usufruct party release Nordluft",
    ),
    "proof": ("usufruct proof 2026-000001 --to proof.zip",),
    "payee": (
        "usufruct payee statement NAME --from 2026-01-01 --csv lines.csv",
        "usufruct payee legs 2026-000001",
        "usufruct payee documents NAME --issued-from 2026-01-01",
        "usufruct payee proof FACTORY-SB-2026-000001 --to proof.zip",
    ),
    "dispute": (
        'usufruct dispute raise COOL-1 cooling --from 2026-01-01 --to 2026-01-31 --reason "meter stood still"',
        "usufruct dispute settle 1 --waived",
    ),
    "payment": (
        "usufruct payment allocate 1 --on 2026-000001=1166.20+23.80",
        "usufruct payment reverse 1 --reference 2026-02-20/3",
        "usufruct payment link 2026-000001 --days 14",
        'usufruct payment refund 1 --amount 12.50 --credit-note 2026-000007 --reason "meter was wrong"',
        "usufruct payment refund-release 1",
    ),
    "gateway": (
        "usufruct gateway orders --waits",
        'usufruct gateway again 3 --reason "the customer has a new card"',
        "usufruct gateway link COOL-1",
        "usufruct gateway balance --since 2026-03-01 --csv march.csv",
    ),
    "dunning": (
        "usufruct dunning list --state stopped",
        "usufruct dunning due --until 2026-03-31",
        'usufruct dunning pause --customer "Molkerei Nord eG" --until 2026-03-31 --reason "a plan is agreed"',
        "usufruct dunning send 2026-000001",
    ),
    "bank": (
        "usufruct bank read statement.xml",
        "usufruct bank queue",
        "usufruct bank match 12 2026-000001 2026-000004:250.00",
        "usufruct bank alias customer --account DE89370400440532013000 --customer NAME",
        "usufruct bank order prepare Nordluft",
        "usufruct bank order take 1 --to debits.xml",
    ),
    "payout": (
        "usufruct payout due",
        "usufruct payout list --state held",
        "usufruct payout release 1",
        "usufruct payout connect NAME",
    ),
    "due": (
        "usufruct due --until 2026-03-31",
        "usufruct due --until 2026-03-31 --contract COOL-1 --json",
    ),
    "work": (
        "usufruct work list --state dead",
        "usufruct work again 3",
        'usufruct work pause "prices are looked at" --kind issue --contract COOL-1 --until 2026-03-02',
        "usufruct work resume 1",
    ),
    "write-off": (
        'usufruct write-off prepare 2026-000001 --amount 12.50 --reason "insolvency"',
        "usufruct write-off release 1",
    ),
    "account": (
        "usufruct account list --overdue",
        'usufruct account statement "Molkerei Nord eG" --from 2026-01-01 --to 2026-03-31 --html account.html',
    ),
    "credit": (
        'usufruct credit prepare 2026-000001 --line 1:amount=24.30 --reason "late delivery"',
        'usufruct credit prepare 2026-000001 --line 2:percent=10 --line 3:rest --reason "goodwill"',
        "usufruct credit release 1",
    ),
    "prepaid": (
        "usufruct prepaid list",
        "usufruct prepaid show COOL-1",
        "usufruct prepaid top-up COOL-1 --amount 500.00",
    ),
    "alert": ("usufruct alert list --state below_again", "usufruct alert show 1"),
    "export": (
        "usufruct export lines --to lines.csv",
        "usufruct export invoices --issued-from 2026-03-01 --issued-to 2026-03-31",
    ),
    "operation": ("usufruct operation list --state running", "usufruct operation show 3"),
    "backup": ("usufruct backup usufruct-2026-03-01.backup",),
    "restore": ("usufruct restore usufruct-2026-03-01.backup",),
    "db": ("usufruct db status", "usufruct db stop"),
    "tenant": (
        "usufruct tenant create NAME",
        "usufruct tenant list",
        'usufruct tenant four-eyes off --reason "one person so far"',
    ),
    "user": (
        "usufruct user create Anna --role owner",
        "usufruct user release Anna",
        'usufruct user create dairy --role customer --party "Molkerei Nord eG"',
    ),
    "audit": (
        "usufruct audit list --who Anna --from 2026-03-01",
        "usufruct audit anchor --json > anchor.json",
        "usufruct audit verify --anchor anchor.json",
    ),
    "grant": ('usufruct grant give "Energy auditor" "Chiller 3"', "usufruct grant list"),
    "webhook": (
        "usufruct webhook create https://erp.example.com/usufruct --type document.issued --type document.corrected",
        "usufruct webhook deliveries wh_4b1f0c9a7d21 --state dead",
        "usufruct webhook replay wh_4b1f0c9a7d21 --dead",
    ),
    "listen": ("usufruct listen --tenant trial --forward http://localhost:3000/hooks",),
    "trigger": ("usufruct trigger late-reading --forward http://localhost:3000/hooks",),
    "key": ("usufruct key list", "usufruct key rotate usu_4fG7hQ2s"),
    "openid": (
        "usufruct openid add https://login.example.com/realms/works --audience usufruct",
        "usufruct user bind Anna --issuer https://login.example.com/realms/works --subject 7d1c5f",
    ),
}
