"""The public schema of FA(3), out of the package that ships its files; the package's code is never run.

The schema names what it imports by addresses of the ministry. They are resolved by their file names to the files beside
it, and nothing is fetched.
"""

import re
from functools import cache
from importlib.util import find_spec

from lxml import etree

from billing.clearance.ksef.elements import NAMESPACE
from billing.clearance.refusals import FileFailsSchema

_PACKAGE = "ksef_client"
_FOLDER = "documents/fa3/schemas"
_ELEMENT = re.compile(r"Element '(\w+)'")
_FILE = "schemat_FA(3)_v1-0E.xsd"


class _BesideIt(etree.Resolver):  # type: ignore[misc]  # lxml has no annotations
    def resolve(self, system_url: str | bytes | None, public_id: str | bytes | None, context: object) -> object:
        url = system_url.decode() if isinstance(system_url, bytes) else system_url or ""
        return self.resolve_filename(f"{_folder()}/{url.rpartition('/')[2]}", context)


def refuse_what_fails(file: bytes, number: str) -> None:
    """Hold a file against the schema.

    Args:
        file: the document as XML.
        number: of the document, for the refusal.

    Raises:
        FileFailsSchema: it breaks the schema; with the first element at fault, and what the schema says.
    """
    schema = _schema()
    if schema.validate(etree.fromstring(file, _parser())):
        return
    fault = schema.error_log[0].message.replace(f"{{{NAMESPACE}}}", "")
    named = _ELEMENT.match(fault)
    place = number if named is None else named[1]
    raise FileFailsSchema(
        f"FA(3) of {number}: {fault}", place=place, found=number, expected="a file that keeps to FA(3)"
    )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _folder() -> str:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the files of FA(3) are not installed (requirements/files.txt)", name=_PACKAGE)
    return f"{spec.submodule_search_locations[0]}/{_FOLDER}"


@cache
def _schema() -> etree.XMLSchema:
    parser = _parser()
    parser.resolvers.add(_BesideIt())
    return etree.XMLSchema(etree.parse(f"{_folder()}/{_FILE}", parser))
