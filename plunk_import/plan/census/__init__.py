"""Counts and samples of what passes by: addresses, contacts, fields, shapes."""
