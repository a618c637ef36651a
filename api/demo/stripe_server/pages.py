"""Pages for people who try it out: what a customer does at Stripe's own, each outcome a button."""

from html import escape
from urllib.parse import parse_qs

from api.demo.stripe_server.books import Books, CannotHappen, Fields
from api.demo.stripe_server.parameters import Refusal
from api.demo.stripe_server.sessions import Sessions

#: What their paths begin with.
PAGES = "/pages/"
#: By what is clicked: the rail, how it behaves, and the words of the button.
_CHOICES = {
    "card": ("card", "succeeds", "a card that pays"),
    "declined": ("card", "insufficient_funds", "a card without money"),
    "account": ("sepa_debit", "succeeds", "a bank account that pays in days"),
    "returned": ("sepa_debit", "insufficient_funds", "a bank account without money"),
}


def show_page(books: Books, sessions: Sessions, name: str, body: str) -> tuple[int, bytes, str]:
    """Show a page, or do what was clicked in it.

    Args:
        books: all that is known.
        sessions: the pages.
        name: of the page.
        body: the form that was sent; empty: it is opened.

    Returns:
        The status, the page, and where it leads to, if anywhere.
    """
    try:
        session = books.get("checkout.session", name)
        if not body:
            return 200, _page(session), ""
        rail, behaves, _ = _CHOICES[parse_qs(body).get("by", [""])[0]]
        is_done = sessions.pay(name, rail, behaves)
    except (Refusal, CannotHappen, KeyError) as refused:
        return 404, _written(f"<p>There is no such page, or it is closed: {escape(str(refused))}</p>"), ""
    if is_done:
        return 303, b"", str(session["success_url"])
    return 200, _page(session, "The card was declined."), ""


def _page(session: Fields, said: str = "") -> bytes:
    if session["status"] != "open":
        return _written("<p>This page is closed.</p>")
    is_payment = session["mode"] == "payment"
    what = (
        f"Pay {session['amount_total']} {session['currency']}, in its smallest unit"
        if is_payment
        else "Save, to pay later"
    )
    buttons = "".join(
        f'<p><button name="by" value="{choice}">{words}</button></p>'
        for choice, (rail, _, words) in _CHOICES.items()
        if rail in session["payment_method_types"]
    )
    back = f'<p><a href="{escape(session["cancel_url"])}">back</a></p>' if session["cancel_url"] else ""
    return _written(f'<p>{said}</p><h1>{what}</h1><form method="post">{buttons}</form>{back}')


def _written(content: str) -> bytes:
    title = "A Stripe of our own: no money moves"
    return f"<!doctype html><meta charset=utf-8><title>{title}</title><p><em>{title}</em></p>{content}".encode()
