"""Takes the command line; calls the library, prints, and exits with a code that tells the truth.

Heavy imports stand inside the commands: `--help` and completion must answer at once.
"""

from plunk_import.cli.check import check, codes, init, schema, validate
from plunk_import.cli.history import history, sandbox
from plunk_import.cli.program import main
from plunk_import.cli.run import resolve, resume, run, status

__all__ = ["main"]

for _command in (
    *(init, validate, check, run, resume, resolve, status),
    *(history, sandbox, schema, codes),
):
    main.add_command(_command)
