"""The command line: each command calls the library, prints, and exits with a true code.

Heavy imports stand inside the commands: `--help` and completion must answer at once.
"""

from plunk_import.runtime import end_without_collecting, importing

with importing():
    from plunk_import.cli.check import check, codes, init, schema, validate
    from plunk_import.cli.config import config, read_from_environment
    from plunk_import.cli.history import history
    from plunk_import.cli.look import status, verify
    from plunk_import.cli.mapping import mapping
    from plunk_import.cli.merge import merge
    from plunk_import.cli.plan import plan
    from plunk_import.cli.program import main
    from plunk_import.cli.run import resolve, resume, run
    from plunk_import.cli.runs import runs
    from plunk_import.cli.sandbox import sandbox

__all__ = ["main"]

for _command in (
    *(init, validate, check, plan, run, resume, resolve, status, verify, merge),
    *(config, runs, mapping, history, sandbox, schema, codes),
):
    main.add_command(_command)

read_from_environment(main)
end_without_collecting()
