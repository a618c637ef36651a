"""What every rule over a saving has in common."""

from contracts.clause import Rule


class OverSavings(Rule):
    """A rule over a saving: told over a window, at the prices of its ``valuation`` where it has one."""

    @property
    def follows(self) -> frozenset[str]:
        """The published series of its prices."""
        valuation = getattr(self, "valuation", None)
        return frozenset() if valuation is None else valuation.follows

    @property
    def remembers(self) -> bool:
        """Each period adds to its window."""
        return True
