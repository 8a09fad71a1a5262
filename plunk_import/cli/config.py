"""Options from a file and from the environment, and the command that shows their origin."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from plunk_import.cli.announce import shown_address, web_address
from plunk_import.cli.output import Output, json_option
from plunk_import.errors import SettingsError

OWN_FILE = Path("plunk-import.toml")
SHARED_FILE = Path("pyproject.toml")
ENVIRONMENT_PREFIX = "PLUNK_IMPORT_"
_NEARLY_THE_SAME = 0.93  # of names that all begin alike


class _Entry(NamedTuple):
    """One option of a command: its value and where that comes from."""

    option: str
    value: object
    source: str


def read_from_environment(group: click.Group) -> None:
    """Let every option be given as a variable too, such as PLUNK_IMPORT_RATE for --rate."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            read_from_environment(command)
        for option in _options(command):
            option.envvar = ENVIRONMENT_PREFIX + _name(option).upper().replace("-", "_")


def require_known_variables(group: click.Group) -> None:
    """Refuse a variable whose name is nearly that of an option: nobody would read it.

    Others may begin alike: what a schedule is told by, or what Kubernetes says of a service.

    Raises:
        SettingsError: There is one; each is named with the one that was probably meant.

    """
    mine = [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]
    if not mine:
        return
    known = set(_variables(group))
    found = {name: _near(name, known, _NEARLY_THE_SAME) for name in mine if name not in known}
    told = [
        f"{name} is not an option; did you mean {near}?" for name, near in found.items() if near
    ]
    if told:
        raise SettingsError("\n".join(sorted(told)))


def _variables(group: click.Group) -> Iterator[str]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from _variables(command)
        yield from (str(option.envvar) for option in _options(command))


def _near(name: str, known: set[str], cutoff: float = 0.6) -> str | None:
    import difflib  # late, as most people misspell nothing

    near = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    return near[0] if near else None


def defaults_from_file(group: click.Group) -> dict[str, dict[str, Any]]:
    """Read the file of options in the working directory, for click's `default_map`.

    Keys are the long names of options, for every command that has one of this name; a table named
    after a command holds its own.

    Raises:
        SettingsError: The file cannot be read, or a key names no option.

    """
    path, found = _file()
    commands = {name: one for name, one in group.commands.items() if not _is_group(one)}
    tables = {name: value for name, value in found.items() if isinstance(value, dict)}
    shared = {name: value for name, value in found.items() if name not in tables}
    names = {_name(option) for command in commands.values() for option in _options(command)}
    _require_known(path, "", shared, names)
    _require_known(path, "", tables, set(commands))
    chosen = {}
    for name, command in commands.items():
        options = {_name(option): str(option.name) for option in _options(command)}
        _require_known(path, f"[{name}] ", tables.get(name, {}), set(options))
        given = {**shared, **tables.get(name, {})}
        chosen[name] = {options[key]: _text(given[key]) for key in given if key in options}
    return chosen


@click.command()
@click.argument("command", default="run", metavar="[COMMAND]")
@json_option
@click.pass_context
def config(context: click.Context, command: str, *, as_json: bool) -> None:
    """Show the options of a command, by default run, and where each comes from.

    The command line comes first, then variables such as PLUNK_IMPORT_RATE, then plunk-import.toml
    or, where that is missing, [tool.plunk-import] in pyproject.toml, then the default.
    """
    program = context.parent
    assert program is not None  # noqa: S101 - it is never called on its own
    assert isinstance(program.command, click.Group)  # noqa: S101 - as above
    found = program.command.commands.get(command)
    if found is None or _is_group(found):
        raise click.UsageError(f"There is no command {command!r} with options.")
    entries = [*_entries(found, command, program), *_connection()]
    if as_json:
        click.echo(json.dumps([entry._asdict() for entry in entries], indent=2))
        return
    width = max(len(entry.option) for entry in entries)
    for entry in entries:
        value = "" if entry.value is None else entry.value
        Output.here().say(f"{entry.option:<{width}}  {value!s:<16}  {entry.source}".rstrip())


def _entries(command: click.Command, name: str, program: click.Context) -> Iterator[_Entry]:
    context = command.context_class(command, info_name=name, parent=program)
    for option in _options(command):
        value, source = option.consume_value(context, {})
        if source is ParameterSource.ENVIRONMENT:
            yield _Entry(_name(option), _shown(option, value), str(option.envvar))
        elif source is ParameterSource.DEFAULT_MAP:
            yield _Entry(_name(option), _shown(option, value), str(_file()[0]))
        else:
            yield _Entry(_name(option), _default(option), "default")


def _shown(option: click.Option, value: object) -> object:
    is_secret = (
        isinstance(option.type, click.types.FuncParamType) and option.type.func is web_address
    )
    return shown_address(str(value)) if is_secret else value


def _default(option: click.Option) -> object:
    """Find what counts where nobody says otherwise: the option's own default, or the settings'."""
    from plunk_import.settings import SendSettings

    field = SendSettings.model_fields.get(str(option.name))
    value = option.default if field is None else field.default
    if option.is_flag:
        return "off"
    if not isinstance(value, bool | int | float | str):
        return None
    is_seconds = field is not None and str(option.name).endswith("_seconds")
    return f"{value:g}s" if is_seconds else value


def _connection() -> Iterator[_Entry]:
    """Say where the connection comes from; keys are named, never shown."""
    from plunk_import.settings import load_connection

    connection = load_connection()
    for name in type(connection).model_fields:
        variable = f"PLUNK_{name.upper()}"
        is_given = name in connection.model_fields_set
        value = getattr(connection, name)
        shown = "(set)" if "key" in name and not name.endswith("_file") and is_given else value
        if isinstance(value, bool):
            shown = "on" if value else "off"
        source = variable if variable in os.environ else ".env" if is_given else "default"
        yield _Entry(variable, shown if shown is None else str(shown), source)


def _file() -> tuple[Path, dict[str, Any]]:
    for path, table in ((OWN_FILE, ()), (SHARED_FILE, ("tool", "plunk-import"))):
        found = _read(path)
        for name in table:
            found = None if found is None else found.get(name)
        if found is not None:
            return path, found
    return OWN_FILE, {}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{path}: the options cannot be read ({reason}).") from error
    import tomllib  # late, as most people have no such file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: the options cannot be read ({error}).") from error


def _require_known(path: Path, place: str, given: Mapping[str, Any], names: set[str]) -> None:
    unknown = sorted(set(given) - names)
    if not unknown:
        return
    told = []
    for key in unknown:
        near = _near(key, names)
        told.append(f"{place}{key} is not an option" + (f"; did you mean {near}?" if near else ""))
    raise SettingsError("\n".join(f"{path}: {line}" for line in told))


def _text(value: object) -> object:
    """Write a value as it would be written on the command line; switches and lists stay."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [_text(part) for part in value]
    return str(value)


def _options(command: click.Command) -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield parameter


def _name(option: click.Option) -> str:
    return next(name for name in option.opts if name.startswith("--")).removeprefix("--")


def _is_group(command: click.Command) -> bool:
    return isinstance(command, click.Group)
