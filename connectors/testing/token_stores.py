# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of every TokenStore: what was saved is there for everyone, and one at a time renews.

class TestVaultStore(TokenStoreContract):
    def stores(self) -> tuple[TokenStore, TokenStore]:
        return vault_store(credential), vault_store(credential)
"""

import threading

from ..auth import Token, TokenStore

FIRST = Token("access-1", 1_700_000_000.0, 1_700_003_600.0, "refresh-1", "read write")
SECOND = Token("access-2", 1_700_003_600.0, None, "refresh-2")


class TokenStoreContract:
    """Inherit, and make two `stores` of one empty credential, as two processes would."""

    wait: float = 0.2
    """Seconds in which a second caller must not get in."""

    def stores(self) -> tuple[TokenStore, TokenStore]:
        """Two stores of the same credential, which has no token yet."""
        raise NotImplementedError

    def test_empty_at_first(self) -> None:
        assert self.stores()[0].load() is None

    def test_what_one_saves_the_other_loads(self) -> None:
        here, there = self.stores()
        for token in (FIRST, SECOND):
            with here.exclusive():
                here.save(token)
            assert here.load() == there.load() == token

    def test_saved_token_is_there_while_the_saver_still_holds_the_store(self) -> None:
        """Durable when `save` returns: the process may die a moment later."""
        here, there = self.stores()
        with here.exclusive():
            here.save(FIRST)
            assert there.load() == FIRST

    def test_one_at_a_time_and_the_second_sees_what_the_first_saved(self) -> None:
        here, there = self.stores()
        inside, seen = threading.Event(), []

        def second() -> None:
            with there.exclusive():
                inside.set()
                seen.append(there.load())

        thread = threading.Thread(target=second)
        with here.exclusive():
            thread.start()
            assert not inside.wait(self.wait), "two callers were in at once"
            here.save(FIRST)
        thread.join(30)
        assert seen == [FIRST]

    def test_failure_inside_lets_the_next_one_in(self) -> None:
        here, there = self.stores()
        try:
            with here.exclusive():
                raise TimeoutError("the server did not answer")
        except TimeoutError:
            pass
        with there.exclusive():
            there.save(FIRST)
        assert here.load() == FIRST

    def test_nothing_shows_a_token(self) -> None:
        here, _there = self.stores()
        with here.exclusive():
            here.save(FIRST)
        assert not any(secret in f"{here!r} {here}" for secret in ("access-1", "refresh-1"))
