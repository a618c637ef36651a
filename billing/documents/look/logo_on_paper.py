"""A logo tried on paper as it comes in: one that the compiler refuses would refuse every document that bears it."""

from datetime import date

from billing.documents.look.page import Letterhead
from billing.documents.look.pdf import UnprintablePicture, UnprintableSign, write_pdf
from contracts.logos.logo import Logo, NoLogo


def refuse_unprintable(logo: Logo) -> None:
    """Lay a letter out that has the logo and nothing else.

    Raises:
        NoLogo: it is broken inside, or needs a sign that no font of ours has.
        MissingFont: a font is not installed.
    """
    head = Letterhead(
        language="en",
        title="-",
        issuer="-",
        issuer_lines=(),
        return_line="",
        recipient=("-",),
        recipient_lines=(),
        facts=(),
        foot=(),
        page_words="{page}/{pages}",
        logo=logo,
    )
    try:
        write_pdf("sections/sections.typ", head, (), date(2026, 1, 1))
    except (UnprintablePicture, UnprintableSign) as refusal:
        expected = "a whole picture that can be printed"
        raise NoLogo(f"it cannot be printed: {refusal}", found=str(refusal), expected=expected) from refusal
