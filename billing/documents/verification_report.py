"""The verification report of a savings statement, as PDF: the statement's own JSON, laid out by typst."""

import json
from importlib import resources
from typing import TYPE_CHECKING, ClassVar

import typst

from billing.documents.document import StatementDocument
from billing.documents.savings_chart import differences_chart, months_chart
from billing.documents.views import statement_facts
from quantities.document import YesOrNo

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.statements.store import Statement


class VerificationReport(StatementDocument):
    """The verification report of a savings statement; without the supplier's margin, unless its own copy is asked for.

    Attributes:
        margin: whether the supplier's margin is in it, where the contract states costs. A customer's never has it.
    """

    margin: YesOrNo = False

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "report.pdf"

    def render(self, statement: "Statement") -> bytes:
        """Lay a statement out, in the order of the clauses of EN 17669:2022."""
        copy = statement if self.margin else statement.for_customer
        inputs = {"statement": json.dumps(statement_facts(copy))}
        for saving in statement.content.savings:
            inputs[f"months-{saving.name}"] = months_chart(saving)
            inputs[f"differences-{saving.name}"] = differences_chart(saving)
        template = resources.files("billing.documents").joinpath("verification_report.typ").read_bytes()
        stamped = int(statement.prepared_at.timestamp())
        laid: bytes = typst.compile(template, format="pdf", sys_inputs=inputs, timestamp=stamped)
        return laid
