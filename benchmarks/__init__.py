"""Takes nothing but the machine it runs on; gives a table of how fast plunk-import is there.

``python -m benchmarks`` runs everything, side by side with what it is measured against.
"""
