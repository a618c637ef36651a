"""Parties of contracts: what documents say of them, prepared by one and released by another; their logos."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.media import schema_of_media
from api.http.paging import asked, page
from api.http.work_route import Body, WorkRoute, takes
from api.operations import parties
from api.operations.parties import ListedPartyOut, LogoOut, PartyOut, RecordedProfileOut, WhoAsks
from contracts.logos.logo import BYTES_MAX
from contracts.party_profiles.party_profile_document import PartyProfileDocument
from contracts.party_profiles.party_query import PartyQuery
from quantities.document import WholeNumber, read

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)

On = Annotated[date | None, Query(description="The day; today without it.")]
_PARTIES = TypeAdapter(list[ListedPartyOut])
_LOGO_MEDIA = ("image/png", "image/jpeg", "image/svg+xml")


class WhichProfileIn(BaseModel):
    """Which profile that waits; the one that was prepared last, without it."""

    model_config = ConfigDict(extra="forbid")

    profile: Annotated[WholeNumber, Field(ge=1)] | None = None


def _who(call: StatedCall) -> WhoAsks:
    return WhoAsks(call.now, as_customer=call.caller.is_customer)


@router.get("/parties")
def list_parties(
    call: Annotated[StatedCall, needs(Permission.PARTIES_READ)],
    request: Request,
    query: Annotated[PartyQuery, asked(PartyQuery)],
) -> list[ListedPartyOut]:
    """List the parties of contracts in pages, by name: what documents say of them today, and what waits."""
    return page(request, _PARTIES, parties.list_parties(call.session, query, _who(call)))  # type: ignore[return-value] # with a header


@router.put("/parties/{name}/profile")
@takes(document=PartyProfileDocument)
def prepare_party_profile(
    call: Annotated[StatedCall, needs(Permission.PARTIES_WRITE)], name: str, body: Body
) -> RecordedProfileOut:
    """Prepare what documents say of a party from a day on, as YAML or JSON; another releases it.

    The same again records nothing. Without four eyes it counts at once.
    """
    return parties.prepare_profile(call.session, name, read(body), who=call.caller.name, at=call.now)


@router.post("/parties/{name}/profile/release")
def release_party_profile(
    call: Annotated[StatedCall, needs(Permission.PARTIES_RELEASE)], name: str, body: WhichProfileIn | None = None
) -> RecordedProfileOut:
    """Release what another has prepared: documents that are issued from now on say it, on its days."""
    number = body.profile if body else None
    return parties.release_profile(call.session, name, number, who=call.caller.name, at=call.now)


@router.post("/parties/{name}/profile/withdraw")
def withdraw_party_profile(
    call: Annotated[StatedCall, needs(Permission.PARTIES_WRITE)], name: str, body: WhichProfileIn | None = None
) -> RecordedProfileOut:
    """Withdraw what waits: documents say what they said."""
    number = body.profile if body else None
    return parties.withdraw_profile(call.session, name, number, who=call.caller.name, at=call.now)


@router.get("/parties/{name}/profile")
def get_party_profile(
    call: Annotated[StatedCall, needs(Permission.PARTIES_READ)], name: str, on: On = None
) -> PartyOut:
    """Show what documents of a day say of a party, and all that was recorded; a guest sees its own, released."""
    return parties.show_party(call.session, name, _who(call), on)


@router.put("/parties/{name}/logo")
@takes(body_bytes=BYTES_MAX, document=bytes, media_types=_LOGO_MEDIA)
def put_party_logo(call: Annotated[StatedCall, needs(Permission.PARTIES_WRITE)], name: str, body: Body) -> LogoOut:
    """Store a logo, PNG, JPEG or SVG: a profile names it by the SHA-256 that is answered, and is released by two."""
    return parties.put_logo(call.session, name, body, at=call.now)


@router.get(
    "/parties/{name}/logo",
    response_class=Response,
    responses={200: {"content": {media: schema_of_media(media) for media in _LOGO_MEDIA}}},
)
def get_party_logo(call: Annotated[StatedCall, needs(Permission.PARTIES_READ)], name: str, on: On = None) -> Response:
    """Give the logo that documents of a day bear of a party."""
    logo = parties.get_logo(call.session, name, _who(call), on)
    return Response(logo.content, media_type=logo.media_type)
