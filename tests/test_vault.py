# Part of Integration Hub. License LGPL-3.0 or later.
"""The vault: what is sealed opens only where, and for what, it was sealed."""

import base64
import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..connectors.errors import ConfigurationError
from ..engine import settings, vault
from .common import MASTER_KEY, HubCase
from .test_webhook import LogCapture

SECRET = "s3cret-Quillfeather-0042"
API = "https://api.hubapi.com"


def key(name, byte):
    return settings.MasterKey(name, bytes([byte]) * 32)


def configured(*keys):
    text = ",".join(f"{each.name}:{base64.b64encode(each.value).decode()}" for each in keys)
    return patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": text})


@tagged("post_install", "-at_install")
class TestEnvelope(HubCase):
    """seal and unseal: pure."""

    def setUp(self):
        super().setUp()
        self.binding = vault.Binding("one", "test", (API,))

    def test_round_trip(self):
        for secret in ("x", SECRET, "Ünïcödé 🔑", "a" * 10_000):
            sealed = vault.seal(secret, self.binding)
            self.assertEqual(vault.unseal(sealed, self.binding), secret)
        sealed = vault.seal(SECRET, self.binding)
        self.assertNotIn(SECRET.encode(), base64.b64decode(sealed.ciphertext))

    def test_equal_secrets_are_sealed_differently(self):
        first, second = (vault.seal(SECRET, self.binding) for _time in range(2))
        self.assertNotEqual(first.ciphertext, second.ciphertext)

    def test_opens_only_for_its_binding(self):
        sealed = vault.seal(SECRET, self.binding)
        for other in (
            self.binding._replace(uuid="two"),
            self.binding._replace(environment="production"),
            self.binding._replace(origins=("https://evil.example",)),
            self.binding._replace(origins=(API, "https://evil.example")),
            self.binding._replace(origins=()),
        ):
            with self.subTest(other), self.assertRaisesRegex(vault.VaultError, "does not belong"):
                vault.unseal(sealed, other)

    def test_any_flipped_byte_is_noticed(self):
        sealed = vault.seal(SECRET, self.binding)
        raw = base64.b64decode(sealed.ciphertext)
        for at in range(1, len(raw)):
            bent = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
            with self.assertRaises(vault.VaultError):
                vault.unseal(sealed._replace(ciphertext=base64.b64encode(bent).decode()), self.binding)
        for broken in ("", "no base64 ?", base64.b64encode(raw[:20]).decode()):
            with self.assertRaises(vault.VaultError):
                vault.unseal(sealed._replace(ciphertext=broken), self.binding)

    def test_master_keys_rotate(self):
        old, new = key("old", 1), key("new", 2)
        sealed = vault.seal(SECRET, self.binding, keys=[old])
        self.assertEqual(vault.unseal(sealed, self.binding, keys=[new, old]), SECRET)
        self.assertEqual(vault.seal(SECRET, self.binding, keys=[new, old]).key_name, "new")
        with self.assertRaisesRegex(vault.VaultError, "'old' is not configured") as caught:
            vault.unseal(sealed, self.binding, keys=[new])
        self.assertIn("enter the secret again", caught.exception.hint)
        with self.assertRaisesRegex(vault.VaultError, "does not belong"):
            vault.unseal(sealed, self.binding, keys=[key("old", 3)])

    def test_no_key_no_secret(self):
        with self.assertRaises(ConfigurationError):
            vault.seal(SECRET, self.binding, keys=[])

    def test_configuration(self):
        with configured(key("new", 2), key("old", 1)):
            self.assertEqual([each.name for each in settings.master_keys()], ["new", "old"])
            self.assertNotIn(base64.b64encode(bytes([2]) * 32).decode(), repr(settings.master_keys()))
        for broken in ("main", "main:abc", f":{MASTER_KEY.partition(':')[2]}", "main:" + "A" * 20, "a:b:c"):
            with (
                self.subTest(broken),
                patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": broken}),
                self.assertRaisesRegex(ConfigurationError, "entry 1"),
            ):
                settings.master_keys()
        with (
            patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "staging"}),
            self.assertRaisesRegex(ConfigurationError, "staging"),
        ):
            settings.running_environment()


class CredentialCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.system = cls.connect("hubspot", access_token=SECRET, wanted=())
        cls.api = cls.system._endpoint("outbound")
        cls.credential = cls.api.credential_id
        cls.admin = cls.user("admin")

    def opened(self, credential=None, origin=API):
        self.env.flush_all()
        return vault.open_secrets(self.env.cr, (credential or self.credential).id, origin)


@tagged("post_install", "-at_install")
class TestCredential(CredentialCase):
    def test_opens_for_its_address(self):
        self.assertEqual(self.opened(), [SECRET])

    def test_another_address(self):
        for origin in ("https://evil.example", "http://api.hubapi.com", f"{API}:8443", "inbound", f"{API}/", ""):
            with self.subTest(origin), self.assertRaisesRegex(vault.VaultError, "another address"):
                self.opened(origin=origin)

    def test_a_changed_url_does_not_get_the_secret(self):
        self.api.url = "https://evil.example/steal"
        with self.assertRaisesRegex(UserError, "entered for another address than https://evil.example"):
            self.api.action_check()

    def test_changed_addresses_ask_again(self):
        self.credential.origins = f"{API} https://evil.example"
        self.assertFalse(self.credential.has_secret)
        with self.assertRaisesRegex(vault.VaultError, "No secret is stored"):
            self.opened()
        self.credential.secret = "again"
        self.assertEqual(self.opened(origin="https://evil.example"), ["again"])

    def test_addresses_bent_in_the_database_refuse(self):
        self.env.cr.execute(
            "UPDATE integration_credential_version SET origins = 'https://evil.example' WHERE credential_id = %s",
            [self.credential.id],
        )
        with self.assertRaisesRegex(vault.VaultError, "does not belong"):
            self.opened(origin="https://evil.example")

    def test_writing_the_same_addresses_keeps_the_secret(self):
        self.credential.write({"origins": self.credential.origins, "name": "Renamed"})
        self.assertEqual(self.opened(), [SECRET])

    def test_another_environment_refuses(self):
        with patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "production"}):
            with self.assertRaisesRegex(vault.VaultError, "is for test, this server runs production") as caught:
                self.opened()
            self.assertNotIn(SECRET, str(caught.exception) + str(caught.exception.params))
        with (
            patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": ""}),
            self.assertRaisesRegex(vault.VaultError, "an unnamed environment"),
        ):
            self.opened()

    def test_environment_bent_in_the_database_refuses(self):
        production = self.env.ref("integration_hub.integration_environment_production")
        self.env.cr.execute(
            "UPDATE integration_credential SET environment_id = %s WHERE id = %s", [production.id, self.credential.id]
        )
        with (
            patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "production"}),
            self.assertRaisesRegex(vault.VaultError, "does not belong"),
        ):
            self.opened()

    def test_changed_environment_asks_again(self):
        self.credential.environment_id = self.env.ref("integration_hub.integration_environment_production")
        self.assertFalse(self.credential.has_secret)
        with self.assertRaises(vault.VaultError):
            self.opened()

    def test_ciphertext_moved_to_another_row_refuses(self):
        other = self.connect("hubspot", access_token="other", wanted=())._endpoint("outbound").credential_id
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE integration_credential_version theirs SET ciphertext = ours.ciphertext
                 FROM integration_credential_version ours
                WHERE ours.credential_id = %s AND theirs.credential_id = %s""",
            [self.credential.id, other.id],
        )
        with self.assertRaisesRegex(vault.VaultError, "does not belong"):
            self.opened(other)

    def test_archived(self):
        self.credential.active = False
        with self.assertRaisesRegex(vault.VaultError, "No secret is stored"):
            self.opened()

    def test_rotation(self):
        self.credential.grace_hours = 2
        self.credential.secret = "second"
        self.assertEqual(self.opened(), ["second", SECRET], "the newest first, both live")
        previous = self.credential.version_ids.sorted("id")[0]
        self.assertAlmostEqual(
            previous.expires_at, fields.Datetime.now() + timedelta(hours=2), delta=timedelta(minutes=1)
        )
        self.credential.secret = "third"
        self.assertEqual(self.opened(), ["third", "second", SECRET])
        previous.expires_at = fields.Datetime.now() - timedelta(seconds=5)
        self.assertEqual(self.opened(), ["third", "second"], "an expired one is no secret any more")
        self.assertEqual(previous.state, "retired")
        self.credential.action_retire_previous()
        self.assertEqual(self.opened(), ["third"])
        self.env.cr.execute(
            "SELECT count(*) FROM integration_credential_version WHERE credential_id = %s AND ciphertext IS NOT NULL",
            [self.credential.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (1,), "retired secrets are gone, not hidden")

    def test_no_overlap(self):
        self.credential.grace_hours = 0
        self.credential.secret = "second"
        self.env.flush_all()
        self.env.cr.execute("SELECT pg_sleep(0.01)")
        self.assertLessEqual(self.credential.version_ids.sorted("id")[0].expires_at, fields.Datetime.now())

    def test_only_addresses(self):
        for wrong in ("api.hubapi.com", "ftp://x.example", "javascript:1"):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "is no address"):
                self.credential.origins = wrong
                self.env.flush_all()

    def test_without_a_master_key(self):
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": ""}):
            with self.assertRaisesRegex(UserError, "No encryption key is configured") as caught:
                self.credential.secret = "new"
            self.assertIn("openssl rand -base64 32", str(caught.exception))
            with self.assertRaisesRegex(vault.VaultError, "'tests' is not configured"):
                self.opened()

    def test_master_keys_rotate(self):
        with configured(key("next", 9)), self.assertRaisesRegex(vault.VaultError, "'tests' is not configured"):
            self.opened()
        both = f"next:{base64.b64encode(bytes([9]) * 32).decode()} {MASTER_KEY}"
        with patch.dict(os.environ, {"INTEGRATION_HUB_MASTER_KEYS": both}):
            self.assertEqual(self.opened(), [SECRET])
            self.credential.secret = "under the next key"
            self.assertEqual(self.credential.version_ids.sorted("id")[-1].key_name, "next")
        with configured(key("next", 9)):
            self.credential.action_retire_previous()
            self.assertEqual(self.opened(), ["under the next key"])


@tagged("post_install", "-at_install")
class TestSecretIsWriteOnly(CredentialCase):
    """Written, and never seen again: by nobody, by no road."""

    def test_read(self):
        for user in (self.admin, self.env.user, self.user("auditor")):
            credential = self.credential.with_user(user)
            self.assertEqual(credential.read(["secret"])[0]["secret"], False)
            self.assertFalse(credential.secret)

    def test_create_and_write_leave_nothing_in_the_cache(self):
        created = (
            self.env["integration.credential"]
            .with_user(self.admin)
            .create({"name": "C", "system_id": self.system.id, "origins": "inbound", "kind": "hmac", "secret": SECRET})
        )
        self.assertFalse(created.secret)
        self.assertEqual(self.opened(created, "inbound"), [SECRET])
        created.write({"secret": "two"})
        self.assertFalse(created.secret)
        self.assertEqual(self.opened(created, "inbound"), ["two", SECRET])
        created.secret = "three"
        self.assertFalse(created.secret)
        self.assertEqual(self.opened(created, "inbound")[0], "three")

    def test_spaces_around_a_pasted_secret_are_dropped(self):
        self.credential.secret = f"  {SECRET}2\n"
        self.assertEqual(self.opened()[0], f"{SECRET}2")

    def test_ciphertext_by_no_road(self):
        Version = self.env["integration.credential.version"].with_user(self.admin)
        version = Version.search([("credential_id", "=", self.credential.id)])
        self.assertTrue(version, "the list of versions is visible")
        hidden = ("ciphertext", "uuid", "origins")
        exporter = self.user("admin")
        exporter.group_ids |= self.env.ref("base.group_allow_export")
        self.assertFalse(set(hidden) & Version.fields_get().keys())
        self.assertFalse(set(hidden) & version.read()[0].keys())
        for name in hidden:
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    version.read([name])
                with self.assertRaises(AccessError):
                    version.with_user(exporter).export_data([name])
                with self.assertRaises(AccessError):
                    Version.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    Version.search([], order=name)
                with self.assertRaises(AccessError):
                    Version.formatted_read_group([], [name], ["__count"])
                with self.assertRaises(AccessError):
                    Version.web_read_group([], [name], ["__count"])
                with self.assertRaises(AccessError):
                    Version.search_read([], [name])
                with self.assertRaises(AccessError):
                    self.credential.with_user(self.admin).search([(f"version_ids.{name}", "!=", False)])
                with self.assertRaises(AccessError):
                    version.web_read({name: {}})

    def test_versions_cannot_be_written_by_hand(self):
        version = self.credential.version_ids.with_user(self.admin)
        for road in (
            lambda: version.write({"expires_at": False}),
            lambda: version.unlink(),
            lambda: version.create({"credential_id": self.credential.id, "ciphertext": "x"}),
        ):
            with self.assertRaises(AccessError):
                road()

    def test_copy_has_no_secret(self):
        copy = self.credential.copy()
        self.assertFalse(copy.version_ids)
        with self.assertRaises(vault.VaultError):
            self.opened(copy)

    def test_nothing_in_chatter_tracking_or_log(self):
        with LogCapture() as log:
            self.credential.with_user(self.admin).write({"secret": "Thistledown-99", "name": "Renamed"})
            self.env.cr.flush()
            self.env.flush_all()
            with self.assertRaises(vault.VaultError) as caught:
                self.opened(origin="https://evil.example")
        messages = self.credential.message_ids
        self.assertTrue(messages.filtered(lambda message: "new secret was stored" in (message.body or "")))
        self.assertTrue(messages.tracking_value_ids, "the name is tracked")
        text = log.text + str(messages.mapped("body")) + str(messages.tracking_value_ids.read())
        text += repr(caught.exception) + str(self.credential.read()) + repr(self.credential)
        for secret in ("Thistledown-99", SECRET, MASTER_KEY.partition(":")[2]):
            self.assertNotIn(secret, text)
        self.env.cr.execute("SELECT ciphertext FROM integration_credential_version WHERE ciphertext IS NOT NULL")
        for (ciphertext,) in self.env.cr.fetchall():
            self.assertNotIn(ciphertext, text)

    def test_no_column_anywhere_holds_the_secret(self):
        self.env.cr.flush()
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type IN ('character varying', 'text', 'jsonb')
                  AND (table_name LIKE 'integration%' OR table_name LIKE 'mail_%' OR table_name LIKE 'queue_job%')"""
        )
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE %s', [f"%{SECRET}%"])
            self.assertEqual(self.env.cr.fetchone(), (0,), f"{table}.{column}")

    def test_a_server_action_gets_no_secret(self):
        """Server actions may call any method of any model; the one that opens secrets is none."""
        root = self.env.ref("base.user_admin")

        def run(code):
            action = (
                self.env["ir.actions.server"]
                .with_user(root)
                .create(
                    {
                        "name": "steal",
                        "model_id": self.env["ir.model"]._get_id("integration.credential.version"),
                        "state": "code",
                        "code": code,
                    }
                )
            )
            action.run()

        for code in (
            "from odoo.addons.integration_hub.engine import vault",
            "import odoo",
            "env.cr.__class__",
            "open_connector = model._compute_state.__globals__",
            "raise UserError(str(model.search([]).mapped('ciphertext')))",
        ):
            with self.subTest(code), self.assertRaises(Exception) as caught:
                run(code)
            self.assertNotIn(SECRET, str(caught.exception))
        with self.assertRaises(UserError) as caught:
            run("raise UserError(str(model.sudo().search([]).mapped('ciphertext')))")
        self.assertNotIn(SECRET, str(caught.exception), "whoever may do anything here finds ciphertext")
        for name in dir(type(self.env["integration.credential"])):
            self.assertNotIn("open_secret", name)
        for model in ("integration.credential", "integration.credential.version", "integration.endpoint"):
            self.assertFalse([name for name in dir(type(self.env[model])) if "unseal" in name or "decrypt" in name])


@tagged("post_install", "-at_install")
class TestNeutralize(CredentialCase):
    """A copy of the database cannot act as its original."""

    def test_neutralize(self):
        shop = self.connect_shopify()
        slug = shop._endpoint("inbound").slug
        self.env.cr.flush()
        self.env.flush_all()
        from odoo.modules.neutralize import get_neutralization_queries

        queries = [query for query in get_neutralization_queries(["integration_hub"]) if query.strip()]
        self.assertTrue(queries)
        for query in queries:
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with self.assertRaisesRegex(vault.VaultError, "No secret is stored"):
            self.opened()
        self.env.cr.execute("SELECT count(*) FROM integration_credential_version WHERE ciphertext IS NOT NULL")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertEqual(set(shop.endpoint_ids.mapped("state")), {"disabled"})
        self.assertEqual(set(shop.flow_ids.mapped("state")), {"off"})
        with self.assertRaises(LookupError):
            self.env["integration.endpoint"]._intake_route(slug)
        self.assertEqual(self.env["integration.flow"]._listening(), {})

    def test_what_is_deleted_is_forgotten_by_intake(self):
        shop = self.connect_shopify(name="Gone shop", wanted=())
        hook = shop._endpoint("inbound")
        credential, slug = hook.credential_id, hook.slug
        self.assertTrue(self.env["integration.credential"]._stored(credential.id))
        self.assertEqual(self.env["integration.endpoint"]._intake_route(slug).endpoint_id, hook.id)
        shop.flow_ids.unlink()
        self.env["integration.credential"]._stored(credential.id)
        self.env["integration.endpoint"]._intake_route(slug)
        hook.unlink()
        with self.assertRaises(LookupError):
            self.env["integration.endpoint"]._intake_route(slug)
        self.env["integration.credential"]._stored(credential.id)
        credential.unlink()
        self.assertFalse(self.env["integration.credential"]._stored(credential.id))
