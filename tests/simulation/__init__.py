"""The importer in a world with its own clock: years of trouble by seed, in one thread.

Only the clock, the network, the server and death are simulated. The dispatcher, settling, the
journal and the history on SQLite, verdicts and gates are the real ones, entered by the package's
public names (`product.py`). `docs/explanation/simulation.md` says how to use it, and what it can
see.

The event loop is our own, on asyncio's `BaseEventLoop` (`loop.py`). looptime jumps in time, but
keeps a selector and real threads. simloom and seedloop need Python 3.12, while the suite runs on
3.11 too; simloom takes anyio's tasks that only sleep for a deadlock when one of them asks for a
thread, since anyio starts threads of its own; seedloop refuses threads. None of them can kill a
process and leave its files as they were, which is what most seeds here are about.
"""
