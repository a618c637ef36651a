"""What a cash discount is made of: what of it is of which tax, so that the tax on it can be posted back."""

from billing.records.record import Number, Record, StoredRecord


class DiscountShareRecord(Record):
    """The part of a cash discount that is of one tax.

    Attributes:
        category: of the tax (BT-151).
        rate_percent: of it.
        taxable: the part before tax, in the document's currency.
        tax: the tax on it.
    """

    category: str
    rate_percent: Number
    taxable: Number
    tax: Number


class DiscountShares(StoredRecord):
    """A cash discount by tax; all parts add up to it."""

    shares: tuple[DiscountShareRecord, ...]
