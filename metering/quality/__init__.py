"""Whether readings may be billed: checks and their findings, estimates, edits by two people."""
