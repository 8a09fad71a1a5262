from pathlib import Path

import pytest
from pydantic import TypeAdapter

from plunk_import.sandbox import (
    Filter,
    Logic,
    Operator,
    Project,
    SandboxSettings,
    SeededContact,
    Segment,
    Step,
    StepType,
    Workflow,
    read_project,
)

TEXT = """
contacts:
  - email: ada@example.com
    subscribed: false
    data: {plan: pro, seats: 3}
    waits_in: [Welcome]
workflows:
  - name: Welcome
    event: joined
    allow_reentry: true
    steps:
      - {type: WAIT_FOR_EVENT, config: {eventName: paid}}
      - {type: SEND_EMAIL, name: Thanks}
  - {name: Old, event: left, enabled: false}
segments:
  - name: Big spenders
    logic: OR
    filters:
      - {field: data.ltv, operator: greaterThan, value: 100}
      - {field: event.paid, operator: triggered}
  - name: Untracked
    tracks_membership: false
    filters: [{field: data.vip, operator: equals, value: true}]
"""
PROJECT = Project(
    contacts=(
        SeededContact(
            email="ada@example.com",
            subscribed=False,
            data={"plan": "pro", "seats": 3},
            waits_in=("Welcome",),
        ),
    ),
    workflows=(
        Workflow(
            name="Welcome",
            event="joined",
            allow_reentry=True,
            steps=(
                Step(type=StepType.WAIT_FOR_EVENT, config={"eventName": "paid"}),
                Step(type=StepType.SEND_EMAIL, name="Thanks"),
            ),
        ),
        Workflow(name="Old", event="left", enabled=False),
    ),
    segments=(
        Segment(
            name="Big spenders",
            logic=Logic.OR,
            filters=(
                Filter(field="data.ltv", operator=Operator.GREATER_THAN, value=100),
                Filter(field="event.paid", operator=Operator.TRIGGERED),
            ),
        ),
        Segment(
            name="Untracked",
            tracks_membership=False,
            filters=(Filter(field="data.vip", operator=Operator.EQUALS, value=True),),
        ),
    ),
)


def write(directory: Path, text: str) -> Path:
    path = directory / "project.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_project_is_read_as_it_is_written(tmp_path: Path) -> None:
    assert read_project(write(tmp_path, TEXT)) == PROJECT


def test_an_empty_file_is_an_empty_project(tmp_path: Path) -> None:
    assert read_project(write(tmp_path, "")) == Project()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{", ["project.yaml is not YAML"]),
        ("- 1", ["the file: "]),
        ("contact: []", ["contact: "]),
        (
            (
                "{workflows: [{name: W, event: e, enabeld: true}],"
                " contacts: [{subscribed: true}, {email: a@x.co, data: 1}]}"
            ),
            ["workflows.0.enabeld: ", "contacts.0.email: ", "contacts.1.data: "],
        ),
        ("workflows: [{name: W, event: e, steps: [{type: WAIT_FOR_EVENT}]}]", ["eventName"]),
        ("segments: [{name: S, filters: []}]", ["segments.0: a segment needs at least one filter"]),
        (
            "segments: [{name: S, filters: [{field: event.e, operator: within, value: 1}]}]",
            ["segments.0.filters.0.operator: "],
        ),
        ("contacts: [{email: a@x.co, waits_in: [W]}]", ["a@x.co waits in W"]),
    ],
)
def test_all_that_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, problems: list[str]
) -> None:
    with pytest.raises(ValueError, match="project") as caught:
        read_project(write(tmp_path, text))
    assert [problem for problem in problems if problem not in str(caught.value)] == []


def test_settings_with_a_project_come_back_from_json_as_they_were() -> None:
    settings = SandboxSettings(project=PROJECT, key_lifetime_seconds=60, clock_offset_seconds=-5)
    kind = TypeAdapter(SandboxSettings)
    assert kind.validate_json(kind.dump_json(settings)) == settings
