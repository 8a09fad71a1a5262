"""Bulk importer for Plunk: a file of events in, every row accounted for."""
