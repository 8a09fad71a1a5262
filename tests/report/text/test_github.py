import datetime
from typing import Any

from plunk_import.errors import ExitCode
from plunk_import.plan import Example, Rejects, WarningCode
from plunk_import.report import Books, Report, annotations

NOW = datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC)


def report(**parts: object) -> Report:
    circumstances: dict[str, Any] = {
        "command": "validate",
        "exit_code": ExitCode.INCOMPLETE,
        "verdict": "v",
        "books": Books(read=1, rejected=1),
        "rejects": {},
        "events": {},
        "contacts": 0,
        "started": NOW,
        "finished": NOW,
        "files": ("a.csv",),
        "fingerprint": "f",
        "mapping": "a.yaml",
        "mapping_sha256": "s",
        "directory": None,
        "settings": {},
        "versions": {},
    }
    return Report(**circumstances | parts)


def rejected(
    *examples: Example, meaning: str = "Bad.", remedy: str = "Mend it."
) -> dict[str, Rejects]:
    found = Rejects(count=1_234, meaning=meaning, remedy=remedy, examples=examples)
    return {"invalid_email": found}


def test_a_reject_marks_its_line() -> None:
    said = "email: 'x' is no address"
    example = Example(file="in/a.csv", row=3, line=4, field="email", message=said)

    (command,) = annotations(report(rejects=rejected(example)))

    assert command == (
        "::error file=in/a.csv,line=4,title=invalid_email (1%2C234 rows)"
        "::row 3, line 4: email: 'x' is no address%0ABad. Mend it."
    )


def test_without_a_known_line_the_file_is_marked() -> None:
    example = Example(file="a.csv", row=3, field="email", message="m")

    (command,) = annotations(report(rejects=rejected(example)))

    assert command.startswith("::error file=a.csv,title=")
    assert "::row 3: email: m%0A" in command


def test_what_would_end_a_command_or_begin_another_is_escaped() -> None:
    example = Example(file="C:a,b%.csv", row=1, field="", message="50%\r\n::error::x")

    (command,) = annotations(report(rejects=rejected(example)))

    assert "\n" not in command
    assert command.startswith("::error file=C%3Aa%2Cb%25.csv,title=")
    assert "::row 1: 50%25\\u000d%0A::error::x%0A" in command


def test_warnings_come_after_errors_and_those_of_no_row_mark_the_mapping() -> None:
    example = Example(file="", row=0, field="event", message="'A' beside 'a'")
    warnings = {
        "similar_events": WarningCode.SIMILAR_EVENTS.found(2, (example,)),
        "no_date": WarningCode.NO_DATE.found(),
    }
    rejects = rejected(Example(file="a.csv", row=1, field="email", message="m"))

    commands = list(annotations(report(rejects=rejects, warnings=warnings)))

    assert [command.split(" ")[0] for command in commands] == ["::error", "::warning", "::warning"]
    assert commands[1].startswith("::warning file=a.yaml,title=similar_events (2 rows)::event: 'A'")
    assert commands[2].startswith("::warning file=a.yaml,title=no_date::No variable keeps")


def test_a_clean_report_marks_nothing() -> None:
    assert list(annotations(report())) == []
