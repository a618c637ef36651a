"""How a claim before supply is made out: as the contract's other documents, but for how a top-up is collected."""

from billing.records.advance import AdvanceKind, AdvanceRecord
from contracts.collection_terms import CollectedBy, CollectedOn, CollectionTerms
from contracts.contract import Contract
from contracts.spending_terms import TopUpBy

_BY_CARD = CollectionTerms(by=CollectedBy.CARD, on=CollectedOn.ISSUE)


def made_out_as_claim(contract: Contract, advance: AdvanceRecord | None) -> Contract:
    """Give the terms by which a document of a contract is made out.

    Args:
        contract: the version that it is by.
        advance: what the document claims before it is supplied; None where it claims nothing.
    """
    top_up = None if contract.spending is None else contract.spending.top_up
    if (
        advance is None
        or advance.kind is not AdvanceKind.TOP_UP
        or top_up is None
        or top_up.through is not TopUpBy.CARD
    ):
        return contract
    return contract.model_copy(update={"invoicing": contract.invoicing.model_copy(update={"collection": _BY_CARD})})
