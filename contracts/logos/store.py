"""Rows ⇄ values of logos: stored by their SHA-256, and kept for ever."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from contracts.logos.logo import Logo
from contracts.tables import PartyLogoRow
from quantities.errors import NotFound


class UnknownLogo(NotFound):
    """There is no such logo here."""


def store_logo(session: Session, logo: Logo, at: datetime) -> None:
    """Store a logo; the same again is stored once."""
    row = {"sha256": logo.sha256, "media_type": logo.media_type, "content": logo.content, "stored_at": at}
    session.execute(insert(PartyLogoRow).values(row).on_conflict_do_nothing())


def has_logo(session: Session, sha256: str) -> bool:
    """Tell whether a logo is stored."""
    return session.exec(select(PartyLogoRow.sha256).where(PartyLogoRow.sha256 == sha256)).first() is not None


def logo_named(session: Session, sha256: str) -> Logo:
    """Read the logo that a document or a profile names: whoever may read that may have it, a customer as well.

    Raises:
        UnknownLogo: it is not stored here.
    """
    # text: a function of the database, for a customer does not see the table
    asked = text("select media_type, content from party_logo_named(:sha256)")
    row = session.execute(asked, {"sha256": sha256}).one_or_none()
    if row is None:
        raise UnknownLogo(f"no logo {sha256} is stored", found=sha256)
    return Logo(row.media_type, bytes(row.content))
