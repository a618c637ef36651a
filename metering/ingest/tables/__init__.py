"""From the bytes of a text file or a workbook to the columns of its table, as text by role.

What stands around a table, how its columns are laid out and in which signs it is written is found here, or asked. What
its cells mean is read elsewhere.
"""
