# Part of Integration Hub. License LGPL-3.0 or later.
"""User and password as the proof of a delivery."""

from base64 import b64encode

import pytest
import requests
from integration_hub_connectors.errors import SignatureRefused
from integration_hub_connectors.signatures import get
from integration_hub_connectors.testing.schemes import SchemeContract


class TestBasic(SchemeContract):
    scheme = get("basic", {"dedupe_headers": ["X-Delivery"], "dedupe_path": "event.id"})
    secret = "hub:correct horse: battery"
    other_secret = "hub:another"

    def test_an_independent_sender_is_accepted(self):
        request = requests.Request("POST", self.url, auth=("hub", "correct horse: battery")).prepare()
        self.verify(self.delivery(headers={"Authorization": request.headers["Authorization"]}))

    @pytest.mark.parametrize("word", ["basic", "BASIC", "Basic"])
    def test_the_word_has_no_case(self, word):
        value = self.signed().headers["Authorization"].replace("Basic", word)
        self.verify(self.having(self.signed(), "Authorization", value))

    @pytest.mark.parametrize(
        "value",
        ["Bearer " + b64encode(b"hub:correct horse: battery").decode(), "Basic", "Basic ", "Basic %%%",
         "Basic aHViOg", "Basic  " + b64encode(b"hub:x").decode(), b64encode(b"hub:x").decode(), "Basic aHVi aHVi"],
    )  # fmt: skip
    def test_what_is_no_basic_authentication_is_malformed(self, value):
        assert self.refused(self.having(self.signed(), "Authorization", value)) == "malformed-header"

    @pytest.mark.parametrize("credentials", [b"hub:wrong", b"hub:", b"hub", b":correct horse: battery", b"\xff:\xfe"])
    def test_other_users_and_passwords_are_a_mismatch(self, credentials):
        value = "Basic " + b64encode(credentials).decode()
        assert self.refused(self.having(self.signed(), "Authorization", value)) == "mismatch"

    @pytest.mark.parametrize("secret", ["no colon", "user:", ":"])
    def test_secret_needs_a_password(self, secret):
        assert self.refused(self.signed(), secret) == "no-secret"
        with pytest.raises(SignatureRefused):
            self.scheme.sign(self.delivery(), secret, now=0)

    def test_password_alone_will_do(self):
        headers = self.scheme.sign(self.delivery(), ":token", now=0)
        self.verify(self.delivery(headers=headers), ":token")

    def test_it_proves_nothing_about_the_body_and_must_not_be_kept(self):
        assert (self.scheme.signs_body, self.scheme.signs_url) == (False, False)
        assert self.scheme.secret_headers == ("Authorization",)
        assert self.scheme.timestamp(self.signed()) is None

    def test_id_may_be_in_the_body(self):
        verified = self.verify(self.signed())
        assert self.scheme.dedupe_key(verified, {"event": {"id": 7}}) == "7"
        for document in ({"event": []}, {"event": None}, {"event": "id"}, [], {"event.id": 5}):
            assert self.scheme.dedupe_key(verified, document) is None
