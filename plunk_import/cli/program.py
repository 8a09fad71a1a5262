"""The program that commands are added to, and the one shape of its errors."""

import os
import sys
from typing import Any, NoReturn

import click

from plunk_import import __version__
from plunk_import.cli.config import defaults_from_file, require_known_variables
from plunk_import.cli.descriptors import allow_enough
from plunk_import.cli.output import Output
from plunk_import.cli.streams import is_of_printing, open_closed_streams, silence
from plunk_import.errors import ExitCode, PlunkImportError
from plunk_import.runtime import collecting_seldom

SHOW_TRACEBACK = "PLUNK_IMPORT_TRACEBACK"

# To look for plugins, pydantic reads what every installed package says of itself.
_WITHOUT_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")


def fail(message: str, exit_code: ExitCode) -> NoReturn:
    """Say what is wrong on standard error, and exit."""
    Output.here().log("error", message, exit_code=int(exit_code))
    sys.exit(exit_code)


def _is_fault(error: BaseException) -> bool:
    """Tell what went wrong from what ends a program on purpose: a panic of Rust is no Exception."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _require_output(error: OSError) -> None:
    """End the program where the error came of printing."""
    if is_of_printing(error):
        silence()
        said = f"Standard output cannot be written ({error.strerror})"
        fail(f"{said}: what the command did is done all the same.", ExitCode.STOPPED)


def _unforeseen(error: BaseException) -> str:
    return (
        f"Something happened that plunk-import did not foresee ({type(error).__name__}: {error}). "
        "Please report it, with the input if you can, and with what the same command prints when "
        f"{SHOW_TRACEBACK}=1 is set. If a run was under way, its journal is whole: "
        "`plunk-import resume` goes on with it."
    )


class _Program(click.Group):
    """The commands in the order of their use, and every error in one shape."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            allow_enough()
            os.environ.setdefault(*_WITHOUT_PLUGINS)
            require_known_variables(self)
            ctx.default_map = defaults_from_file(self)
            with collecting_seldom():
                return super().invoke(ctx)
        except PlunkImportError as error:
            fail(str(error), error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            fail("Interrupted: nothing was sent.", ExitCode.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own to handle
        except BaseException as error:
            if isinstance(error, OSError):
                _require_output(error)
            if os.environ.get(SHOW_TRACEBACK) or not _is_fault(error):
                raise
            fail(_unforeseen(error), ExitCode.STOPPED)

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run a command; what cannot be printed, such as its help, is told as any other error."""
        open_closed_streams()
        try:
            return super().main(*args, **options)
        except OSError as error:
            _require_output(error)
            raise

    def make_context(self, *args: Any, **options: Any) -> click.Context:  # noqa: ANN401 - click's own signature
        """Keep NO_COLOR, which click does not know."""
        if os.environ.get("NO_COLOR"):
            options.setdefault("color", False)
        return super().make_context(*args, **options)


@click.group("plunk-import", cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Import files of events into Plunk: no row lost, none doubled, every one accounted for."""
