"""A run that goes on: whom it has unsubscribed itself, and who has done so in Plunk meanwhile."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import (
    Connection,
    Consent,
    ConsentError,
    ExitCode,
    Report,
    SendSettings,
    import_file,
    resume,
)
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, Store, parse_fault, running

ADA = "ada@example.com"
MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "imported"},
    "id": ["n"],
    "subscribed": {"column": "optin", "true": ["yes"], "false": ["no"]},
}
AT_ONCE = SendSettings(rate="unlimited", settle_seconds=0.0, rest_seconds=0.0, attempts=1)


def connection_to(plunk: Sandbox, *, reads: bool = True) -> Connection:
    return Connection(
        api_key=SecretStr(plunk.public_key),
        secret_key=SecretStr(plunk.secret_key) if reads else None,
        base_url=plunk.base_url,
    )


def write_rows(place: Path, *optins: str, start: int = 1) -> None:
    rows = [f"{ADA},{n},{optin}\n" for n, optin in enumerate(optins, start)]
    (place / "rows.csv").write_text("email,n,optin\n" + "".join(rows))


def send(
    plunk: Sandbox,
    place: Path,
    *,
    rows: int | None = None,
    consent: Consent | None = None,
    reads: bool = True,
    directory: str = "run",
    history: Path | None = None,
) -> Report:
    return import_file(
        place / "rows.csv",
        MAPPING,
        directory=place / directory,
        connection=connection_to(plunk, reads=reads),
        settings=AT_ONCE.model_copy(update={"limit": rows}),
        consent=consent,
        history=history,
    )


def go_on(plunk: Sandbox, place: Path) -> Report:
    return resume(place / "run", connection=connection_to(plunk))


def set_subscribed(store: Store, *, subscribed: bool) -> None:
    """Change a contact's subscription as its own unsubscribe page, or an operator, does."""
    found = store.find_contact(ADA)
    assert found is not None
    store.update_contact(found.id, found.data, subscribed=subscribed)
    name = "contact.subscribed" if subscribed else "contact.unsubscribed"
    store.add_event(found.id, name, request=0)


def leave(store: Store) -> None:
    set_subscribed(store, subscribed=False)


def join_and_leave(store: Store) -> None:
    set_subscribed(store, subscribed=True)
    leave(store)


def nothing(store: Store) -> None:
    pass


def is_subscribed(plunk: Sandbox) -> bool:
    with plunk.open_store() as store:
        found = store.find_contact(ADA)
    assert found is not None
    return found.subscribed


@pytest.fixture(params=list(Profile), ids=str)
def plunk(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(SandboxSettings(profile=request.param)) as server:
        yield server


@pytest.mark.parametrize("is_known", [False, True], ids=["created", "known and subscribed"])
def test_whom_the_run_itself_unsubscribed_its_later_rows_subscribe(
    plunk: Sandbox, tmp_path: Path, *, is_known: bool
) -> None:
    write_rows(tmp_path, "no", "", "yes")
    if is_known:
        with plunk.open_store() as store:
            store.create_contact(ADA, None, subscribed=True)
    send(plunk, tmp_path, rows=2)
    assert not is_subscribed(plunk)
    assert go_on(plunk, tmp_path).exit_code is ExitCode.DELIVERED
    assert is_subscribed(plunk)


@pytest.mark.parametrize(
    ("optins", "meanwhile"),
    [
        pytest.param(("yes", "yes"), leave, id="subscribed by the run, left since"),
        pytest.param(("", "yes"), leave, id="left since"),
        pytest.param(("no", "yes"), join_and_leave, id="unsubscribed by the run, back, left"),
    ],
)
def test_who_has_unsubscribed_since_is_not_subscribed_by_the_rows_that_are_left(
    plunk: Sandbox, tmp_path: Path, optins: tuple[str, ...], meanwhile: Callable[[Store], None]
) -> None:
    write_rows(tmp_path, *optins)
    send(plunk, tmp_path, rows=1)
    with plunk.open_store() as store:
        meanwhile(store)
    with pytest.raises(ConsentError, match=r"a•••@example\.com is unsubscribed"):
        go_on(plunk, tmp_path)
    assert not is_subscribed(plunk)


@pytest.mark.parametrize("meanwhile", [nothing, leave], ids=["stayed", "left again"])
def test_a_yes_is_good_for_the_unsubscription_that_it_was_given_for(
    plunk: Sandbox, tmp_path: Path, meanwhile: Callable[[Store], None]
) -> None:
    write_rows(tmp_path, "yes", "yes")
    with plunk.open_store() as store:
        store.create_contact(ADA, None, subscribed=False)
    send(plunk, tmp_path, rows=1, consent=Consent(allow_resubscribe=True))
    with plunk.open_store() as store:
        meanwhile(store)
    stayed = meanwhile is nothing
    with contextlib.nullcontext() if stayed else pytest.raises(ConsentError):
        go_on(plunk, tmp_path)
    assert is_subscribed(plunk) is stayed


@pytest.mark.parametrize(
    ("next_rows", "is_refused"), [((), False), (("yes",), True)], ids=["only known rows", "a new"]
)
def test_rows_that_the_history_knows_subscribe_nobody_and_no_yes_outlives_its_night(
    plunk: Sandbox, tmp_path: Path, next_rows: tuple[str, ...], *, is_refused: bool
) -> None:
    history = tmp_path / "history.sqlite"
    write_rows(tmp_path, "yes")
    with plunk.open_store() as store:
        store.create_contact(ADA, None, subscribed=False)
    send(plunk, tmp_path, consent=Consent(allow_resubscribe=True), history=history)
    with plunk.open_store() as store:
        leave(store)
    write_rows(tmp_path, "yes", *next_rows)
    with pytest.raises(ConsentError) if is_refused else contextlib.nullcontext():
        send(plunk, tmp_path, directory="next", history=history)
    assert not is_subscribed(plunk)


def test_a_row_in_doubt_that_is_stored_is_the_run_s_own_doing_too(tmp_path: Path) -> None:
    # A probe comes before the row, whose reply is lost; without the secret key it stays in doubt.
    settings = SandboxSettings(profile=Profile.SPRING, faults=(parse_fault("store-then-drop:@2"),))
    write_rows(tmp_path, "no", "yes")
    with running(settings) as plunk:
        may_all = Consent(allow_workflows=True, allow_resubscribe=True)
        report = send(plunk, tmp_path, rows=1, consent=may_all, reads=False)
        assert report.books.in_doubt == 1
        assert go_on(plunk, tmp_path).exit_code is ExitCode.DELIVERED
        assert is_subscribed(plunk)
