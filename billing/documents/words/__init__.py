"""Documents in the words of their reader: sentences from a catalogue, numbers, days and units as its language has them.

A further language is one catalogue: ``<language>.po`` beside this file, and its name in contracts/invoicing.py.
"""
