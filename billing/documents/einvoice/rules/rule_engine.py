"""Runs schemas and stylesheets: one Saxon processor in each process, compiled once, in a thread of its own.

A Saxon processor belongs to the thread that made it, and must not be shared by those that answer requests; nor does it
survive a fork. Whoever wants something checked waits for that thread: a document takes it some 5 to 20 milliseconds.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor

from billing.documents.einvoice.elements import Node
from billing.documents.einvoice.profile import RuleSet
from billing.documents.einvoice.rules.rule_files import SCHEMAS, STYLESHEETS, path_of

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
#: What the breach of a schema is called, which has no number.
SCHEMA_RULE = "XSD"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that a document does not keep.

    Attributes:
        rule: its number, as ``BR-CO-10``; of a schema ``XSD``.
        severity: ``fatal``, ``warning`` or ``information``.
        text: as the rule has it.
        location: the element, as a path.
    """

    rule: str
    severity: str
    text: str
    location: str


class RuleEngine:
    """The schemas and stylesheets of a process, each compiled when it is first asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="e-invoice-rules")
        self._saxon: Any = None
        self._compiler: Any = None
        self._stylesheets: dict[RuleSet, Any] = {}
        self._schemas: dict[str, etree.XMLSchema] = {}

    def check(self, xml: bytes, rule_sets: tuple[RuleSet, ...]) -> tuple[RuleFailure, ...]:
        """Hold a document to some rules.

        Args:
            xml: well-formed.
            rule_sets: those that are files, in order; what a schema refuses is held to the rules as well, which name
                its fields.

        Raises:
            RulesMissing: a package of rules is not installed.
        """
        return self._await(lambda: self._check(xml, rule_sets))

    def _await(self, work: Callable[[], Result]) -> Result:
        waiting: Future[Result] = self._thread.submit(work)
        return waiting.result()

    def _check(self, xml: bytes, rule_sets: tuple[RuleSet, ...]) -> tuple[RuleFailure, ...]:
        failures: list[RuleFailure] = []
        for rule_set in rule_sets:
            if rule_set in SCHEMAS:
                failures.extend(self._against_schema(xml, rule_set))
        refused_by_schema, node = bool(failures), None
        for rule_set in rule_sets:
            if rule_set in STYLESHEETS:
                stylesheet = self._stylesheet(rule_set)
                node = node or self._saxon.parse_xml(xml_text=xml.decode())
                failures.extend(_applied(stylesheet, node, keeps_schema=not refused_by_schema))
        return tuple(failures)

    def _stylesheet(self, rule_set: RuleSet) -> Any:
        if self._saxon is None:
            self._saxon = PySaxonProcessor(license=False)
            self._compiler = self._saxon.new_xslt30_processor()
        if rule_set not in self._stylesheets:
            path = path_of(STYLESHEETS[rule_set])
            self._stylesheets[rule_set] = self._compiler.compile_stylesheet(stylesheet_file=str(path))
        return self._stylesheets[rule_set]

    def _against_schema(self, xml: bytes, rule_set: RuleSet) -> tuple[RuleFailure, ...]:
        document = parse_xml(xml)
        root = etree.QName(document).localname
        files = SCHEMAS[rule_set]
        if root not in files:
            return (RuleFailure(SCHEMA_RULE, "fatal", f"no schema has a document {root}", f"/{root}"),)
        if root not in self._schemas:
            self._schemas[root] = etree.XMLSchema(file=str(path_of(files[root])))
        schema = self._schemas[root]
        if schema.validate(document):
            return ()
        return tuple(
            RuleFailure(SCHEMA_RULE, "fatal", error.message, error.path or f"line {error.line}")
            for error in schema.error_log
        )


def parse_xml(xml: bytes) -> Node:
    """Read a document of ours, which may hold large files, without entities and without the network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(xml, parser)


def _applied(stylesheet: Any, node: Any, *, keeps_schema: bool) -> tuple[RuleFailure, ...]:
    """Run a stylesheet; of what the schema refuses already, rules that cannot be computed say nothing more."""
    try:
        return _read(stylesheet.transform_to_string(xdm_node=node))
    except PySaxonApiError:
        if keeps_schema:
            raise
        return ()


def _read(report: str) -> tuple[RuleFailure, ...]:
    """Read a report of Schematron (SVRL): assertions that failed, and reports that must not be."""
    root = etree.fromstring(report.encode())
    return tuple(
        RuleFailure(
            rule=node.get("id", ""),
            severity=node.get("flag") or node.get("role") or "fatal",
            text=" ".join("".join(node.itertext()).split()),
            location=node.get("location", ""),
        )
        for node in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    )


@cache
def _engine_of(process: int) -> RuleEngine:
    return RuleEngine()


def rule_engine() -> RuleEngine:
    """The engine of this process."""
    return _engine_of(os.getpid())
