"""Elements of XML, made from inside: one of which nothing is left is not made."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from lxml import etree

from quantities.money import exponent
from quantities.number import plain, trimmed, unsigned_zero
from quantities.unseen import as_seen

Node: TypeAlias = etree._Element  # noqa: SLF001 lxml has no other name for an element's class
#: What an element holds: text, elements, several of both, or nothing.
Content: TypeAlias = "str | Node | Iterable[Content] | None"

#: EN 16931 allows two decimals of an amount at most (BR-DEC).
DECIMALS_MAX = 2
#: What XML 1.0 cannot hold (XML 2.2).
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Elements:
    """Makes elements whose names are written with the prefixes of a syntax."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = dict(namespaces)
        # an element declares its own prefix alone until it is within the root, which declares all: less to reconcile
        self._declared = {prefix: {prefix: namespace} for prefix, namespace in namespaces.items()}

    def make(self, name: str, *content: Content, **attributes: str) -> Node | None:
        """Make an element.

        Args:
            name: with its prefix, as ``cbc:ID``.
            content: text and elements, in order; what is empty or None is left out.
            attributes: those that are empty are left out.

        Returns:
            None where neither text nor elements are left: no document may have an empty element (PEPPOL-EN16931-R008).
        """
        prefix, _, local = name.partition(":")
        element = etree.Element(f"{{{self._namespaces[prefix]}}}{local}", nsmap=self._declared[prefix])
        _fill(element, content)
        if len(element) == 0 and not (element.text or "").strip():
            return None
        for attribute, value in attributes.items():
            if value:
                element.set(attribute, value)
        return element

    def root(self, name: str, namespace: str, *content: Content) -> bytes:
        """Write a document whose root is of the namespace without a prefix.

        Args:
            name: of the root.
            namespace: of it.
            content: its elements, in order.

        Returns:
            UTF-8, indented, with its declaration.
        """
        prefixed = namespace in self._namespaces.values()
        own: dict[str | None, str] = {} if prefixed else {None: namespace}
        root = etree.Element(f"{{{namespace}}}{name}", nsmap=own | self._namespaces)
        _fill(root, content)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _fill(element: Node, content: Iterable[Content]) -> None:
    for part in content:
        if isinstance(part, str):
            element.text = (element.text or "") + clean(part)
        elif etree.iselement(part):
            element.append(part)
        elif part is not None:
            _fill(element, part)


def clean(text: str) -> str:
    """Take out of a text what XML cannot hold."""
    return _NO_CHARACTER.sub("", as_seen(text))


def amount_text(amount: Decimal, currency: str) -> str:
    """Write an amount with the decimals of its currency, two at most where no more are needed: KWD 1.230 is 1.23."""
    places = min(exponent(currency), DECIMALS_MAX)
    short = trimmed(unsigned_zero(amount))
    decimals = len(plain(short).partition(".")[2])
    return plain(short.quantize(Decimal(1).scaleb(-places))) if decimals <= places else plain(short)


def number_text(number: Decimal) -> str:
    """Write a number exactly, without an exponent and without zeros after its last decimal."""
    return plain(trimmed(unsigned_zero(number)))


def day_text(on: date | None) -> str:
    """Write a day as 2026-03-31."""
    return "" if on is None else on.isoformat()
