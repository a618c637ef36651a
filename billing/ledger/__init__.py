"""The ledger: what happened, as double entry; what the books come to on a day, and which months are closed."""
