"""What browsers are told to do with an answer: not to guess, not to keep, not to frame, and to run nothing.

A page of ours has its style inside and no script. Its policy names the hash of that style as it was written here, so
nothing else in the page is obeyed, were somebody's name in it ever taken for markup. A logo is a picture within it
(``data:``): nothing is fetched for it, and of an SVG that is shown so no script is run.
"""

import base64
import hashlib

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#: Of every answer that says nothing else; where no browser shows it as a page, it does no harm.
OF_DATA: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _NOTHING.encode()),
)
_CSP = "Content-Security-Policy"
#: The page that shows the interface's documentation fetches what it is made of, from here alone.
_DOCUMENTATION = "/docs"
_FROM_HERE = (
    f"{_NOTHING}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'"
)
_OF_DOCUMENTATION = tuple(
    (name, _FROM_HERE.encode()) if name == b"content-security-policy" else (name, value) for name, value in OF_DATA
)


def headers_of(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """What an answer says, unless it says otherwise itself."""
    return _OF_DOCUMENTATION if path == _DOCUMENTATION else OF_DATA


def page_policy(style: str, forms: str = "'none'") -> dict[str, str]:
    """The header by which a page of ours is shown as it is, and nothing is fetched or run for it.

    Args:
        style: the whole content of its one ``<style>``.
        forms: where its form may lead. Browsers hold it against redirections as well, so a form that is answered by
            one to somebody else's page has to name that.
    """
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = _NOTHING.replace("form-action 'none'", f"form-action {forms}")
    return {_CSP: f"{policy}; img-src data:; style-src 'sha256-{hashed}'"}
