"""Why a figure is as far as it is from what was to be reached, by a profile of its command."""

_VALIDATING = (
    "stage by stage on a block of 48,000 rows, in ns a row: polars' parser 184, the checks at a "
    "glance 220 (the address 42 of them, the moment 39, the event 32), SHA-256 65, the cells that "
    "are mapped 53, quotes and ends of lines 45, contacts 28, addresses in small letters 27; "
    "start and final plan take 1.3 s a run"
)
_READ_COLUMNS = (
    "as for CSV without the parser: the checks at a glance take 220 ns a row, regular expressions "
    "alone a fifth of all samples (`perf record`), and SHA-256 65; start and final plan 1.3 s a run"
)
_BY_SIZE = (
    "what grows is the census: without it CSV grows by 3%; it counts the rows of up to 500,000 "
    "contacts, joined in windows of 524,288 rows, and smaller ones would cost 0.1 µs a row"
)
_SENDING = (
    "by `perf record`: 58 % Python, 25 % kernel, 7 % SQLite; the event loop's thread takes the "
    "most (writing on the socket and taking the reply in a third of it), the journal's a quarter, "
    "judging in the second pass 20 µs; the script for Node keeps no journal, no order, no claims"
)
_PACED = (
    "some ten rows leave together each tenth of a second, with one commit and 3.4 wake-ups of the "
    "loop (`strace`), each of which costs 137 µs on this machine even for a bare timer; the rest "
    "is the row's own Python, some 240 calls (`cProfile`), in cold caches"
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
    "columns": "for each block of 4 MB, which is 250 rows here, polars plans 2,000 expressions, "
    "about 80 ms; the plan takes 0.75 s more; blocks of 8 MB would take 100 MB more memory",
    "run-cpu": _SENDING,
    "run-speed": _SENDING,
    "lag": "waiting for a core: Python's own full collections of garbage, which were the worst, "
    "are put off while a run is at work",
    "pace-100": _PACED,
    "pace-1000": "by the threads' `/proc/PID/task/*/schedstat` a row takes 99 µs of the loop's "
    "thread and 21 of the journal's, 12 % of a core, while other work keeps the cores awake; on "
    "idle cores each wake-up costs more, and a loop that looks only every 10 ms takes no less",
    "hot-total": "while the others are sent, 12,000 of them a second, a row of that contact takes "
    "12 ms (its claim's commit and its reply wait for theirs), and 1.7 ms afterwards",
    "plan-id-memory": "a difference of two peaks, which differ by some 50 MB from run to run",
    "run-memory": "by `/proc` every 0.03 s: 302 MB in the first pass, 230 to 285 while rows are "
    "sent (most when a block is judged), 220 as the results are written and the report is drawn",
    "resume-first": "SQLite's check of the journal for damage takes 2 to 3 s of it, before which "
    "nothing may be sent; the fingerprint is taken beside it",
    "end": "reading the results from the journal and writing them 1.5 s, the report's counts "
    "0.25 s, the page 0.15 s, the process's end 0.3 s",
}
