"""Measures how fast plunk-import is on the machine it runs on, as a table.

``python -m benchmarks`` runs everything, side by side with what it is measured against.
"""
