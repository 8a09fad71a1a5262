"""A server, a file name and cells that would act on a terminal, or tell the key, in every print."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plunk_import.cli import main
from plunk_import.errors import ExitCode
from tests.fuzz.hostile import serving
from tests.fuzz.replies import KEY, Meaning, Scripted

EVIL = f"\x1b]0;owned\x07\x9b31m\u202egnp\r{KEY}\x7f"
FILE = "\x1b[31mrows\u202e.csv"
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def reply(status: int, meaning: Meaning, **error: object) -> Scripted:
    listed = [{"field": EVIL, "code": EVIL, "message": EVIL}]
    told = {"code": EVIL, "message": EVIL, "requestId": EVIL, "errors": listed, **error}
    return answered(status, meaning, {"success": False, "error": told})


def answered(status: int, meaning: Meaning, body: object) -> Scripted:
    content = json.dumps(body).encode()
    head = (
        b"HTTP/1.1 %d \x1b[31mOdd\r\nX-Request-Id: \x1b]0;owned\x07\r\nContent-Length: %d\r\n\r\n"
    )
    return Scripted(str(status), meaning, [head % (status, len(content)) + content])


IDS = {"contact": EVIL, "event": EVIL, "timestamp": EVIL}
STORED = answered(200, Meaning.STORED, {"success": True, "data": IDS})
REFUSED = reply(422, Meaning.REFUSED)
LOST = reply(500, Meaning.AMBIGUOUS)
BARRED = reply(401, Meaning.NO_USE)
SCRIPTS = {
    "accepted, refused, lost and barred": [STORED, REFUSED, LOST, BARRED],
    "refused only": [REFUSED] * 4,
    "lost only": [LOST] * 4,
    "barred at once": [BARRED],
}
COMMANDS: Sequence[Sequence[str]] = (
    ("status", "run"),
    ("status", "run", "--json"),
    ("status", "run", "--write"),
    ("runs", "list", "."),
    ("runs", "show", "run"),
    ("resume", "run"),
    ("resolve", "run"),
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [f'p{n}@example.com,"{EVIL.replace(KEY, "")}"\n' for n in range(4)]
    text = "email,note\n" + "".join(rows) + '"\x1b]0;x\x07\u202e",no address\n'
    (tmp_path / FILE).write_bytes(text.encode())
    (tmp_path / "m.yaml").write_text(
        "version: 1\nemail: email\nevent: {const: x}\ndata: {note: note}\n"
    )
    monkeypatch.setenv("PLUNK_IMPORT_YES", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*command: str, address: str) -> Result:
    env = {"PLUNK_API_KEY": KEY, "PLUNK_BASE_URL": address}
    return CliRunner().invoke(main, list(command), env=env)


def all_called(address: str, *options: str) -> Iterator[Result]:
    yield called("validate", FILE, "-m", "m.yaml", "-o", "checked", address=address)
    sending = ("--rate", "unlimited", "--max-in-flight", "1")
    yield called(
        *("run", FILE, "-m", "m.yaml", "-o", "run", *sending, *options),
        *("--allow-workflows", "--allow-resubscribe"),
        address=address,
    )
    for command in COMMANDS:
        yield called(*command, address=address)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--json",),
        pytest.param(("--log-format", "json"), marks=pytest.mark.ordeal),
        pytest.param(("-v",), marks=pytest.mark.ordeal),
    ],
    ids=str,
)
def test_nothing_that_is_printed_acts_on_a_terminal_or_tells_the_key(
    desk: Path, script: Sequence[Scripted], options: Sequence[str]
) -> None:
    with serving(iter([*script, *[BARRED] * 20])) as (server, address):
        results = list(all_called(address, *options))
    assert server.served
    for result in results:
        told = result.stdout + result.stderr
        assert ACTING.findall(told.replace("\r\n", "\n")) == []
        assert KEY not in told
        assert "Traceback" not in told
        assert result.exit_code in set(ExitCode)
    assert any("owned" in result.output for result in results)
    files = [path for path in desk.rglob("*") if path.is_file()]
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
