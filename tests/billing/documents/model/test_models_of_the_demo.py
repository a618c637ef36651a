"""Every document of the demo as its reader gets it."""

from io import StringIO
from time import perf_counter

import pytest
from rich.console import Console
from sqlalchemy import text

from api.demo import story
from api.server.database import Access, Database
from api.server.provision import administering
from billing.documents.model.load import business_document
from billing.documents.words.labels import is_worded
from billing.invoices import store
from tests.billing.documents.model.sound import faults_against


@pytest.mark.long
def test_every_document_of_the_demo(access: Access, database: Database) -> None:
    story._tell(access, database, Console(file=StringIO()), perf_counter())
    with administering(access.administrator) as administrator:
        tenant = administrator.execute(text("select max(id) from tenant")).scalar_one()
    with database.transaction(tenant) as session:
        stored = store.billed(session, store.ids_of(session))
        models = [business_document(session, one) for one in stored]
    assert len(models) == 87  # nine, those of the savings on account, and seven of the month of money
    assert [fault for model, one in zip(models, stored, strict=True) for fault in faults_against(model, one)] == []
    labels = {line.label for one in stored for line in one.lines if line.label}
    assert [label for label in labels if not is_worded(label)] == []
    assert {line.name for model in models for line in model.lines if line.reads and line.reads[0].opening} != set()
