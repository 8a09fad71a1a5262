"""A drafted mapping as YAML that a person can read and edit."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SCHEMA_FILE = "plunk-mapping.schema.json"
"""Where editors look for the schema of a mapping, beside the mapping itself."""

_LONGEST_SAMPLE = 40
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ ./()-]*[A-Za-z0-9_)])?")
_READ_OTHERWISE = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
_ADDRESS = re.compile(r"([^\s@\"'<>,;:])[^\s@\"'<>,;:]*@([^\s@\"'<>,;:]+)")

Setting = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One key of the mapping, on a line or two of its own.

    `settings` are the keys of its value; `aside` stands behind it, `remarks` above. With
    `left_out`, the whole is a comment that says why.
    """

    key: str
    settings: Mapping[str, Setting]
    aside: str = ""
    remarks: tuple[str, ...] = ()
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping before it is text: what opens it, its fields in order, its variables."""

    opening: tuple[str, ...]
    fields: tuple[Line, ...]
    contact: tuple[Line, ...]
    once: tuple[Line, ...]
    left_out: tuple[Line, ...]


def yaml_of(draft: Draft) -> str:
    """Write a draft as YAML; its first line tells editors where the schema is."""
    return "\n".join(_lines(draft)).rstrip() + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={SCHEMA_FILE}"
    yield f"# Your editor completes and checks this file after: plunk-import schema > {SCHEMA_FILE}"
    yield "#"
    yield from comments(*draft.opening)
    yield "version: 1"
    for line in draft.fields:
        yield ""
        yield from _line(line, indent="")
    yield ""
    if draft.contact or draft.once:
        yield "data:"
    yield from _section("Kept on the contact: the last row's value stays.", draft.contact)
    yield from _section("One-shot: only in this event's record.", draft.once)
    yield from _section("Left out. Remove the # to send one all the same.", draft.left_out)


def _section(title: str, lines: tuple[Line, ...]) -> Iterator[str]:
    if not lines:
        return
    yield f"  # {title}"
    for line in lines:
        yield from _line(line, indent="  ")
    yield ""


def _line(line: Line, *, indent: str) -> Iterator[str]:
    yield from comments(*line.remarks, indent=indent)
    if line.left_out is not None:
        aside = "; ".join(part for part in (line.left_out, line.aside) if part)
        yield f"{indent}# {scalar(line.key)}: {value(line.settings)}  # {one_line(aside)}"
        return
    aside = f"  # {one_line(line.aside)}" if line.aside else ""
    sql = line.settings.get("sql")
    if not isinstance(sql, str) or not sql.isprintable():
        yield f"{indent}{scalar(line.key)}: {value(line.settings)}{aside}"
        return
    if line.key == "where":
        yield from (f"{indent}where: |-{aside}", f"{indent}  {sql}")
        return
    yield from (f"{indent}{scalar(line.key)}:{aside}", f"{indent}  sql: |-", f"{indent}    {sql}")
    for key, setting in line.settings.items():
        if key != "sql":
            yield f"{indent}  {key}: {_setting(setting)}"


def value(settings: Mapping[str, Setting]) -> str:
    """Write the value of a field: in its short form where it names a column and no more."""
    if set(settings) == {"column"}:
        return scalar(str(settings["column"]))
    if set(settings) == {"list"}:
        return _setting(settings["list"])
    return "{" + ", ".join(f"{key}: {_setting(given)}" for key, given in settings.items()) + "}"


def _setting(setting: Setting) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, int):
        return str(setting)
    if isinstance(setting, tuple):
        return f"[{', '.join(map(scalar, setting))}]"
    return scalar(setting)


def scalar(text: str) -> str:
    """Write a text as one YAML scalar that every reader takes for exactly this text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _READ_OTHERWISE and "  " not in text:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def comments(*texts: str, indent: str = "") -> Iterator[str]:
    """Write each text as a comment line of its own."""
    for text in texts:
        yield f"{indent}# {one_line(text)}".rstrip()


def one_line(text: str) -> str:
    """Make a text fit for a comment: printable, on one line."""
    return "".join(
        character if character.isprintable() else " " if character.isspace() else "·"
        for character in text
    )


def sample_shown(cell: str) -> str:
    """Show a cell in a comment: addresses masked, shortened, in quotes."""
    masked = _ADDRESS.sub(r"\1…@\2", cell)
    short = masked if len(masked) <= _LONGEST_SAMPLE else f"{masked[: _LONGEST_SAMPLE - 1]}…"
    return f'"{one_line(short)}"'
