from collections import defaultdict

from hypothesis import given, strategies as st

from plunk_import.send import EarlierTry, Event
from plunk_import.send.queues import ContactQueues


def event(ordinal: int, contact: str = "ada@example.com") -> Event:
    return Event(ordinal, contact, f"key-{ordinal}", "{}", "hi")


def test_a_contact_has_one_event_on_its_way() -> None:
    queues = ContactQueues(most_in_memory=2)
    queues.add(event(1))
    queues.add(event(2))
    assert queues.take() == event(1)
    assert queues.take() is None


def test_other_contacts_go_meanwhile() -> None:
    queues = ContactQueues(most_in_memory=2)
    for each in (event(1), event(2), event(3, "bob@example.com")):
        queues.add(each)
    assert [queues.take(), queues.take()] == [event(1), event(3, "bob@example.com")]


def test_a_released_contact_goes_on_with_its_next_event_at_once() -> None:
    queues = ContactQueues(most_in_memory=2)
    for each in (event(1), event(2), event(3, "bob@example.com")):
        queues.add(each)
    queues.take()
    queues.release(event(1))
    assert queues.take() == event(2)


def test_size_counts_what_is_waiting_and_what_is_on_its_way() -> None:
    queues = ContactQueues(most_in_memory=2)
    queues.add(event(1))
    queues.add(event(2))
    queues.take()
    assert len(queues) == 2
    queues.release(event(1))
    assert len(queues) == 1


@given(
    contacts=st.lists(st.sampled_from("abcd"), max_size=60),
    choices=st.lists(st.integers(0, 1_000), max_size=300),
    most_in_memory=st.integers(1, 20),
)
def test_every_event_leaves_once_in_file_order_of_its_contact(
    contacts: list[str], choices: list[int], most_in_memory: int
) -> None:
    queues = ContactQueues(most_in_memory=most_in_memory)
    flying, left = list[Event](), defaultdict[str, list[int]](list)
    arriving = [event(number, contact) for number, contact in enumerate(contacts)]
    picks = iter(choices)
    while arriving or len(queues):
        step = next(picks, 0) % 3
        if arriving and step == 0:
            queues.add(arriving.pop(0))
        elif (taken := queues.take()) is not None:
            assert taken.contact not in {other.contact for other in flying}
            flying.append(taken)
        elif flying:
            done = flying.pop(next(picks, 0) % len(flying))
            left[done.contact].append(done.ordinal)
            queues.release(done)
        elif arriving:
            queues.add(arriving.pop(0))
    for contact, ordinals in left.items():
        assert ordinals == [n for n, other in enumerate(contacts) if other == contact]
    assert sum(map(len, left.values())) == len(contacts)


def test_rows_beyond_the_bound_of_a_contact_come_back_from_disk_as_they_were() -> None:
    queues = ContactQueues(most_in_memory=2)
    tried = EarlierTry("key-6.1", True, 1, "no reply", 0.0, 9.0)
    events = [event(number) for number in range(1, 6)] + [
        Event(6, "ada@example.com", "key-6", '{"email":"ada@example.com"}', "hi", tried)
    ]
    for each in events:
        queues.add(each)
    assert (len(queues), queues.on_disk) == (3, 3)
    left = []
    while (taken := queues.take()) is not None:
        left.append(taken)
        queues.release(taken)
    assert left == events
    assert (len(queues), queues.on_disk) == (0, 0)
    queues.close()


def test_rows_leave_in_file_order_whether_they_waited_for_their_contact_or_not() -> None:
    queues = ContactQueues(most_in_memory=2)
    for number, contact in enumerate(("ada", "bob", "cy", "bob", "dee", "ada"), start=1):
        queues.add(event(number, contact))
    left = []
    for _ in range(2):
        pair = [queues.take(), queues.take()]
        for taken in pair:
            assert taken is not None
            queues.release(taken)
        left += pair
    last = [queues.take(), queues.take()]
    assert [each.ordinal for each in left + last if each] == [1, 2, 3, 4, 5, 6]
