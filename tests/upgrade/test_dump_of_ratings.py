"""The dump of 0007 holds one of everything that ratings brought, so that each later migration meets it."""

from sqlalchemy import text

from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.sources.asked import SourceName
from tests.upgrade.dump import as_dumped
from tests.upgrade.played import DATABASES

#: Each finds a row, by the tables of that release.
HELD = {
    "a rating that found nothing": "rating where rests_on_id is not null",
    "a rating that no sweep has looked at": "rating where not swept",
    "a fact that no sweep has looked at": "fact_touch where not swept",
    "a stale rating that is not corrected yet": """stale s join rating r on r.id = s.rating_id and not exists (
        select from rating later where later.invoice_id = r.invoice_id and later.id > r.id)""",
    "a stale rating that is corrected": """stale s join rating r on r.id = s.rating_id
        join rating later on later.invoice_id = r.invoice_id and later.id > r.id""",
    "a correction that waits for its day": "due where kind = 'correction' and done_at is null",
    "a correction that is owed": "invoice where kind = 'correction' and sequence is not null and gross > 0",
    "a credit note": "invoice where kind = 'correction' and sequence is not null and gross < 0",
    "a correction that is a draft": "invoice where kind = 'correction' and sequence is null",
    "a draft of a period that corrects": "invoice_line l join invoice i on i.id = l.invoice_id where i.kind = 'period' "
    "and i.sequence is null and l.corrects_id is not null",
    "a charge held apart": "rating where inputs ? 'held_apart'",
    "a price that moves within a period": "invoice_line a join invoice_line b on a.invoice_id = b.invoice_id and a.charge "
    "= b.charge and a.service_first < b.service_first and a.unit_price <> b.unit_price "
    "where a.corrects_id is null and b.corrects_id is null",
    "a state that says what it is": "rating where jsonb_path_exists(inputs, "
    "'$.closing.*.rule ? (exists(@.kind) && exists(@.arithmetic) && exists(@.unit) && exists(@.schema) && exists(@.values))')",
    "a state in a fraction": "rating where jsonb_path_exists(inputs, '$.closing.*.rule.values.* ? (@ like_regex \"/3$\")')",
    "a state in another unit than it opened in": "rating where inputs->'opening'->'demand'->'rule'->>'unit' = 'kW' "
    "and inputs->'closing'->'demand'->'rule'->>'unit' = 'MW'",
    "a state under another name than it opened under": "rating where inputs->'opening' ? 'energy' "
    "and inputs->'closing' ? 'power'",
    "an arithmetic of before": "rating where inputs->'rules'->'first'->>'arithmetic' = '1'",
    "an arithmetic of now": "rating where inputs->'rules'->'rebate'->>'arithmetic' = '2'",
    "readings asked for from ever": "rating_source where source = 'readings' and start = '-infinity'",
    "readings asked for as long as they come": "rating_source where source = 'readings' and \"end\" = 'infinity'",
    "a link of an index": "rating_source where source = 'index' and about = 'links'",
    "an exchanged device": "register_event where gained is not null",
}


def test_the_dump_of_0007_holds_one_of_everything(server: EmbeddedServer) -> None:
    with as_dumped(server, DATABASES / "0007") as access, administering(access.administrator) as connection:
        missing = [
            what for what, rows in HELD.items() if not connection.execute(text(f"select 1 from {rows} limit 1")).all()
        ]
        sources = set(connection.execute(text("select distinct source from rating_source")).scalars())
    assert missing == []
    assert sources == set(SourceName)
