"""A profile of a source, its name, and how it stands in the record of how a file was read."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from metering.deliveries.receipt import ProfileVersion
from metering.ingest.how_read import Basis, HowRead
from metering.records.sender_options import SenderOptions
from quantities.errors import Conflict, Invalid, NotFound

_NAME_CHARACTERS_MAX = 100
_OPTION = re.compile(r"--(?P<name>[a-z-]+)(?: (?P<value>.*))?", re.DOTALL)


class UnknownProfile(NotFound):
    """There is no profile of that name."""


class UnfitProfileName(Invalid):
    """The name cannot be that of a profile."""


class EmptyProfile(Invalid):
    """The profile says nothing."""


class ProfileChanged(Conflict):
    """The profile has changed since."""


@dataclass(frozen=True, slots=True)
class ReadingProfile:
    """A version of a profile.

    Attributes:
        name: of the profile.
        version: from 1; the newest one counts.
        options: what is said about the files of the source.
        recorded_by: the person, or the name of the API key.
        recorded_at: the instant of recording.
    """

    name: str
    version: int
    options: SenderOptions
    recorded_by: str
    recorded_at: datetime

    @property
    def as_version(self) -> ProfileVersion:
        """Its name and version."""
        return ProfileVersion(self.name, self.version)


def as_profile_name(written: str) -> str:
    """Write the name of a profile in its one spelling.

    Raises:
        UnfitProfileName: it is empty, longer than 100 characters, or has a slash or characters that do not show.
    """
    name = unicodedata.normalize("NFC", written).strip()
    if not name.isprintable() or "/" in name or not 0 < len(name) <= _NAME_CHARACTERS_MAX:
        shown = name[:_NAME_CHARACTERS_MAX].encode("utf-8", "backslashreplace").decode()
        expected = f"1 to {_NAME_CHARACTERS_MAX} characters that show, and no slash"
        raise UnfitProfileName(f"{shown!r} is no name of a profile", found=shown, expected=expected)
    return name


def refuse_empty(name: str, options: SenderOptions) -> None:
    """Refuse a profile that says nothing.

    Raises:
        EmptyProfile: no option is said.
    """
    if not options.said():
        expected = "an option, as --column time=Datum or --decimal comma"
        detail = f"nothing is said for the profile {name!r}"
        raise EmptyProfile(detail, place="options", found="nothing", expected=expected)


def attributed(how_read: tuple[HowRead, ...], options: SenderOptions, profile: ReadingProfile) -> tuple[HowRead, ...]:
    """How a file was read, with the profile named where it said what the delivery did not.

    Args:
        how_read: as the readers state it, each option as it would be typed.
        options: for the delivery.
        profile: by which the file was read.
    """
    return tuple(
        replace(read, where=str(profile.as_version))
        if read.basis is Basis.SAID and _is_of_profile(read.where, options, profile.options)
        else read
        for read in how_read
    )


def _is_of_profile(where: str, options: SenderOptions, profile: SenderOptions) -> bool:
    option = _OPTION.match(where)
    if option is None:
        return False
    name = option["name"].removeprefix("no-").replace("-", "_")
    own, kept = options.said().get(name), profile.said().get(name)
    if isinstance(kept, dict):  # columns and their units are said one by one
        pair = (option["value"] or "").strip("'\"")
        key = (pair.rpartition("=") if name in ("unit_of", "quality_of") else pair.partition("="))[0]
        return key in kept and key not in (own or {})
    return kept is not None and own is None
