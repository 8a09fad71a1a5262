"""Why a figure is as far as it is from what was to be reached, by a profile of its command."""

_VALIDATING = (
    "polars parses at 0.2 µs a row, blocks are copied and looked through for quotes (0.2), each "
    "column is judged by a pass of its own (0.4), bytes are hashed (0.07), contacts and events "
    "counted (0.06)"
)
_READ_COLUMNS = (
    "reading takes 0.1 µs a row and hashing 0.07; the rest is a pass over each column and counting"
)
_BY_SIZE = "CSV, the same day: 271 MB at 1 million rows, 327 at 3, 333 at 6, 362 at 10"
_SENDING = (
    "by `perf record`: 58 % Python, 25 % kernel, 7 % SQLite; the event loop's thread takes 113 µs "
    "a row (writing on the socket 27, taking the reply in 16), the journal's 40, judging in the "
    "second pass 20; the script for Node keeps no journal, no order and no claims"
)
_PACED = (
    "half the samples of the loop's thread (`py-spy`) are the loop itself: at a pace each row has "
    "a wake-up, a read and a write of its own, and few rows share a commit"
)

CAUSES: dict[str, str] = {
    "start": "of 350 ms of `python -X importtime` 79 are polars, 110 the package's own modules, 43 "
    "pydantic, 13 jinja2, 12 ruamel.yaml; the samples' bodies and the page take the rest",
    "validate-csv": _VALIDATING,
    "validate-csv-cpu": _VALIDATING,
    "validate-csv-memory": _BY_SIZE,
    "validate-parquet": _READ_COLUMNS,
    "validate-parquet-cpu": _READ_COLUMNS,
    "validate-parquet-memory": _BY_SIZE,
    "peers-csv": "DuckDB says how many rows are wrong, not which and why",
    "peers-parquet": "DuckDB says how many rows are wrong, not which and why",
    "columns": "for each block of 4 MB polars prepares some expressions a column, whatever few "
    "rows the block has; larger blocks would take more memory",
    "run-cpu": _SENDING,
    "run-speed": _SENDING,
    "lag": "measured in a program that imports the package while its loop runs, and collects "
    "garbage as Python does by itself; which of the two it is was not told apart",
    "pace-100": _PACED,
    "pace-1000": _PACED,
    "pace-4000": "TLS adds some 25 µs a row to what is said of `run`",
    "resume-first": "SQLite's check of the journal for damage takes 2 to 3 s of it, before which "
    "nothing may be sent; the fingerprint is taken beside it",
    "end": "reading the results from the journal and writing them 1.5 s, the report's counts "
    "0.25 s, the page 0.15 s, the process's end 0.3 s",
}
