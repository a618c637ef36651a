"""Values that are made by the hundred: dataclasses that nobody changes, without a guard that costs more than they do.

A frozen dataclass sets each field past its own guard: one of ten fields takes 1.0 µs to make, and 0.4 without. Rating
an invoice makes some two hundred. These are frozen for the type checker, which reads all of our code and its tests, and
have no guard when it runs. They are compared and hashed by their fields, as frozen ones are.
"""

from typing import TYPE_CHECKING

__all__ = ["value_class"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:
    from dataclasses import dataclass

    def value_class(*, frozen: bool, slots: bool) -> object:
        """Make a dataclass that is frozen for the type checker alone."""
        return dataclass(unsafe_hash=frozen, slots=slots)
