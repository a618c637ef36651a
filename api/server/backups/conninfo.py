"""What libpq is told of where a database is: the parts of an address, with whatever stands in its password."""

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL


def libpq_parts(address: URL) -> dict[str, str]:
    """Name the parts of an address as libpq does; those that it does not state are left out."""
    parts: dict[str, object] = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "dbname": address.database,
    }
    parts |= {name: value if isinstance(value, str) else ",".join(value) for name, value in address.query.items()}
    return {name: str(value) for name, value in parts.items() if value is not None}


def conninfo_of(address: URL) -> str:
    """Write an address as libpq reads it; as a URL, a space in a password would be none of it."""
    return make_conninfo(**libpq_parts(address))
