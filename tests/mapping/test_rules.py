from pathlib import Path

import pytest

from tests.mapping_files import HEAD, load, problems_in


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "email",
        "plunk_id",
        "plunk_email",
        "unsubscribeUrl",
        "subscribeUrl",
        "manageUrl",
        "createdAt",
        "updatedAt",
        "subscribed",
        "__proto__",
    ],
)
def test_names_that_plunk_keeps_are_refused_with_another(name: str, tmp_path: Path) -> None:
    (problem,) = problems_in(f"{HEAD}data:\n  {name}: Column\n", tmp_path)
    assert problem.startswith(f"orders.yaml:5: data.{name}: Plunk ")
    assert "choose another name, such as `" in problem


@pytest.mark.parametrize(
    ("event", "reserved"),
    [
        ("email.sent", True),
        ("email.", True),
        ("contact.subscribed", True),
        ("contact.unsubscribed", True),
        ("segment.entry", True),
        ("segment..exit", True),
        ("segment.vip.entry", True),
        ("email", False),
        ("Email.sent", False),
        ("contact.created", False),
        ("segment.vip.entryway", False),
        ("segments.vip.entry", False),
    ],
)
def test_event_constants_follow_plunks_reserved_names(
    event: str, reserved: bool, tmp_path: Path
) -> None:
    text = f"version: 1\nemail: e\nevent: {{const: {event}}}\n"
    if not reserved:
        assert load(text, tmp_path).event.const == event
        return
    (problem,) = problems_in(text, tmp_path)
    assert problem.startswith("orders.yaml:3: event.const: Plunk keeps such event names")
