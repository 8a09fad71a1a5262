from plunk_import.send.delivery import Delivery
from plunk_import.send.event import Event


def test_a_key_that_the_server_has_burned_gets_another_suffix_each_time() -> None:
    delivery = Delivery(Event(1, "ada", "k1", "{}", "k1"))
    keys = []
    for delivery.burned_keys in range(3):
        keys.append(delivery.key)
    assert keys == ["k1", "k1.1", "k1.2"]


def test_a_row_asked_again_goes_under_the_key_of_its_last_request() -> None:
    assert Delivery(Event(1, "ada", "k1", "{}", "k1.1")).key == "k1.1"
