"""One document as a person or a program reads it: an invoice, its explanation, a report, a chart."""
