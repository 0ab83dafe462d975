# Part of Integration Hub. License LGPL-3.0 or later.
"""Public keys by address: fetched when needed, and never more than once a minute."""

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConnectionFailed, SignatureRefused, TransportError
from integration_hub_connectors.signatures import KeySet, get
from test_signature_jwt import EC, OTHER_EC, delivered, jwk, jwks, made, pem

ES = get("jwt", {"algorithms": ["ES256"]})
OLD, NEW = jwk(OTHER_EC, kid="old"), jwk(EC, kid="new")


class Address:
    """What a sender's JWKS address answers, and how often it was asked."""

    def __init__(self, *keys):
        self.keys, self.asked, self.down = list(keys), 0, False

    def fetch(self):
        self.asked += 1
        if self.down:
            raise ConnectionFailed("down")
        return jwks(*self.keys)


@pytest.fixture
def clock():
    return ManualClock()


def token(key, kid, clock):
    return delivered(made({"iat": clock.now()}, pem(key), "ES256", kid=kid))


def test_keys_are_fetched_once_and_believed_for_an_hour(clock):
    address = Address(NEW)
    keys = KeySet(address.fetch, clock)
    assert address.asked == 0
    for seconds in (0, 3600):
        clock.advance(seconds)
        keys.verify(ES, token(EC, "new", clock))
        assert address.asked == 1
    clock.advance(0.5)
    keys.verify(ES, token(EC, "new", clock))
    assert address.asked == 2


def test_new_key_is_found_at_once_when_the_last_fetch_is_a_minute_ago(clock):
    address = Address(OLD)
    keys = KeySet(address.fetch, clock)
    keys.verify(ES, token(OTHER_EC, "old", clock))
    address.keys.append(NEW)
    clock.advance(59.5)
    with pytest.raises(SignatureRefused) as caught:
        keys.verify(ES, token(EC, "new", clock))
    assert (caught.value.code, address.asked) == ("unknown-key", 1)
    clock.advance(0.5)
    keys.verify(ES, token(EC, "new", clock))
    assert address.asked == 2


def test_invented_key_ids_cause_one_fetch_a_minute(clock):
    address = Address(NEW)
    keys = KeySet(address.fetch, clock)
    for number in range(240):  # a second apart
        with pytest.raises(SignatureRefused):
            keys.verify(ES, token(EC, f"invented-{number}", clock))
        clock.advance(1)
    assert address.asked == 4


def test_other_refusals_fetch_nothing(clock):
    address = Address(NEW)
    keys = KeySet(address.fetch, clock)
    keys.document()
    clock.advance(100)
    with pytest.raises(SignatureRefused) as caught:
        keys.verify(ES, token(OTHER_EC, "new", clock))
    assert (caught.value.code, address.asked) == ("mismatch", 1)


def test_failed_fetch_comes_out_and_is_not_repeated_for_a_minute(clock):
    address = Address(NEW)
    address.down = True
    keys = KeySet(address.fetch, clock)
    with pytest.raises(ConnectionFailed):
        keys.document()
    clock.advance(20)
    with pytest.raises(TransportError) as caught:
        keys.document()
    assert (caught.value.code, caught.value.retry_after, address.asked) == ("no-key-set", 40, 1)
    assert caught.value.message == "The sender's keys could not be fetched a moment ago"
    clock.advance(39.5)
    with pytest.raises(TransportError) as caught:
        keys.document()
    assert (caught.value.code, caught.value.retry_after, address.asked) == ("no-key-set", 0.5, 1)
    address.down = False
    clock.advance(0.5)
    keys.verify(ES, token(EC, "new", clock))
    assert address.asked == 2


def test_known_keys_serve_on_while_the_address_is_down_but_not_beyond_their_age(clock):
    address = Address(NEW)
    keys = KeySet(address.fetch, clock)
    keys.document()
    address.down = True
    clock.advance(100)
    with pytest.raises(ConnectionFailed):
        keys.verify(ES, token(EC, "invented", clock))
    keys.verify(ES, token(EC, "new", clock))
    clock.advance(3500.5)
    with pytest.raises(ConnectionFailed):
        keys.verify(ES, token(EC, "new", clock))


def test_limits_can_be_set(clock):
    address = Address(NEW)
    keys = KeySet(address.fetch, clock, max_age=10, min_interval=5)
    keys.document()
    clock.advance(10)
    keys.document()
    assert address.asked == 1
    clock.advance(1)
    keys.document()
    assert address.asked == 2


def test_another_callers_renewal_is_used(clock):
    """Two deliveries with the new key: the second finds the set that the first has fetched."""
    address = Address(OLD)
    keys = KeySet(address.fetch, clock)
    keys.document()
    clock.advance(60)

    class Meanwhile:
        def verify(self, delivery, secrets, *, now):
            if address.asked == 1:
                address.keys.append(NEW)
                assert keys._renewed(keys.document())
                raise SignatureRefused("", code="unknown-key")
            return ES.verify(delivery, secrets, now=now)

    keys.verify(Meanwhile(), token(EC, "new", clock))
    assert address.asked == 2
