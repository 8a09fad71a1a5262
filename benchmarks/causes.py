"""Why a figure is as far as it is from what was to be reached, by a profile of its command."""

_VALIDATING = (
    "by the stages below most goes to reading (polars' parser is half of it, quotes and ends of "
    "lines a tenth) and to judging, whose checks are regular expressions; SHA-256 takes 0.07 µs, "
    "and what is done once, the start, the samples and the page, about a second in all"
)
_READ_COLUMNS = (
    "by the stages below judging takes most, as for CSV, and reading 0.2 µs; what is done once, "
    "the start, the samples and the page, takes about a second in all"
)
_SENDING = (
    "by `perf record`: 58 % Python, 25 % kernel, 7 % SQLite; the event loop's thread takes the "
    "most (writing on the socket and taking the reply in a third of it), the journal's a quarter, "
    "judging in the second pass 20 µs; the script for Node keeps no journal, no order, no claims"
)
_PACED = (
    "some ten rows leave together each tenth of a second, with one commit and 3.4 wake-ups of the "
    "loop (`strace`), each of which costs 137 µs on an idle core even for a bare timer; of the "
    "loop's samples 70 % are Python and 18 % the kernel (`perf record`), in cold caches"
)

CAUSES: dict[str, str] = {
    "start": "of what comes beyond polars two thirds are imports: pydantic and the models made "
    "with it, then the package's own modules; the page, its templates and the first pass the rest",
    "validate-csv": _VALIDATING,
    "validate-csv-cpu": _VALIDATING,
    "validate-parquet": _READ_COLUMNS,
    "validate-parquet-cpu": _READ_COLUMNS,
    "peers-csv": "DuckDB says how many rows are wrong, not which and why, and keeps no plan",
    "peers-parquet": "DuckDB says how many rows are wrong, not which and why, and keeps no plan",
    "columns": "half of it is done once for each column, however few its rows: 2,000 variables are "
    "read from the mapping and compiled in 0.3 s, the samples' bodies written and their values "
    "looked at in 0.6 s, and the report shown in 0.1 s",
    "run-cpu": _SENDING,
    "run-speed": _SENDING,
    "lag": "waiting for a core: Python's own full collections of garbage, which were the worst, "
    "are put off while a run is at work",
    "pace-100": _PACED,
    "pace-1000": "by the threads' `/proc/PID/task/*/schedstat` a row takes 99 µs of the loop's "
    "thread and 21 of the journal's, 12 % of a core, while other work keeps the cores awake; on "
    "idle cores each wake-up costs more, and a loop that looks only every 10 ms takes no less",
    "hot-total": "while the others are sent, a row of that contact takes 12 to 20 ms (its claim's "
    "commit and its reply wait for theirs), and 2 ms afterwards; to slow the others down, by fewer "
    "claims ahead, lengthens the time in which it is slow by as much",
    "hot-others": "from run to run it is 86 to 101 % with the same code: each of the two files "
    "meets the machine at another moment",
    "pace-4000": "the share is reached, the pace not quite: on a slow machine rows leave later",
    "plan-send": "what a row costs on this machine varies by a quarter from hour to hour",
    "plan-id-memory": "a difference of two peaks, which differ by some 50 MB from run to run",
    "run-memory": "by `/proc` every 0.03 s: 302 MB in the first pass, 230 to 285 while rows are "
    "sent (most when a block is judged), 220 as the results are written and the report is drawn",
    "resume-first": "SQLite's check of the journal for damage takes 2 to 3 s of it, before which "
    "nothing may be sent; the fingerprint is taken beside it",
    "resume-end": "side by side with the state of the day before, which took 0.7 s then, both take "
    "1.6 to 2.1 s: that of a slower machine and disk; most is the table of 3,000,000 results",
    "end": "reading the results from the journal and writing them 1.5 s, the report's counts "
    "0.25 s, the page 0.15 s",
}
