"""No customer gets an e-mail because a history was imported."""

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

import plunk_import
from plunk_import import Connection, Consent, ConsentError, ExitCode, Runtime, SendSettings
from plunk_import.plan import Consequence, GateQuestion
from plunk_import.run.deliver import Agreement, Refusal, open_gates
from plunk_import.runtime import NoReplyError
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, running
from tests.fakes import ALL_ALLOWED, FakeClock, ScriptedTransport, delivered, free_port, refused

ALLOWED = ("--allow-workflows", "--allow-resubscribe")
MAPPING = "version: 1\nemail: email\nevent: event\n"
ROWS = (
    "email,event\nada@example.com,order.paid\nbob@example.com,visit\nada@example.com,order.paid\n"
)


@pytest.fixture
def plunk(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING)
    settings = SandboxSettings(database=tmp_path / "plunk.sqlite", workflows=("order.paid",))
    with running(settings) as server:
        yield server


def run(
    plunk: Sandbox,
    place: Path,
    *options: str,
    secret: bool = True,
    command: str = "run",
    directory: str = "run",
) -> subprocess.CompletedProcess[str]:
    keys = {"PLUNK_BASE_URL": plunk.base_url, "PLUNK_API_KEY": plunk.public_key}
    if secret:
        keys["PLUNK_SECRET_KEY"] = plunk.secret_key
    program = Path(sys.executable).with_name("plunk-import")
    source = ("orders.csv", "-m", "orders.yaml", "-o", directory)
    what = (command, *(source if command == "run" else [directory]), *options)
    environment = {name: value for name, value in os.environ.items() if "PLUNK" not in name}
    return subprocess.run(
        [str(program), *what, "--rate", "unlimited"],
        cwd=place,
        env={**environment, **keys},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_terminal_a_workflow_that_would_fire_stops_the_run_before_it_sends(
    plunk: Sandbox, tmp_path: Path
) -> None:
    done = run(plunk, tmp_path)
    assert done.returncode == 2
    assert "'order.paid': 1 contact" in done.stdout
    assert "--allow-workflows" in done.stdout
    assert plunk.stored().events == 0
    assert json.loads((tmp_path / "run" / "report.json").read_text())["books"]["pending"] == 3


def test_yes_alone_is_no_word_for_workflows(plunk: Sandbox, tmp_path: Path) -> None:
    assert run(plunk, tmp_path, "--yes").returncode == 2
    assert plunk.stored().events == 0


def test_with_the_word_for_it_the_run_goes_on_where_it_was_stopped(
    plunk: Sandbox, tmp_path: Path
) -> None:
    run(plunk, tmp_path)
    done = run(plunk, tmp_path, "--allow-workflows")
    assert done.returncode == 0, done.stdout + done.stderr
    assert plunk.stored().events == 3
    assert plunk.stored().workflow_runs == 1


def test_without_the_secret_key_nobody_knows_so_an_unattended_run_is_refused(
    plunk: Sandbox, tmp_path: Path
) -> None:
    done = run(plunk, tmp_path, secret=False)
    assert done.returncode == 2
    assert plunk.stored().events == 0
    said = "Nobody knows which workflows in Plunk these events would start"
    assert done.stdout.count(said) == 1
    assert done.stdout.lower().count("which workflows") == 1
    assert "--allow-workflows" in done.stdout


def test_without_the_secret_key_a_run_goes_on_with_the_word_for_it(
    plunk: Sandbox, tmp_path: Path
) -> None:
    done = run(plunk, tmp_path, *ALLOWED, secret=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert plunk.stored().events == 3


SILENCE = {
    "lost replies": NoReplyError("the connection was lost"),
    "502": refused(502, "BAD_GATEWAY"),
    "a wrong secret key": refused(401, "INVALID_API_KEY"),
}


@pytest.mark.parametrize("silence", SILENCE.values(), ids=SILENCE)
def test_a_project_that_does_not_answer_has_not_agreed(
    silence: httpx.Response | Exception, tmp_path: Path
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/track":
            if b"@example.com" not in request.content:  # a probe, which stores nothing
                return refused(422, "VALIDATION_ERROR")
            sent.append(request)
            return delivered()
        if isinstance(silence, Exception):
            raise silence
        return silence

    sent: list[httpx.Request] = []
    with pytest.raises(ConsentError, match=r"allow_workflows=True") as caught:
        imported(tmp_path, ScriptedTransport(answer))
    assert caught.value.exit_code is ExitCode.CANNOT_START
    assert caught.value.report.books.pending == 3
    assert sent == []
    report = imported(tmp_path, ScriptedTransport(answer), ALL_ALLOWED)
    assert (report.books.in_doubt, len(sent)) == (0, 3)


def imported(
    place: Path, transport: ScriptedTransport, consent: Consent | None = None
) -> plunk_import.Report:
    (place / "orders.csv").write_text(ROWS)
    (place / "orders.yaml").write_text(MAPPING)
    return plunk_import.import_file(
        place / "orders.csv",
        place / "orders.yaml",
        directory=place / "run",
        connection=Connection(
            api_key=SecretStr("pk_test"),
            secret_key=SecretStr("sk_test"),
            base_url="http://127.0.0.1:1",
        ),
        consent=consent,
        settings=SendSettings(patience_seconds=1),
        runtime=Runtime(clock=FakeClock(), transport=transport),
    )


def test_the_error_of_python_names_the_parameter_and_has_the_report(
    plunk: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(ConsentError, match=r"consent=Consent\(allow_workflows=True\)") as caught:
        plunk_import.import_file(
            tmp_path / "orders.csv",
            tmp_path / "orders.yaml",
            directory=tmp_path / "run",
            connection=Connection(
                api_key=SecretStr(plunk.public_key),
                secret_key=SecretStr(plunk.secret_key),
                base_url=plunk.base_url,
            ),
        )
    written = json.loads((tmp_path / "run" / "report.json").read_text())
    assert written == json.loads(caught.value.report.model_dump_json())
    assert "--allow-workflows" in written["reason"]
    assert plunk.stored().events == 0


@pytest.mark.parametrize("again", ["resume", "run"])
def test_a_workflow_enabled_since_somebody_agreed_is_asked_about_anew(
    again: str, tmp_path: Path
) -> None:
    """The same database, first with one workflow that listens, then with one more."""
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING)
    settings = SandboxSettings(database=tmp_path / "plunk.sqlite", port=free_port())
    with running(settings) as plunk:
        assert run(plunk, tmp_path, "--limit", "1").returncode == 0
    with running(dataclasses.replace(settings, workflows=("order.paid",))) as plunk:
        done = run(plunk, tmp_path, command=again)
        assert done.returncode == 2, done.stdout
        assert "'order.paid'" in done.stdout
        assert (plunk.stored().events, plunk.stored().workflow_runs) == (1, 0)
        allowed = run(plunk, tmp_path, "--allow-workflows", command=again)
        assert allowed.returncode == 0, allowed.stdout
        assert plunk.stored().events == 3


def test_what_was_agreed_to_holds_for_the_next_night_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(MAPPING)
    settings = SandboxSettings(
        database=tmp_path / "plunk.sqlite", port=free_port(), workflows=("order.paid",)
    )
    nights = [
        ("ada@example.com,order.paid\n", ("--allow-workflows",), 0),
        ("bob@example.com,order.paid\n", (), 0),
        ("cy@example.com,order.paid\ncy@example.com,visit\n", (), 0),
    ]
    with running(settings) as plunk:
        for number, (rows, options, code) in enumerate(nights):
            (tmp_path / "orders.csv").write_text("email,event\n" + rows)
            more = (*options, "--history", "history.sqlite")
            done = run(plunk, tmp_path, *more, directory=f"night-{number}")
            assert done.returncode == code, done.stdout
        assert plunk.stored().workflow_runs == 3
    with running(dataclasses.replace(settings, workflows=("order.paid", "visit"))) as plunk:
        (tmp_path / "orders.csv").write_text("email,event\ndy@example.com,visit\n")
        done = run(plunk, tmp_path, "--history", "history.sqlite", directory="night-3")
        assert done.returncode == 2
        assert plunk.stored().workflow_runs == 3


GATES = {
    "clear": GateQuestion("workflows", "clear"),
    "one fires": GateQuestion("workflows", "fires", consequences=(Consequence("w1", "One"),)),
    "two fire": GateQuestion(
        "workflows", "fires", consequences=(Consequence("w1", "One"), Consequence("w2", "Two"))
    ),
    "unread": GateQuestion("workflows", "unread", "It did not answer."),
    "unknowable": GateQuestion("workflows", "unknowable", "There is no secret key."),
    "somebody": GateQuestion(
        "resubscription", "fires", consequences=(Consequence("c1", "a…@example.com"),)
    ),
}
AGREED_BEFORE = [
    # agreed to, asked now, events of now, whether it must be asked
    pytest.param("one fires", "one fires", "hi", False, id="the same"),
    pytest.param("two fire", "one fires", "hi", False, id="fewer"),
    pytest.param("one fires", "two fire", "hi", True, id="more"),
    pytest.param("one fires", "one fires", "other", False, id="the same on other events"),
    pytest.param("unknowable", "unknowable", "hi", False, id="still unknowable"),
    pytest.param("unknowable", "unknowable", "other", True, id="unknowable, other events"),
    pytest.param("unknowable", "one fires", "hi", True, id="known by now"),
    pytest.param("one fires", "unread", "hi", True, id="not read any more"),
    pytest.param("one fires", "somebody", "hi", True, id="another gate"),
    pytest.param("clear", "one fires", "hi", True, id="nothing was agreed to"),
    pytest.param("one fires", "clear", "other", False, id="clear by now"),
]


@pytest.mark.parametrize(("before", "now", "event", "is_open"), AGREED_BEFORE)
def test_a_gate_is_open_where_it_asks_for_more_than_was_agreed_to(
    before: str, now: str, event: str, is_open: bool
) -> None:
    agreement = Agreement().with_gates([GATES[before]], frozenset({"hi"}))
    kept = Agreement.model_validate_json(agreement.model_dump_json())
    found = open_gates([GATES[now]], frozenset({event}), consent=Consent(), agreement=kept)
    assert bool(found) == is_open


@pytest.mark.parametrize("gate", [name for name in GATES if name != "clear"])
@pytest.mark.parametrize(
    ("consent", "allows"),
    [
        pytest.param(Consent(), set(), id="nothing"),
        pytest.param(Consent(allow_workflows=True), {"workflows"}, id="workflows"),
        pytest.param(Consent(allow_resubscribe=True), {"resubscription"}, id="resubscription"),
    ],
)
def test_each_gate_has_its_own_word(gate: str, consent: Consent, allows: set[str]) -> None:
    found = open_gates([GATES[gate]], frozenset(), consent=consent, agreement=Agreement())
    assert bool(found) == (GATES[gate].name not in allows)


@pytest.mark.parametrize("gate", ["two fire", "unread", "unknowable", "somebody"])
def test_a_refusal_says_what_would_happen_and_both_ways_to_allow_it(gate: str) -> None:
    refusal = Refusal((GATES[gate],))
    word = "allow_workflows" if GATES[gate].name == "workflows" else "allow_resubscribe"
    told = [one.message for one in GATES[gate].consequences] or [GATES[gate].reason]
    assert [part for part in told if part not in str(refusal)] == []
    assert f"--{word.replace('_', '-')}" in str(refusal)
    assert f"consent=Consent({word}=True)" in str(refusal.error(None))


def test_a_refusal_names_a_few_and_counts_the_others() -> None:
    many = tuple(Consequence(f"c{n}", f"contact {n}") for n in range(1, 1_008))
    told = str(Refusal((GateQuestion("resubscription", "fires", consequences=many),)))
    assert "contact 1; contact 2; contact 3; contact 4; contact 5; and 1,002 more." in told
    assert "contact 6" not in told


def test_what_was_agreed_to_does_not_grow_with_every_night() -> None:
    agreement = Agreement()
    for _ in range(50):
        agreement = agreement.with_gates([GATES["one fires"]], frozenset({"hi"}))
    assert len(agreement.gates["workflows"]) == 1


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_person_is_asked_about_the_open_gates_alone_and_once(word: str, tmp_path: Path) -> None:
    def ask(_: plunk_import.Foresight, gates: tuple[GateQuestion, ...]) -> bool:
        asked.append([gate.name for gate in gates])
        return word == "yes"

    asked: list[list[str]] = []
    (tmp_path / "orders.csv").write_text(ROWS)
    with running(SandboxSettings()) as plunk:
        there = Connection(api_key=SecretStr(plunk.public_key), base_url=plunk.base_url)
        consent = Consent(allow_resubscribe=True, ask=ask)
        for _ in range(2):
            with contextlib.nullcontext() if word == "yes" else pytest.raises(ConsentError):
                plunk_import.import_file(
                    tmp_path / "orders.csv",
                    {"version": 1, "email": "email", "event": "event"},
                    directory=tmp_path / "run",
                    connection=there,
                    consent=consent,
                )
    assert asked == [["workflows"]] * (1 if word == "yes" else 2)


def test_a_sandbox_asks_nobody(tmp_path: Path) -> None:
    def ask(foresight: plunk_import.Foresight, gates: tuple[GateQuestion, ...]) -> bool:
        raise AssertionError(foresight, gates)

    (tmp_path / "orders.csv").write_text(ROWS)
    report = plunk_import.import_file(
        tmp_path / "orders.csv",
        {"version": 1, "email": "email", "event": "event"},
        directory=tmp_path / "run",
        sandbox=SandboxSettings(workflows=("visit",)),
        consent=Consent(ask=ask),
    )
    assert report.exit_code is ExitCode.DELIVERED


@pytest.mark.parametrize(("column", "code"), [("", 0), ("subscribed: {const: true}\n", 2)])
def test_a_workflow_on_changes_of_subscription_counts_where_the_file_may_cause_them(
    column: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING + column)
    settings = SandboxSettings(workflows=("contact.subscribed",))
    with running(settings) as plunk:
        assert run(plunk, tmp_path).returncode == code


OPT_IN = "version: 1\nemail: email\nevent: {const: imported}\n"
OPT_IN += "subscribed: {column: optin, true: [yes], false: [no]}\n"
FIRST = "email,optin\nada@example.com,yes\nbob@example.com,no\ncy@example.com,yes\n"
SECOND = "email,optin\nada@example.com,yes\nbob@example.com,yes\ncy@example.com,\n"


@pytest.mark.parametrize("profile", list(Profile), ids=str)
def test_nobody_who_unsubscribed_is_subscribed_again_without_the_word_for_it(
    profile: Profile, tmp_path: Path
) -> None:
    (tmp_path / "orders.yaml").write_text(OPT_IN)
    with running(SandboxSettings(profile=profile)) as plunk:
        (tmp_path / "orders.csv").write_text(FIRST)
        assert run(plunk, tmp_path, "-y").returncode == 0
        before = plunk.stored()
        (tmp_path / "orders.csv").write_text(SECOND)
        refused_run = run(plunk, tmp_path, directory="second")
        assert refused_run.returncode == 2
        assert "--allow-resubscribe" in refused_run.stdout
        assert "bob@example.com" not in refused_run.stdout
        assert plunk.stored() == before
        assert run(plunk, tmp_path, "--allow-workflows", directory="second").returncode == 2
        assert plunk.stored() == before
        allowed = run(plunk, tmp_path, "--allow-resubscribe", directory="second")
        assert allowed.returncode == 0, allowed.stdout
        assert plunk.stored().events > before.events
