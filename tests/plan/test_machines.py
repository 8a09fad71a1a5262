"""The model of an import over many machines: each bound, and what is needed."""

import math

import pytest

from plunk_import.plan import FIGURES, Demand, Workload, demand_of

MILLION = Workload(rows=1_000_000, sent=1_000_000)
CHECK, PASS_BY, SEND, MERGE = (
    FIGURES[name].value * 1e-6 for name in ("check", "pass-by", "send", "merge")
)


def demand(
    machines: int = 1,
    rate: float | None = 100.0,
    *,
    sent: int = MILLION.sent,
    busiest: int = 1,
    has_id: bool = False,
) -> Demand:
    load = Workload(rows=MILLION.rows, sent=sent, busiest=busiest, has_id=has_id)
    return demand_of(load, machines, rate)


def test_the_pace_asked_for_sets_the_time() -> None:
    found = demand(machines=4)
    assert found.send_seconds == 10_000
    assert found.per_second == 100
    assert found.bound_by == "the pace asked for"


@pytest.mark.parametrize("machines", [1, 2, 8])
def test_senders_that_go_as_fast_as_they_can_are_bound_by_their_cpu(machines: int) -> None:
    found = demand(machines, rate=None)
    own, others = 1_000_000 / machines, 1_000_000 - 1_000_000 / machines
    assert found.bound_by == "the senders' CPU"
    assert found.send_seconds == pytest.approx(
        own * (SEND - CHECK) + others * (PASS_BY - CHECK), rel=1e-9
    )


def test_one_contact_s_rows_bound_the_time_whatever_the_machines() -> None:
    found = demand(machines=100, rate=10_000.0, busiest=50_000)
    assert found.send_seconds == 50_000 * FIGURES["reply"].value / 1000
    assert "one contact's rows" in found.bound_by


def test_every_sender_checks_all_rows() -> None:
    assert demand(1).check_seconds == demand(50).check_seconds == pytest.approx(1_000_000 * CHECK)


def test_only_shards_are_merged() -> None:
    assert demand(1).merge_seconds == demand(1).merge_disk_bytes == 0
    assert demand(2).merge_seconds == pytest.approx(1_000_000 * MERGE)
    found = demand(2)
    assert found.merge_disk_bytes == 2 * found.disk_bytes
    assert found.seconds == found.check_seconds + found.send_seconds + found.merge_seconds


@pytest.mark.parametrize("rate", [500.0, 5_000.0, 30_000.0], ids="{:g}/s".format)
def test_the_senders_needed_are_the_fewest_that_reach_the_pace(rate: float) -> None:
    needed = demand(rate=rate).senders_needed
    assert needed is not None
    assert demand(needed, rate).per_second == pytest.approx(rate)
    assert needed == 1 or demand(needed - 1, rate).per_second < rate


def test_no_number_of_senders_reads_past_the_pace_at_which_each_reads_all_rows() -> None:
    beyond = 1.01 / (PASS_BY - CHECK)
    assert demand(rate=beyond).senders_needed is None
    assert demand(10_000, beyond).per_second < beyond


def test_plunk_takes_the_pace_that_is_reached_not_the_one_asked_for() -> None:
    found = demand(machines=1, rate=1e6)
    assert found.per_second < 1e6
    assert found.servers_needed == math.ceil(found.per_second / FIGURES["server"].value)


def test_requests_in_flight_are_those_of_one_sender() -> None:
    reply_seconds = FIGURES["reply"].value / 1000
    assert demand(machines=4, rate=4_000.0).in_flight == math.ceil(1_000 * reply_seconds)


def test_an_id_takes_memory_for_every_row_of_the_files_in_every_sender() -> None:
    more = demand(10, has_id=True).memory_bytes - demand(10).memory_bytes
    assert more == pytest.approx(1_000_000 * FIGURES["id-memory"].value)


def test_rows_that_are_not_sent_take_no_disk() -> None:
    assert demand(sent=500_000).disk_bytes == demand().disk_bytes / 2


@pytest.mark.parametrize(("rate", "outlives"), [(10.0, True), (100.0, False)])
def test_an_import_that_outlives_keys_is_known(rate: float, outlives: bool) -> None:
    assert demand(rate=rate).outlives_keys is outlives


def test_nothing_to_send_takes_no_time() -> None:
    found = demand_of(Workload(rows=0, sent=0, busiest=0), 3, None)
    assert (found.seconds, found.per_second, found.servers_needed) == (0, 0, 0)
