"""What Hypothesis draws depends on its seed alone, and not on what else is imported.

Beside what a seed says it draws, now and then, a number or a text that is written down in some module that is imported
by then (``hypothesis.internal.conjecture.providers``). Of a single test, of all tests in one process and of all in two
that is not the same, and so a seed that is named in a failure drew another life when it was run again: the lives 3000 to
3003 had other steps in whole runs than alone. It has no setting.
"""

from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.internal.constants_ast import Constants


def by_seed_alone() -> None:
    """From now on nothing that is imported is drawn."""
    setattr(HypothesisProvider, "_local_constants", Constants())  # noqa: B010 it is a property there
