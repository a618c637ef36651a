"""What a validation of an original came to, as it is kept beside it."""

from billing.records.record import Record, StoredRecord


class BrokenRuleRecord(Record):
    """A rule that was not kept, as BrokenRule has it."""

    rule: str
    terms: tuple[str, ...] = ()
    text: str
    location: str = ""


class ValidationRecord(StoredRecord):
    """A validation.

    Attributes:
        form: as which it was validated; of a PDF alone nothing is validated.
        rules: what it was held to, with the releases.
        errors: none, or it would not have been kept.
        warnings: rules that are not binding.
    """

    form: str
    rules: tuple[str, ...] = ()
    errors: tuple[BrokenRuleRecord, ...] = ()
    warnings: tuple[BrokenRuleRecord, ...] = ()
