"""What waits for another person's release, as routes that prepare it answer."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from metering.quality.edits.store import Edit
from quantities.quantity import Magnitude


class EditOut(BaseModel):
    """An edit that somebody prepared, and its release."""

    id: int
    register_key: str
    kind: str
    start: datetime
    end: datetime
    value: Magnitude | None
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    batch: int | None


#: What a route documents whose work may wait.
MAY_WAIT: dict[int | str, dict[str, Any]] = {
    202: {"model": EditOut, "description": "Bills rest on it: nothing is written until another person releases it."}
}


def edit_out(edit: Edit) -> EditOut:
    """Show an edit."""
    return EditOut(**{**asdict(edit), "register_key": edit.register, "kind": edit.kind.value})


def waits(edit: Edit) -> JSONResponse:
    """Answer that nothing is written yet: 202, and the edit that another person releases."""
    return JSONResponse(edit_out(edit).model_dump(mode="json"), 202)
