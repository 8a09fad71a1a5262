"""An NDJSON file of ours as one frame, for whoever wants to compute with it."""

from pathlib import Path

import polars as pl

from plunk_import.read.batch import MARK
from plunk_import.read.content import Content
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.json.lines import NdjsonReader

_BLOCK_BYTES = 4 << 20


def ndjson_frame(path: Path) -> pl.DataFrame:
    """Read all rows; values of mixed kinds are text, as they are written.

    Raises:
        SourceError: It is no such file.

    """
    try:
        reader = NdjsonReader(Content(path, name=str(path)), block_bytes=_BLOCK_BYTES)
    except EmptyFileError:
        return pl.DataFrame()
    rows = pl.concat(batch.frame for batch in reader.batches(after_row=0))
    return rows.drop(name for name in rows.columns if name.startswith(MARK))
