"""Profiles: what is said about the files of a source, kept by name."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonBoolean, JsonInteger
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.operations import profiles
from api.operations.short_lists import PROFILES, ReadingProfileQuery
from metering.profiles.profile import ReadingProfile
from metering.records.sender_options import SenderOptions

router = APIRouter(prefix="/v1", tags=["metering"], route_class=WorkRoute)


class ProfileOptions(BaseModel):
    """What is said about the files of a source; each name is that of a parameter of ``POST /v1/readings``."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    register_key: str | None = Field(default=None, alias="register")
    column: dict[str, str] = Field(default_factory=dict)
    format_name: str | None = Field(default=None, alias="format")
    unit: str | None = None
    unit_of: dict[str, str] = Field(default_factory=dict)
    quality_of: dict[str, str] = Field(default_factory=dict)
    time_format: str | None = None
    zone: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header_line: JsonInteger | None = None
    sheet: list[str] = Field(default_factory=list)
    not_available: list[str] = Field(default_factory=list)
    session_reset: list[str] = Field(default_factory=list)
    keep_totals: JsonBoolean | None = None
    json_numbers: JsonBoolean | None = None


class ProfileIn(BaseModel):
    """All that is said about the files of a source; nothing of the version before goes on.

    ``after`` is the version that this one is made from, 0 for a new profile: if another is the newest, it is refused.
    """

    options: ProfileOptions
    after: JsonInteger | None = None


class ProfileOut(BaseModel):
    """A version of a profile."""

    name: str
    version: int
    options: ProfileOptions
    recorded_by: str
    recorded_at: datetime


class ProfileWithVersionsOut(ProfileOut):
    """The newest version of a profile, and all versions, the newest first."""

    versions: list[ProfileOut]


@router.put("/profiles/{name}")
def record_profile(
    call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)], name: str, body: ProfileIn
) -> ProfileOut:
    """Record what is said about the files of a source; if the newest version says the same, it stays."""
    options = SenderOptions.model_validate(body.options.model_dump(exclude_none=True))
    recorded = profiles.record(call.session, name, options, after=body.after, who=call.caller.name, at=call.now)
    return ProfileOut.model_validate(_content(recorded))


_PROFILES = TypeAdapter(list[ProfileOut])


@router.get("/profiles")
def list_profiles(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[ReadingProfileQuery, asked(ReadingProfileQuery)],
) -> list[ProfileOut]:
    """List the newest version of every profile in pages, by name."""
    listed = PROFILES.page(profiles.profiles(call.session), query)
    return page(request, _PROFILES, listed, lambda profile: ProfileOut.model_validate(_content(profile)))  # type: ignore[return-value] # with a header


@router.get("/profiles/{name}")
def get_profile(call: Annotated[StatedCall, needs(Permission.READINGS_READ)], name: str) -> ProfileWithVersionsOut:
    """Show a profile with its versions."""
    contents = [_content(version) for version in profiles.versions(call.session, name)]
    return ProfileWithVersionsOut.model_validate({**contents[0], "versions": contents})


def _content(profile: ReadingProfile) -> dict[str, object]:
    return {
        "name": profile.name,
        "version": profile.version,
        "options": profile.options.said(),
        "recorded_by": profile.recorded_by,
        "recorded_at": profile.recorded_at,
    }
