"""The one look of all documents: what stands on a page, and how it is laid out as HTML (jinja2) and as PDF (typst).

A document is made of values of ``page.py``, with every word in its reader's language. Its two templates,
``<name>.html.j2`` and ``<name>.typ``, only lay them out; both begin with ``base.html.j2`` or ``look.typ``.
So page and PDF cannot differ in what they say.
"""
