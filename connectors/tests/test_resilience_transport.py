# Part of Integration Hub. License LGPL-3.0 or later.
"""A guarded client against a real server: it slows down before a 429, and stops calling what fails."""

import threading

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.resilience import (
    BreakerPolicy,
    CircuitBreaker,
    ConcurrencyLimit,
    Held,
    Limit,
    MemoryStore,
    RateLimiter,
)
from integration_hub_connectors.resilience.transport import GuardedTransport

TIMEOUT = Timeout(connect=2, read=2, total=5)
LIMIT = Limit(40, 2)


class Leaky:
    """A vendor with a leaky bucket of 40 at 2/s, of which another app takes a share; time is the clock's."""

    def __init__(self, clock, others):
        self.clock, self.others = clock, others
        self.used, self.at, self.refused, self.answered = 0.0, clock.now(), 0, 0

    def __call__(self, connection, head, body):
        now = self.clock.now()
        self.used = min(40.0, max(0.0, self.used - (2.0 - self.others) * (now - self.at)))
        self.at = now
        status = "429 Too Many Requests"
        if self.used <= 39:
            self.used += 1
            self.answered += 1
            status = "200 OK"
        else:
            self.refused += 1
        limit = f"X-Shopify-Shop-Api-Call-Limit: {round(self.used)}/40"
        connection.sendall(f"HTTP/1.1 {status}\r\n{limit}\r\nRetry-After: 2.0\r\nContent-Length: 0\r\n\r\n".encode())


def guarded(server, clock, **options):
    guard = GuardedTransport(RequestsTransport(), clock=clock, **options)
    return Client(server.url, timeout=TIMEOUT, transport=guard, clock=clock)


def limiter(clock, store=None, limit=LIMIT, **options):
    return RateLimiter(store or MemoryStore(clock), "api", limit, clock=clock, holder="w", **options)


@pytest.mark.parametrize("others", [0.0, 1.0, 1.5])
def test_slows_down_before_a_429_though_others_use_the_quota_too(server, others):
    clock = ManualClock()
    server.script = vendor = Leaky(clock, others)
    client = guarded(server, clock, limiter=limiter(clock), patience=60)
    started = clock.now()
    for _ in range(150):
        client.get("/orders.json")
    assert vendor.refused == 0
    possible = 40 + (2 - others) * (clock.now() - started)
    assert vendor.answered >= 0.7 * possible  # slow enough, and not slower


def test_without_reading_the_headers_the_same_traffic_is_refused(server):
    clock = ManualClock()
    server.script = vendor = Leaky(clock, 1.0)
    client = guarded(server, clock, limiter=limiter(clock), patience=60, quotas=lambda response, now: [])
    with pytest.raises(errors.Throttled):
        for _ in range(150):
            client.get("/orders.json")
    assert vendor.refused == 1


def test_a_429_pauses_every_worker_for_its_retry_after(server):
    clock = ManualClock()
    server.answer("429 Too Many Requests", b"", "Retry-After: 30")
    store = MemoryStore(clock)
    one = guarded(server, clock, limiter=limiter(clock, store))
    two = guarded(server, clock, limiter=RateLimiter(store, "api", Limit(40, 2), clock=clock, holder="other"))
    with pytest.raises(errors.Throttled):
        one.get("/")
    for client in (one, two):
        with pytest.raises(Held) as caught:
            client.get("/")
        assert caught.value.code == "rate-limited"
        assert caught.value.retry_after == pytest.approx(30.5)
    assert len(server.heads) == 1


def test_waits_here_only_within_its_patience(server):
    clock = ManualClock()
    server.answer("204 No Content")
    client = guarded(server, clock, limiter=limiter(clock, limit=Limit(1, 2)), patience=0.5)
    client.get("/")
    client.get("/")
    assert clock.slept == [pytest.approx(0.5)]
    client = guarded(server, clock, limiter=limiter(clock, limit=Limit(1, 0.1)), patience=0.5)
    client.get("/")
    with pytest.raises(Held) as caught:
        client.get("/")
    assert caught.value.retry_after == pytest.approx(10)
    assert clock.slept == [pytest.approx(0.5)]


def test_costs_are_spent(server):
    clock = ManualClock()
    server.answer("204 No Content")
    points = limiter(clock, limit=Limit(100, 10), size=1)
    client = guarded(server, clock, limiter=points, patience=0, cost=lambda request: len(request.body or b""))
    client.post("/", data="x" * 90)
    with pytest.raises(Held):
        client.post("/", data="x" * 11)
    client.post("/", data="x" * 10)


def test_the_breaker_stops_calls_probes_and_goes_on(server):
    clock = ManualClock()
    policy = BreakerPolicy(minimum_calls=3, open_for=30, successes=1)
    breaker = CircuitBreaker(MemoryStore(clock), "api", policy, clock=clock)
    client = guarded(server, clock, breaker=breaker)
    server.answer("503 Service Unavailable")
    for _ in range(3):
        with pytest.raises(errors.ServerFault):
            client.get("/")
    with pytest.raises(Held) as caught:
        client.get("/")
    assert (caught.value.code, len(server.heads)) == ("breaker-open", 3)
    clock.advance(30)
    server.answer("404 Not Found")
    with pytest.raises(errors.NotFound):  # the probe: a refusal shows that the peer works
        client.get("/")
    server.answer("204 No Content")
    client.get("/")
    assert len(server.heads) == 5


def test_a_peer_that_does_not_answer_opens_the_breaker(server):
    clock = ManualClock()
    breaker = CircuitBreaker(MemoryStore(clock), "api", BreakerPolicy(minimum_calls=2), clock=clock)
    client = guarded(server, clock, breaker=breaker)
    server.send(b"", close=True)
    for _ in range(2):
        with pytest.raises(errors.TransportError):
            client.get("/")
    with pytest.raises(Held):
        client.get("/")


def test_a_probe_that_had_to_wait_here_frees_its_place(server):
    clock = ManualClock()
    store = MemoryStore(clock)
    breaker = CircuitBreaker(store, "breaker", BreakerPolicy(probes=1), clock=clock)
    breaker.pause()
    breaker.resume()
    limit = limiter(clock, store)
    limit.pause(60)
    client = guarded(server, clock, breaker=breaker, limiter=limit)
    for _ in range(2):
        with pytest.raises(Held) as caught:
            client.get("/")
        assert caught.value.code == "rate-limited"
    assert store.read("breaker")["probes"] == []


def test_a_file_in_a_storage_passes_all_limits(server):
    clock = ManualClock()
    store = MemoryStore(clock)
    limit = limiter(clock, store)
    limit.pause(60)
    server.answer("200 OK", b"one\ntwo\n")
    with guarded(server, clock, limiter=limit).download(f"{server.url}/file") as pieces:
        assert b"".join(pieces) == b"one\ntwo\n"


def test_an_inner_transport_that_cannot_stream_is_named(server):
    class Whole:
        def send(self, request, timeout):
            raise AssertionError

    made = Client(server.url, timeout=TIMEOUT, transport=GuardedTransport(Whole(), clock=ManualClock()))
    with pytest.raises(errors.ConfigurationError) as caught, made.download(f"{server.url}/file"):
        raise AssertionError
    assert caught.value.code == "no-streaming"


def test_no_more_at_once_than_allowed(server):
    clock = ManualClock()
    inside, gate = threading.Semaphore(0), threading.Event()

    def script(connection, head, body):
        inside.release()
        gate.wait(5)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    server.script = script
    places = ConcurrencyLimit(MemoryStore(clock), "api", 2, clock=clock, holder="w", longest=TIMEOUT.total)
    client = guarded(server, clock, concurrency=places)
    threads = [threading.Thread(target=client.get, args=("/",)) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert inside.acquire(timeout=5)
    with pytest.raises(Held) as caught:
        client.get("/")
    assert caught.value.code == "too-many-at-once"
    gate.set()
    for thread in threads:
        thread.join()
    assert client.get("/").status == 204


def test_how_many_could_leave_is_the_least_of_all_limits(server):
    clock = ManualClock()
    store = MemoryStore(clock)
    guard = GuardedTransport(
        RequestsTransport(),
        clock=clock,
        limiter=limiter(clock, store, size=5),
        breaker=CircuitBreaker(store, "breaker", BreakerPolicy(minimum_calls=1), clock=clock),
        concurrency=ConcurrencyLimit(store, "places", 3, clock=clock, holder="w", longest=5),
    )
    client = Client(server.url, timeout=TIMEOUT, transport=guard, clock=clock)
    assert guard.ready(16) == (3, "", 0.0)
    assert store.updates == 3
    server.answer("204 No Content")
    for _ in range(3):
        client.get("/")
    assert guard.ready(16) == (2, "", 0.0), "what is left of the allotment"
    for _ in range(37):
        client.get("/")
    assert guard.ready(16)[:2] == (0, "rate-limited")
    for _ in range(2):
        clock.advance(100)
        guard.ready(16)  # good calls are told of late: only now have they left the breaker's window
    server.answer("500 Internal Server Error")
    with pytest.raises(errors.ServerFault):
        client.get("/")
    assert guard.ready(16)[:2] == (0, "breaker-open")


def test_closing_gives_everything_back(server):
    clock = ManualClock()
    store = MemoryStore(clock)
    guard, other = (
        GuardedTransport(
            RequestsTransport(),
            clock=clock,
            limiter=RateLimiter(store, "api", Limit(8, 1), clock=clock, holder=name, size=8),
            concurrency=ConcurrencyLimit(store, "places", 3, clock=clock, holder=name, longest=5),
        )
        for name in ("here", "there")
    )
    assert guard.ready(3).calls == 3
    assert other.ready(3).calls == 0
    guard.close()
    assert other.ready(3).calls == 3


def test_an_answer_that_only_its_reader_finds_to_be_none_counts_too(server):
    clock = ManualClock()
    breaker = CircuitBreaker(MemoryStore(clock), "api", BreakerPolicy(minimum_calls=4), clock=clock)
    guard = GuardedTransport(RequestsTransport(), clock=clock, breaker=breaker)
    client = Client(server.url, timeout=TIMEOUT, transport=guard, clock=clock)
    server.answer("200 OK", b"<html>Back soon</html>", "Content-Type: text/html")
    for _ in range(2):
        client.get("/")
        guard.told(errors.Rejected(status=400))  # it works, and refuses
        guard.told(errors.BadResponse("no JSON"))
    assert guard.ready(1)[:2] == (0, "breaker-open")
    guard.told(errors.BadResponse("no JSON, and late"))
    assert guard.ready(1)[:2] == (0, "breaker-open")
