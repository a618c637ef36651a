"""A page of a refusal, and the list of all, as HTML for browsers and as Markdown for terminals."""

from collections.abc import Iterator
from html import escape

from api.problem_pages.page import ROOMS, ProblemPage, problem_pages

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6573; --rule: #d9dee6; --accent: #0b6b5d; --paper: #fff; --code: #f4f6f8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e9ee; --soft: #9aa5b1; --rule: #343c46; --accent: #5cc3b1; --paper: #14181d; --code: #1d232a } }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); max-width: 46rem; margin: 0 auto; padding: 1.25rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .75rem 0 .25rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem; color: var(--soft) }
a { color: var(--accent) } p { margin: .5rem 0 } code, pre { font: 14px/1.45 ui-monospace, "DejaVu Sans Mono", monospace }
pre { background: var(--code); border: 1px solid var(--rule); border-radius: 6px; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 }
.soft { color: var(--soft) } .to-do { border-left: 3px solid var(--accent); padding-left: .75rem }
dl { margin: 0 } dt { margin-top: .6rem; overflow-wrap: anywhere } dd { margin: 0 }
"""  # noqa: E501 a rule a line
_HEADING = "Problems"
_SAYS = "Why a request or a command was refused, and what to do. The name stands at the end of a problem's type."


def page_html(page: ProblemPage) -> str:
    """Lay a page out for a browser."""
    e = escape
    meaning = f"<p>{e(page.meaning)}</p>" if page.meaning else ""
    examples = "".join(f"<h2>{e(heading)}</h2><pre>{e(text)}</pre>" for heading, text in _blocks(page))
    within = f"<h2>Where it comes from</h2><p>{e(page.from_within)}</p>" if page.from_within else ""
    return _document(
        page.title,
        f'<p><a href="/problems">{_HEADING}</a> <span class="soft">/ {e(ROOMS[page.room])}</span></p>'
        f'<h1>{e(page.title)}</h1><p class="soft"><code>{e(page.name)}</code> · {e(_codes(page))}</p>{meaning}'
        f'<h2>What to do</h2><p class="to-do">{e(page.to_do)}</p>{within}{examples}',
    )


def page_markdown(page: ProblemPage) -> str:
    """Write a page for a terminal."""
    parts = [f"# {page.title}", f"`{page.name}` · {_codes(page)}", page.meaning, page.to_do, page.from_within]
    blocks = [f"{heading}:\n\n{_indented(text)}" for heading, text in _blocks(page)]
    return "\n\n".join(part for part in (*parts, *blocks) if part) + "\n"


def list_html(room: str | None = None) -> str:
    """Lay the problems of a room out for a browser; without one, the rooms with how many each has."""
    if room is None:
        links = "".join(
            f'<dt><a href="/problems?room={escape(name)}">{escape(ROOMS[name])}</a></dt><dd>{len(pages)} problems</dd>'
            for name, pages in by_room()
        )
        return _document(_HEADING, f"<h1>{_HEADING}</h1><p>{_SAYS}</p><dl>{links}</dl>")
    rooms = "".join(
        f"<h2>{escape(ROOMS[name])}</h2><dl>"
        + "".join(
            f'<dt><a href="{escape(page.type)}"><code>{escape(page.name)}</code></a></dt><dd>{escape(page.title)}</dd>'
            for page in pages
        )
        + "</dl>"
        for name, pages in by_room(room)
    )
    lead = f'<p><a href="/problems">{_HEADING}</a> <span class="soft">/ {escape(ROOMS[room])}</span></p>'
    return _document(_HEADING, f"{lead}<h1>{_HEADING}</h1><p>{_SAYS}</p>{rooms}")


def index_markdown() -> str:
    """Write the rooms for a terminal, with how many problems each has and where they are listed."""
    rooms = [f"- {ROOMS[name]}, {len(pages)} problems: /problems?room={name}" for name, pages in by_room()]
    return "\n\n".join((f"# {_HEADING}", _SAYS, "\n".join(rooms))) + "\n"


def list_markdown(room: str | None = None) -> str:
    """Write the list of the problems of a room, or of all, for a terminal."""
    rooms = [
        "\n".join((f"## {ROOMS[name]}", "", *(f"- `{page.name}`: {page.title}" for page in pages)))
        for name, pages in by_room(room)
    ]
    return "\n\n".join((f"# {_HEADING}", _SAYS, *rooms)) + "\n"


def by_room(only: str | None = None) -> Iterator[tuple[str, list[ProblemPage]]]:
    """The pages of each room, or of one alone, by its name."""
    for room in ROOMS if only is None else (only,):
        yield room, [page for page in problem_pages().values() if page.room == room]


def _blocks(page: ProblemPage) -> Iterator[tuple[str, str]]:
    """What stands on a page in typewriter, with its heading."""
    yield from (("First, which succeeds", text) for text in page.before)
    if page.example:
        yield "Then, which is refused" if page.before else "An example that is refused", page.example
        yield "What it is answered", page.answer


def _codes(page: ProblemPage) -> str:
    return f"status {page.status} over HTTP, exit code {page.exit_code} of a command"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )
