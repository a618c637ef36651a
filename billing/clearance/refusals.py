"""Why a document is not written for a state: each fault by its name, with its field. The others go out without it."""

from quantities.errors import Conflict, Invalid


class SellerNumberInvalid(Conflict):
    """The seller has no valid tax number of this state."""


class BuyerNumberInvalid(Conflict):
    """The customer's tax number is none of this state."""


class SellerWithoutAddress(Conflict):
    """The seller has no address."""


class TaxRateUnclassed(Conflict):
    """The state's form has no place for this tax rate."""


class ExemptionUnnamed(Conflict):
    """The document does not say by which law it is exempt."""


class TaxNotInZloty(Conflict):
    """The document does not state its tax in zloty."""


class CorrectionOnInvoice(Conflict):
    """A line corrects an earlier document, and this is no correction."""


class CorrectedNotCleared(Conflict):
    """What the document corrects or settles has no number of the state yet."""


class FileFailsSchema(Conflict):
    """The file breaks the state's schema."""


class TaxCodeMissing(Conflict):
    """A line has no classification code of 19 digits."""


class DiscountBeyondLine(Conflict):
    """A discount is larger than the line that it belongs to."""


class CurrencyNotOfState(Conflict):
    """The document is not in the currency of the state."""


class QuotaExceeded(Conflict):
    """The month's quota does not suffice."""


class AnswerUnreadable(Invalid):
    """The file is no answer of this authority."""


class ClearanceNumberInvalid(Invalid):
    """The number is none that the authority gives."""


class AnswerOfOtherSeller(Conflict):
    """The answer is about another seller."""


class AnswerDiffers(Conflict):
    """The answer contradicts what is recorded."""
