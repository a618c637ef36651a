"""Documents of sections: statements and reports, each a list of headings, sentences, tables and drawings in one look.

A kind of document says what stands in it (as values, in its reader's language); one template each lays all of them out
as page and as PDF.
"""
