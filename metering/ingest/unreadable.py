"""The refusal of a file as a whole."""

from quantities.errors import Invalid


class UnreadableFile(Invalid):
    """The file cannot be read."""


class UnknownRegister(UnreadableFile):
    """The fleet has no register of this key."""
