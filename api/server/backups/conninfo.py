"""How libpq is told where a database is: of an address, with whatever stands in its password."""

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL


def conninfo_of(address: URL) -> str:
    """Write an address as libpq reads it; as a URL, a space in a password would be none of it."""
    parts: dict[str, object] = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "dbname": address.database,
    }
    for name, value in address.query.items():
        parts[name] = value if isinstance(value, str) else ",".join(value)
    return make_conninfo(**{name: str(value) for name, value in parts.items() if value is not None})
