"""Which blocks of a source are finished, so that whoever goes on with a run passes over them."""

from collections.abc import Iterator

from plunk_import.storage import FINISHED, KeptFiles, RowReader, Section


def finished_sections(journal: RowReader) -> Iterator[Section]:
    """Find the blocks of which all that is to be sent is finished, in any order.

    A run is mostly finished up to about where it stopped. So blocks are looked at from the last one
    on, until as many finished rows are left as the others have rows to send: then they have all.
    """
    kept = KeptFiles.of(journal)
    sections = [] if kept is None else list(kept.rejects.sections)
    events = sum(section.events for section in sections)
    counts = journal.counts()
    left = sum(counts.get(state, 0) for state in FINISHED)
    while sections and left != events:
        section = sections.pop()
        finished = journal.count_finished(*section.span)
        if finished == section.events:
            yield section
        events, left = events - section.events, left - finished
    yield from sections
