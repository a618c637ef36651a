"""What a backup says of itself: by which program and server it was made, of which roles, and a digest of each table."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class RoleFacts(BaseModel):
    """What a role may, beyond what it is granted on tables; all of it reaches through walls.

    Attributes:
        login, bypass_row_level_security, superuser, create_role, create_database, replication: as PostgreSQL has them.
        member_of: the roles that it may become.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: bool
    bypass_row_level_security: bool
    superuser: bool
    create_role: bool
    create_database: bool
    replication: bool
    member_of: tuple[str, ...]


class TableDigest(BaseModel):
    """The rows of a table: how many, and the sum of the hashes of their texts, whatever their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sum_of_hashes: str


class BackupManifest(BaseModel):
    """What stands beside the dump in the file of a backup.

    Attributes:
        backup: the number of this form.
        made_at: the instant before the snapshot.
        program: the version that made it.
        revision: of the tables.
        postgresql: the major version of the server.
        dump_sha256: of the dump's bytes.
        roles: those of the product, by name; passwords are none of it.
        tables: each by name.
        sequences: the last number drawn of each, by name; None: none yet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backup: Literal[1] = 1
    made_at: datetime
    program: str
    revision: str
    postgresql: int
    dump_sha256: str
    roles: dict[str, RoleFacts]
    tables: dict[str, TableDigest]
    sequences: dict[str, int | None]
