"""A page for each refusal: its fault, what to do, an example that provokes it, and what that example is answered.

The files beside this one, one for each room, are written by ``make golden`` from the classes' docstrings, from
``docs/problems/`` and from what the product answers the examples there; nothing here is written by hand.
"""
