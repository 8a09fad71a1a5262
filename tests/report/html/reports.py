"""Reports to be shown as pages: one of each command, and one full of what could hurt."""

from datetime import UTC, datetime, timedelta
from typing import Any

from plunk_import.errors import ExitCode
from plunk_import.plan.model import (
    Check,
    Counted,
    Estimate,
    Example,
    FieldProfile,
    Rejects,
    Warnings,
)
from plunk_import.report.model import Books, Doubt, Interval, Latency, Pace, Pause, Report
from plunk_import.validate import REGISTRY

BEGIN = datetime(2026, 5, 4, 21, 58, 7, tzinfo=UTC)
HOSTILE = """<script>alert("x")</script>{{ 7919 * 7919 }}{% raw %}</style></svg><!--"'>&amp;"""


def a_validation() -> Report:
    return Report(
        command="validate",
        exit_code=ExitCode.INCOMPLETE,
        verdict="38 of 12,040 rows would be rejected.",
        books=Books(read=12_412, filtered=372, rejected=38, pending=12_002),
        rejects=_rejects(),
        events={"order.paid": 9_120, "order.refunded": 410, "order.placed": 2_472},
        contacts=5_310,
        first_bodies=(
            '{"email":"ada@example.com","event":"order.paid","data":{"lifetime_value":129.5}}',
            '{"email":"grace@example.org","event":"order.placed","data":{"first_name":"Grace"}}',
        ),
        busiest=(
            Counted(value="buying@example.net", count=211),
            Counted(value="ada@example.com", count=64),
            Counted(value="o'hara@example.com", count=17),
        ),
        warnings={
            "no_historical_date": Warnings(
                meaning="No variable keeps the date of the event: Plunk stamps its arrival.",
                remedy="Add one, such as `occurred_at: {column: created_at, type: datetime}`.",
            ),
            "typo_domain": Warnings(
                count=6,
                meaning="The domain looks like a misspelt one of a large provider.",
                remedy="Correct it, or leave it if it is meant.",
                examples=(_example(88, "email", "kim@gmial.com: gmail.com?"),),
            ),
        },
        fields=_fields(),
        estimate=Estimate(
            per_second=16.7, duration_seconds=718.7, ends=BEGIN + timedelta(minutes=12)
        ),
        settings={},
        **_circumstances(3.2),
    )


def a_check() -> Report:
    return a_validation().model_copy(
        update={
            "command": "check",
            "server": "https://plunk.example.com",
            "checks": (
                Check(name="Connection", state="ok", message="answers in 48 ms."),
                Check(
                    name="Workflows",
                    state="wrong",
                    message="2 enabled workflows would fire, for up to 5,310 contacts.",
                    remedy="Disable them for the import, or allow them: --allow-workflows.",
                    details=("Thank you (order.paid): 4,800 contacts, no re-entry", "Win back"),
                ),
                Check(
                    name="Subscriptions",
                    state="unknown",
                    message="needs the secret key.",
                    remedy="Set PLUNK_SECRET_KEY.",
                ),
            ),
        }
    )


def a_run() -> Report:
    return Report(
        command="run",
        exit_code=ExitCode.INCOMPLETE,
        verdict="11,871 of 12,040 rows delivered, 38 rejected, 7 in doubt.",
        books=Books(
            read=12_412, filtered=372, rejected=38, skipped=124, delivered=11_871, in_doubt=7
        ),
        rejects=_rejects(),
        events={"order.paid": 9_120, "order.refunded": 410, "order.placed": 2_472},
        contacts=5_310,
        fields=_fields(),
        busiest=(Counted(value="buying@example.net", count=211),),
        pace=a_pace(),
        doubts=(
            Doubt(file="orders.csv", row=4_019, reason="no answer within 60 s", request_id=None),
            Doubt(
                file="orders.csv",
                row=4_022,
                reason="502 from a proxy",
                request_id="0190b2c4-6c1e-7d41-9a55-0d7a1f6f8f10",
            ),
        ),
        order_may_differ=("buying@example.net",),
        notes=("The server ignores keys: what is in doubt stays so until it is resolved.",),
        server="https://plunk.example.com",
        takes_keys=False,
        settings={"rate": "auto", "max_in_flight": 10, "headroom": 0.1, "until": None},
        first_delivery=BEGIN,
        last_delivery=BEGIN + timedelta(minutes=12),
        **_circumstances(745),
    )


def a_pace() -> Pace:
    intervals = []
    for index in range(144):
        paused = 60 <= index < 75
        limited = 4 if index in {20, 21, 96} else 0
        delivered = 0 if paused else 88 + (index * 37) % 19 - limited * 6
        intervals.append(
            Interval(
                start=BEGIN + timedelta(seconds=5 * index),
                delivered=delivered,
                rate_limited=limited,
                in_doubt=7 if index == 59 else 0,
            )
        )
    return Pace(
        interval_seconds=5,
        intervals=tuple(interval for interval in intervals if interval.delivered),
        pauses=(
            Pause(
                began=BEGIN + timedelta(seconds=301),
                ended=BEGIN + timedelta(seconds=374),
                reason="The server stayed away: connection refused.",
            ),
            Pause(
                began=BEGIN + timedelta(seconds=480),
                ended=BEGIN + timedelta(seconds=483),
                reason="429: asked to wait 3 s.",
            ),
        ),
        latency=Latency(p50_ms=74.8, p90_ms=131.2, p99_ms=402.9),
        requests=11_934,
        allowed_per_second=20,
    )


def a_small_run() -> Report:
    return Report(
        command="run",
        exit_code=ExitCode.DELIVERED,
        verdict="All 2 rows ended well: 2 delivered, 0 skipped.",
        books=Books(read=2, delivered=2),
        rejects={},
        events={"signed_up": 2},
        contacts=2,
        pace=Pace(interval_seconds=1, intervals=(Interval(start=BEGIN, delivered=2),), requests=2),
        settings={},
        **_circumstances(1),
    )


def an_empty_report() -> Report:
    return Report(
        command="validate",
        exit_code=ExitCode.DELIVERED,
        verdict="All 0 rows are valid.",
        books=Books(read=0),
        rejects={},
        events={},
        contacts=0,
        settings={},
        **_circumstances(0),
    )


def a_report_saying(text: str) -> Report:
    """Every place that can hold text of the input or of a server holds `text`."""
    example = Example(file=text, row=1, field=text, message=text)
    counted = (Counted(value=text, count=1),)
    return a_run().model_copy(
        update={
            "verdict": text,
            "reason": text,
            "rejects": {text: Rejects(count=1, meaning=text, remedy=text, examples=(example,))},
            "warnings": {text: Warnings(count=1, meaning=text, remedy=text, examples=(example,))},
            "events": {text: 3, f"{text}!": 2},
            "first_bodies": (text,),
            "busiest": counted,
            "checks": (
                Check(name=text, state="wrong", message=text, remedy=text, details=(text,)),
            ),
            "fields": (
                FieldProfile(
                    name=text,
                    persistent=True,
                    types={text: 1},
                    rows=1,
                    filled=1,
                    top_values=counted,
                ),
            ),
            "doubts": (Doubt(file=text, row=1, reason=text, request_id=text),),
            "order_may_differ": (text,),
            "notes": (text,),
            "pace": a_pace().model_copy(
                update={"pauses": (Pause(began=BEGIN, ended=BEGIN, reason=text),)}
            ),
            "files": (text,),
            "mapping": text,
            "directory": text,
            "server": text,
            "settings": {text: text, "list": [text], "nested": {text: text}},
        }
    )


def a_large_report() -> Report:
    """Far more of everything than a page can show."""
    many = range(5_000)
    return a_run().model_copy(
        update={
            "events": {f"event.{index}": index + 1 for index in many},
            "busiest": tuple(Counted(value=f"c{index}@x.co", count=9) for index in many),
            "rejects": {f"code_{index}": _rejects()["invalid_email"] for index in many},
            "fields": _fields() * 1_000,
            "doubts": a_run().doubts * 1_000,
            "first_bodies": ("x" * 1_000_000,) * 30,
        }
    )


def _rejects() -> dict[str, Rejects]:
    return {
        "invalid_email": _rejected(
            "invalid_email",
            29,
            _example(17, "email", "email: 'jo@@example.com' is not an address Plunk takes"),
            _example(231, "email", "'mail@exämple.com' is not an address Plunk takes"),
        ),
        "invalid_number": _rejected(
            "invalid_number", 9, _example(1_904, "data.ltv", "'12,50 €' is not a number")
        ),
    }


def _rejected(code: str, count: int, *examples: Example) -> Rejects:
    known = REGISTRY[code]
    return Rejects(count=count, meaning=known.meaning, remedy=known.remedy, examples=examples)


def _example(row: int, field: str, message: str) -> Example:
    return Example(file="orders.csv", row=row, field=field, message=message)


def _fields() -> tuple[FieldProfile, ...]:
    rows = 12_002
    return (
        FieldProfile(
            name="first_name",
            persistent=True,
            types={"string": 11_204},
            rows=rows,
            filled=11_204,
            distinct=2_310,
            top_values=(Counted(value="Anna", count=204), Counted(value="Jan", count=171)),
        ),
        FieldProfile(
            name="lifetime_value",
            persistent=True,
            types={"number": 11_900, "string": 102},
            rows=rows,
            filled=rows,
            distinct=8_001,
            top_values=(Counted(value="0", count=1_310), Counted(value="19.9", count=77)),
        ),
        FieldProfile(
            name="occurred_at",
            persistent=False,
            types={"date": rows},
            rows=rows,
            filled=rows,
            distinct=11_870,
            top_values=(Counted(value="2026-04-30T22:00:00.000Z", count=3),),
        ),
        FieldProfile(name="nickname", persistent=True, rows=rows, filled=0),
    )


def _circumstances(seconds: float) -> dict[str, Any]:
    return {
        "started": BEGIN,
        "finished": BEGIN + timedelta(seconds=seconds),
        "files": ("orders.csv",),
        "fingerprint": "5f1d" * 16,
        "mapping": "orders.yaml",
        "mapping_sha256": "9a0c" * 16,
        "directory": "runs/orders",
        "versions": {"plunk-import": "0.1.0", "polars": "2.1.0", "python": "3.11.9"},
    }
