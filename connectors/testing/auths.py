# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of every Auth: it adds its credentials and nothing else, and shows them to nobody.

class TestBearer(AuthContract):
    secrets = ("t0ken",)
    def auth(self) -> Auth: return Bearer("t0ken")
"""

import pickle
import threading

from ..errors import HubError
from ..messages import Auth, Headers, Request, Response

_REQUEST = Request("post", "https://api.example.com/v1/things?page=2", Headers({"X-Kept": "yes"}), b'{"a": 1}')


class AuthContract:
    """Inherit, name the `secrets` and make the `auth`."""

    secrets: tuple[str, ...] = ()

    def auth(self) -> Auth:
        """A fresh Auth holding the secrets."""
        raise NotImplementedError

    def test_adds_credentials_and_changes_nothing_else(self) -> None:
        sent = self.auth().apply(_REQUEST)
        assert (sent.method, sent.body) == ("POST", b'{"a": 1}')
        assert sent.headers["X-Kept"] == "yes"
        assert sent.url.startswith("https://api.example.com/v1/things?page=2")
        if self.secrets:
            assert sent != _REQUEST

    def test_request_given_stays_as_it_was(self) -> None:
        before = pickle.loads(pickle.dumps(_REQUEST))
        self.auth().apply(_REQUEST)
        assert before == _REQUEST

    def test_applying_twice_replaces(self) -> None:
        auth = self.auth()
        once = auth.apply(_REQUEST)
        twice = auth.apply(once)
        assert all(len(twice.headers.getall(name)) == 1 for name in twice.headers)

    def test_nothing_shows_the_secrets(self) -> None:
        auth = self.auth()
        sent = auth.apply(_REQUEST)
        for shown in (repr(auth), str(auth), repr(sent), str(sent), sent.target):
            assert not any(secret in shown for secret in self.secrets)

    def test_recover_answers_a_refusal_or_fails_as_a_hub_error(self) -> None:
        try:
            assert self.auth().recover(Response(401)) in (True, False)
        except HubError as error:
            assert not any(secret in f"{error} {error!r} {error.params}" for secret in self.secrets)

    def test_threads_may_share_it(self) -> None:
        auth = self.auth()
        sent: list[Request] = []
        threads = [threading.Thread(target=lambda: sent.append(auth.apply(_REQUEST))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(sent) == 8
        assert len(set(sent)) == 1
