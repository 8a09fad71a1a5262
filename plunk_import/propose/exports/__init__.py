"""The exports of other products, recognised by their headers."""

from collections.abc import Collection

from plunk_import.propose.exports.events import EVENTS
from plunk_import.propose.exports.export import Export, Reading
from plunk_import.propose.exports.mailing import MAILING
from plunk_import.propose.exports.shops import SHOPS

__all__ = ["KNOWN_EXPORTS", "Export", "Reading", "known_export"]

KNOWN_EXPORTS = (*SHOPS, *MAILING, *EVENTS)
"""Every export that is known, the surest first."""


def known_export(columns: Collection[str]) -> Export | None:
    """Recognise an export by its headers; None for any other file."""
    return next((export for export in KNOWN_EXPORTS if export.describes(columns)), None)
