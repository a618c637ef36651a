"""Colours that stay apart in print and for readers who see fewer of them: those of Okabe and Ito, and outlines.

Source: M. Okabe and K. Ito, "Color Universal Design", 2008.
"""

TEXT, GRID = "#3c4654", "#d9dee6"
MEASURED = "#005f73"
#: Paler than ``MEASURED`` by half of what print has, and outlined with it.
EXPECTED = "#cfe3e6"
#: An outline alone: nobody takes it for what was read.
ESTIMATED = "#ffffff"
MISSING = "#b5651d"
BELOW_ZERO = "#d55e00"
#: In an order in which neighbours differ in print without colours.
OF_CHARGES = ("#0072b2", "#e69f00", "#009e73", "#56b4e9", "#d55e00", "#f0e442", "#cc79a7", "#555555")
