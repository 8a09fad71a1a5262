"""Counts and samples of what passes by: addresses, contacts, fields, shapes."""

from plunk_import.plan.census.contacts import ContactTally as ContactTally
