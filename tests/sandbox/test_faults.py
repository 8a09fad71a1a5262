import pytest

from plunk_import.sandbox import DESCRIPTIONS, Fault, FaultKind, FaultPlan, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("store-then-drop:0.02", Fault(kind=FaultKind.STORE_THEN_DROP, rate=0.02)),
        ("late=3s:5%", Fault(kind=FaultKind.LATE, seconds=3, rate=0.05)),
        ("slow=250ms:1", Fault(kind=FaultKind.SLOW, seconds=0.25, rate=1)),
        ("hang=2m:.5", Fault(kind=FaultKind.HANG, seconds=120, rate=0.5)),
        ("freeze=2h:@1", Fault(kind=FaultKind.FREEZE, seconds=7200, requests=frozenset({1}))),
        ("freeze:@1", Fault(kind=FaultKind.FREEZE, seconds=66, requests=frozenset({1}))),
        ("refuse:@3", Fault(kind=FaultKind.REFUSE, seconds=5, requests=frozenset({3}))),
        ("drop:@17,@42", Fault(kind=FaultKind.DROP, requests=frozenset({17, 42}))),
        ("502:Ada@x.co", Fault(kind=FaultKind.BAD_GATEWAY, emails=frozenset({"ada@x.co"}))),
        (
            "500:@1, 2%, a@x.co",
            Fault(
                kind=FaultKind.SERVER_ERROR,
                rate=0.02,
                requests=frozenset({1}),
                emails=frozenset({"a@x.co"}),
            ),
        ),
    ],
)
def test_faults_are_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drop", "write KIND"),
        ("", "write KIND"),
        ("explode:0.1", "no fault 'explode'; there are: late, "),
        ("drop=3s:0.1", "takes no duration: write drop:0.1"),
        ("late=3:0.1", "write KIND"),
        ("late=1.2.3s:0.1", "write KIND"),
        ("drop:1.5", "at most 1"),
        ("drop:@0", "write KIND"),
        ("drop:often", "write KIND"),
        ("drop:0.1,", "write KIND"),
    ],
)
def test_what_is_no_fault_is_explained(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_fault(text)


def test_every_kind_is_described() -> None:
    assert set(DESCRIPTIONS) == set(FaultKind)


def strikes(plan: FaultPlan, count: int) -> list[int]:
    return [n for n in range(1, count + 1) if plan.strike(number=n, email="a@x.co")]


def test_rate_decides_how_many_are_struck_and_the_seed_which() -> None:
    faults = [parse_fault("drop:0.1")]
    first, again, other = (strikes(FaultPlan(faults, seed), 5000) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert 400 < len(first) < 600


def test_requests_and_addresses_are_struck_by_name() -> None:
    plan = FaultPlan([parse_fault("drop:@2"), parse_fault("late:b@x.co")], seed=0)
    kinds = [
        fault and fault.kind
        for fault in (
            plan.strike(number=1, email="a@x.co"),
            plan.strike(number=2, email="a@x.co"),
            plan.strike(number=3, email=" B@X.co "),
            plan.strike(number=2, email="b@x.co"),
        )
    ]
    assert kinds == [None, FaultKind.DROP, FaultKind.LATE, FaultKind.DROP]
