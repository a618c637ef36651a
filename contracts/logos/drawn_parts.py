"""How many parts an SVG draws once every reference within it is drawn where it stands.

A pattern that is filled by a pattern twice, forty times over, is five kilobytes and 2⁴⁰ parts: whoever lays it out runs
out of time, or out of memory. Counted are the elements, each with what it refers to, again and again.
"""

import re

from lxml import etree

#: A drawn emblem has hundreds; laying out so many takes some tenths of a second.
PARTS_MAX = 20_000
#: Elements and references within each other.
_DEEP = 200
_REFERENCE = re.compile(r"url\s*\(\s*['\"]?\s*#([^'\")\s]+)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9.]+")


def drawn_parts(root: etree._Element) -> int:
    """Count the parts that are drawn; more than ``PARTS_MAX`` also of what is nested too deep to be counted."""
    named = {str(key): element for element in root.iter() if (key := element.get("id")) is not None}
    return min(_Counting(named).parts_of(root, 0), PARTS_MAX + 1)


def referred_to(style: str) -> list[str]:
    """Name the parts that a style refers to."""
    return _REFERENCE.findall(style)


class _Counting:
    def __init__(self, named: dict[str, etree._Element]) -> None:
        self._named = named
        self._known: dict[etree._Element, int] = {}
        self._open: set[etree._Element] = set()

    def parts_of(self, element: etree._Element, depth: int) -> int:
        """Count an element with all within it and all that it refers to; what refers to itself is drawn once."""
        if depth > _DEEP:
            return PARTS_MAX + 1
        if element in self._open or not isinstance(element.tag, str):
            return 0
        if element not in self._known:
            self._open.add(element)
            within = sum(self.parts_of(child, depth + 1) for child in element)
            self._known[element] = 1 + within + self._referred(element, depth)
            self._open.discard(element)
        return self._known[element]

    def _referred(self, element: etree._Element, depth: int) -> int:
        count = 0
        for key, value in element.attrib.items():
            name, text = etree.QName(key).localname, str(value)
            names = [text.strip()[1:]] if name == "href" and text.strip().startswith("#") else referred_to(text)
            times = self._times(element) if "marker" in name or "marker" in text else 1
            for target in (self._named[named] for named in names if named in self._named):
                count += times * self.parts_of(target, depth + 1)
        return count

    def _times(self, element: etree._Element) -> int:
        """How often a marker may stand on a path: at each of its points. Of a group, at those of all within."""
        return sum(
            len(_NUMBER.findall(part.get("d", "") + part.get("points", "")))
            for part in element.iter()
            if isinstance(part.tag, str)
        )
