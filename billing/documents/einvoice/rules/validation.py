"""Validates an e-invoice offline and says what is wrong in the user's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.documents.einvoice.profile import EInvoiceProfile, RuleSet, faulty_rules, profile_on
from billing.documents.einvoice.rules import peppol_own
from billing.documents.einvoice.rules.business_terms import field_of, place_of, terms_of
from billing.documents.einvoice.rules.rule_engine import SCHEMA_RULE, RuleFailure, parse_xml, rule_engine
from billing.documents.einvoice.rules.rule_files import SCHEMAS, STYLESHEETS
from contracts.invoicing import InvoiceForm

_OWN = "Peppol BIS Billing 3.0.21 and Self-Billing 3.0 as far as they are known (usufruct)"
_ERRORS = frozenset({"fatal", "error"})
_INFORMATION = frozenset({"information", "info"})


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that a document does not keep.

    Attributes:
        rule: its number.
        terms: the business terms that it is about.
        fields: where they are told, as ``contract: invoicing.order``.
        places: the same in words.
        text: as the rule has it.
        location: the element.
    """

    rule: str
    terms: tuple[str, ...]
    fields: tuple[str, ...]
    places: tuple[str, ...]
    text: str
    location: str

    @property
    def is_of_schema(self) -> bool:
        """Whether it is a breach of the schema: it names an element, and not what to do."""
        return self.rule == SCHEMA_RULE

    def __str__(self) -> str:
        """Say it in a sentence: the rule, the field, and the rule's own words."""
        where = f" ({'; '.join(self.places)})" if self.places else ""
        return f"{self.rule}{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What came of a validation.

    Attributes:
        form: as which it was validated.
        errors: rules that are binding: those that somebody can keep by telling a field first, the schema's last.
        warnings: the others; what a rule only mentions is not among them.
        rules: what it was held to, with the releases.
    """

    form: InvoiceForm
    errors: tuple[BrokenRule, ...]
    warnings: tuple[BrokenRule, ...]
    rules: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether no rule is broken, binding or not."""
        return not self.errors and not self.warnings


def validate(xml: bytes, form: InvoiceForm, on: date | None = None) -> ValidationReport:
    """Hold a document to all rules of its form.

    Args:
        xml: UBL or CII, as it is to be sent; of a ZUGFeRD the XML within.
        form: one of the forms of EN 16931.
        on: the day of issue, for the edition; the newest edition without it.

    Raises:
        RulesMissing: a package of rules is not installed.
    """
    profile = profile_on(form, on or date.max)
    rule_sets = profile.rule_sets
    document = parse_xml(xml)
    if RuleSet.PEPPOL_OWN in rule_sets:
        failures = _peppol_failures(xml, profile)
    else:
        failures = rule_engine().check(xml, rule_sets)
    failures = tuple(failure for failure in failures if failure.rule not in faulty_rules())
    return ValidationReport(
        form=form,
        errors=by_use([_broken(failure) for failure in failures if failure.severity in _ERRORS]),
        warnings=tuple(_broken(failure) for failure in failures if failure.severity not in _ERRORS | _INFORMATION),
        rules=tuple(_release(rule_set, str(document.tag)) for rule_set in rule_sets),
    )


def by_use(broken: Sequence[BrokenRule]) -> tuple[BrokenRule, ...]:
    """Order broken rules by what a reader can do: those with a field to tell, other rules, and what a schema says."""
    return tuple(sorted(broken, key=lambda rule: (rule.is_of_schema, not rule.fields)))


def _peppol_failures(xml: bytes, profile: EInvoiceProfile) -> tuple[RuleFailure, ...]:
    document = parse_xml(xml)
    rule_sets = (*profile.rule_sets, *peppol_own.extra_rule_sets(document))
    failures = rule_engine().check(xml, rule_sets)
    return peppol_own.as_peppol((*failures, *peppol_own.own_failures(document)), document)


def _broken(failure: RuleFailure) -> BrokenRule:
    terms = terms_of(failure)
    return BrokenRule(
        rule=failure.rule,
        terms=terms,
        fields=tuple(field for term in terms if (field := field_of(term))),
        places=tuple(place_of(term) for term in terms),
        text=failure.text,
        location=failure.location,
    )


def _release(rule_set: RuleSet, root: str) -> str:
    if rule_set is RuleSet.PEPPOL_OWN:
        return _OWN
    if rule_set in STYLESHEETS:
        return STYLESHEETS[rule_set].release
    return SCHEMAS[rule_set][root.rpartition("}")[2]].release if rule_set in SCHEMAS else rule_set.value
