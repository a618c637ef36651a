"""The ledger: what happened, as double entry; what a legal entity's books come to on a day, and which months are closed."""
