"""XML and web pages that hold no readings: each is refused by what it is, never stored as nothing."""

from metering.ingest import xml
from metering.ingest.unreadable import UnreadableFile

#: What an XML file of readings begins with.
READ = ("feed of ESPI (Green Button)", "MTConnectStreams", "Fleet of ISO 15143-3 (AEMP 2.0)")
_PAGES = (b"<!doctype html", b"<html")
_BYTES = 1 << 12
_SHOWN = 200


class WebPage(UnreadableFile):
    """The file is a web page."""


class OtherXml(UnreadableFile):
    """The XML is of another kind than those that hold readings."""


def refuse_web_page(raw: bytes) -> None:
    """Refuse a page of HTML, as a portal answers instead of a file where something went wrong.

    Raises:
        WebPage: it is one.
    """
    head = raw[:_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:5].lower() == b"<?xml":
        head = head.partition(b"?>")[2].lstrip()
    if not head.lower().startswith(_PAGES):
        return
    title = head.lower().find(b"<title>")
    words = head[title + 7 :].partition(b"<")[0].decode(errors="replace").strip()[:_SHOWN] if title >= 0 else ""
    shown = f"a web page: {words}" if words else "a web page"
    raise WebPage(f"this is {shown}", found=shown, expected=list(READ))


def other_xml(raw: bytes) -> OtherXml:
    """The refusal of XML whose outermost element is none of those that hold readings; with the fault that it tells."""
    root = xml.root_name(raw)
    fault = next(
        (xml.text(body, "faultstring") or xml.text(body, "Reason", "Text") for body in xml.elements(raw, "Fault")), ""
    )
    shown = f"{root}: {fault[:_SHOWN]}" if fault else root
    return OtherXml(f"this XML is a {shown}", found=shown, expected=list(READ))
