# Part of Integration Hub. License LGPL-3.0 or later.
"""Who decides a field: what is written, what is not, what is told, and what a person is asked."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine import circles, ownership
from ..engine import perform as engine
from ..engine.slots import Unit
from ..models.handler import Handler
from .common import InTurn
from .decided_cases import DecidedCase


@tagged("post_install", "-at_install")
class TestDecided(DecidedCase):
    def test_where_nothing_is_set_the_last_change_wins(self):
        self.changed_here(city="Bruges")
        event = self.they_say(city="Liège")
        self.assertEqual((event.state, event.error_code, self.ada.city), ("done", False, "Liège"))
        self.assertFalse(self.conflicts or self.link.agreed)

    def test_odoo_decides(self):
        self.rule("city", "odoo")
        event = self.they_say(city="Liège", phone="+3225550999")
        self.assertEqual((self.ada.city, self.ada.phone), ("Ghent", "+3225550999"), "and only the city")
        self.assertEqual((event.state, event.error_code), ("done", "decided"))
        self.assertIn("City stays what it is in Odoo: Odoo decides it", event.error_message)
        noted = self.conflicts
        self.assertEqual(
            (noted.state, noted.theirs, noted.ours, noted.settled_by.id), ("odoo", "Liège", "Ghent", False)
        )
        self.assertEqual(noted.event_id, event)
        self.assertEqual(self.outbound().mapped("state"), ["done"], "the shop is told what stands")

    def test_who_insists_is_not_told_for_ever(self):
        """A shop writes it its own way each time."""
        self.rule("city", "odoo")
        for time in range(1, 6):
            self.they_say(time, city="Liège", note=f"Note {time}")
        self.assertEqual((self.ada.city, len(self.conflicts), len(self.outbound())), ("Ghent", 1, ownership.TOLD))

    def test_the_system_decides(self):
        self.rule("city", "system")
        self.they_say(city="Ghent")
        self.changed_here(city="Bruges", street="Main 2")
        self.drain()
        place = self.there()["default_address"]
        self.assertEqual((place["address1"], place["city"]), ("Main 2", "Ghent"), "the city is not sent")
        event = self.they_say(2, note="Hello")
        self.assertEqual(self.ada.city, "Ghent", "and comes back")
        self.assertEqual((self.conflicts.state, self.conflicts.ours), ("system", "Bruges"), "which one can read about")
        self.assertIn("City is overridden in Odoo", event.error_message)

    def test_only_what_it_decides_is_no_news_to_it(self):
        self.rule("city", "system")
        for street, city in (("Main 2", "Ghent"), ("Main 2", "Bruges")):
            self.changed_here(street=street, city=city)
            self.drain()
        self.assertEqual(self.outbound().mapped("error_code"), [False, "unchanged"])

    def test_one_that_it_does_not_have_yet_is_sent_whole(self):
        self.rule("city", "system")
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@x.example", "city": "Ypres"})
        self.drain()
        event = self.events(self.api, ("res_id", "=", bob.id))
        self.assertEqual(event.state, "done", event.error_message)
        self.ada = bob
        self.assertEqual(self.there()["default_address"]["city"], "Ypres")

    def test_the_newest_wins(self):
        self.rule("city", "both", "newest")
        self.they_say(city="Ghent")  # from now on both know what they have
        self.changed_here(-60, city="Bruges")
        self.they_say(2, city="Liège")
        self.assertEqual(self.ada.city, "Liège")
        self.assertEqual((self.conflicts.state, self.conflicts.ours), ("system", "Bruges"))

    def test_odoos_is_the_newest(self):
        self.rule("city", "both", "newest")
        self.they_say(city="Ghent")
        self.changed_here(60, city="Bruges")
        event = self.they_say(2, city="Liège")
        self.assertEqual((self.ada.city, self.conflicts.state, self.conflicts.theirs), ("Bruges", "odoo", "Liège"))
        self.assertIn("the newest wins", event.error_message)
        self.assertEqual(self.there()["default_address"]["city"], "Bruges")

    def test_odoo_wins_where_both_have_changed_it(self):
        self.rule("city", "both", "odoo")
        self.they_say(city="Ghent")  # from now on both know what they have
        self.they_say(2, city="Namur")
        self.assertEqual((self.ada.city, len(self.conflicts)), ("Namur", 0), "only they have")
        self.changed_here(city="Bruges")
        self.they_say(3, city="Liège")
        self.assertEqual((self.ada.city, self.conflicts.theirs), ("Bruges", "Liège"))

    def test_what_only_odoo_has_changed_stays(self):
        self.rule("city", "both", "ask")
        self.they_say(city="Ghent")  # from now on both know what they have
        self.changed_here(city="Bruges")
        self.they_say(2, note="Hello")
        self.assertEqual((self.ada.city, self.ada.comment and "Hello" in self.ada.comment), ("Bruges", True))
        self.assertFalse(self.conflicts, "they have not touched it")

    def test_another_system_decides(self):
        crm = self.connect_hubspot(wanted=())
        self.rule("city", "system", system=crm)
        self.they_say(city="Liège")
        self.assertEqual(self.ada.city, "Liège", "who is not known there")
        self.env["integration.binding"]._link(crm, self.contact, "77", self.ada)
        event = self.they_say(2, city="Namur")
        self.assertEqual(self.ada.city, "Liège")
        self.assertIn(f"{crm.name} decides it", event.error_message)

    def test_what_comes_while_a_call_is_under_way(self):
        """It is taken, and what was sent has written over it there: so they are sent it once more."""
        crossed, send = [], Handler.send

        def send_crossed(handler, call):
            if not crossed:
                crossed.append(self.told(1, city="Liège"))
                unit = Unit(self.hook.id, "inbound", crossed[0].slot)
                engine.drain(handler.db, unit, Handler(handler.db), line=InTurn())
            return send(handler, call)

        self.changed_here(city="Bruges")
        with patch.object(Handler, "send", send_crossed):
            self.drain()
        self.env.invalidate_all()
        self.assertEqual((crossed[0].state, self.ada.city), ("done", "Liège"))
        self.assertEqual(self.there()["default_address"]["city"], "Liège")
        self.assertEqual(len(self.outbound()), 2)

    def test_a_country(self):
        self.rule("country_id", "odoo")
        self.ada.country_id = self.env.ref("base.be")
        self.drain()
        self.sent = self.there()
        self.sent["default_address"] |= {"country_code": "FR", "province_code": None}
        self.they_say()
        self.assertEqual(self.ada.country_id.code, "BE")
        self.assertEqual((self.conflicts.ours_text, self.conflicts.theirs_text), ("Belgium", "France"))


@tagged("post_install", "-at_install")
class TestAsked(DecidedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule("city", "both", "ask")

    def clash(self, here="Bruges", there="Liège", **more):
        self.changed_here(city=here)
        return self.they_say(2, city=there, **more)

    def test_a_person_is_asked(self):
        event = self.clash(note="Hello")
        self.assertEqual(self.ada.city, "Bruges")
        self.assertIn("Hello", self.ada.comment, "only that field waits")
        (asked,) = self.conflicts
        self.assertEqual((asked.state, asked.ours_text, asked.theirs_text), ("open", "Bruges", "Liège"))
        self.assertTrue(asked.theirs_at and asked.ours_at and asked.may_choose)
        self.assertEqual((event.state, event.error_code, asked.event_id), ("done", "decided", event))
        self.assertIn("waits for a person in To Do → Conflicts", event.error_message)
        self.assertFalse(self.blocked_keys(self.shop.endpoint_ids), "and the record goes on")

    def test_meanwhile_neither_side_is_written(self):
        self.clash()
        self.changed_here(city="Antwerp", street="Main 3")
        self.drain()
        place = self.there()["default_address"]
        self.assertEqual((place["address1"], place["city"]), ("Main 3", "Ghent"))
        self.they_say(3, city="Namur")
        self.assertEqual(self.ada.city, "Antwerp")
        self.assertEqual(
            (self.conflicts.ours_text, self.conflicts.theirs_text), ("Antwerp", "Namur"), "one, and the newest"
        )

    def test_keep_odoos(self):
        self.clash()
        self.conflicts.action_keep_odoo()
        self.commit()
        self.drain()
        self.assertEqual(self.there()["default_address"]["city"], "Bruges")
        self.assertEqual((self.conflicts.state, self.conflicts.settled_by), ("odoo", self.env.user))
        self.they_say(4, city="Bruges", note="Later")
        self.assertEqual((self.ada.city, len(self.conflicts)), ("Bruges", 1))

    def test_what_was_chosen_against_is_not_asked_again(self):
        self.clash()
        self.conflicts.action_keep_odoo()
        self.they_say(3, note="Again")
        self.assertEqual((self.ada.city, self.conflicts.mapped("state")), ("Bruges", ["odoo"]))

    def test_take_theirs(self):
        self.clash()
        self.conflicts.action_take_theirs()
        self.assertEqual((self.ada.city, self.conflicts.state), ("Liège", "system"))
        self.they_say(3, city="Namur")
        self.assertEqual(self.ada.city, "Namur", "and changes come in again")
        with self.assertRaises(UserError):
            self.conflicts.action_keep_odoo()

    def test_both_have_the_same_again(self):
        self.clash()
        self.they_say(3, city="Bruges")
        self.assertEqual((self.conflicts.state, self.conflicts.reason), ("odoo", "Both have the same again"))
        self.they_say(4, city="Namur")
        self.assertEqual(self.ada.city, "Namur")

    def test_said_before_they_were_sent_ours(self):
        """The shop's own change was on its way when Odoo's was written over it there."""
        self.changed_here(city="Bruges")
        self.drain()
        self.assertEqual(self.there()["default_address"]["city"], "Bruges")
        event = self.they_say(-0.01, city="Liège", phone="+3225550999")
        self.assertEqual((self.ada.city, self.conflicts.theirs_text), ("Bruges", "Liège"), event.error_message)
        self.assertEqual(self.ada.phone, "02 555 01 23", "what nobody decides is the last one's")

    def test_what_was_sent_comes_back_and_is_no_conflict(self):
        for city in ("Bruges", "Antwerp"):
            self.changed_here(city=city)
            self.drain()
        self.they_say(-0.01, city="Bruges")
        self.they_say(0, city="Antwerp")
        self.assertEqual((self.ada.city, len(self.conflicts)), ("Antwerp", 0))

    def test_who_may_choose(self):
        self.clash()
        person = self.user("user")
        theirs = self.conflicts.with_user(person)
        self.assertEqual((theirs.may_choose, theirs.theirs_text), (False, "Liège"), "who may read the contact sees it")
        with self.assertRaises(AccessError):
            theirs.action_take_theirs()
        self.assertEqual(self.ada.city, "Bruges")
        with self.assertRaises(AccessError):
            theirs.read(["theirs"])
        person.group_ids |= self.env.ref("base.group_partner_manager")
        theirs.action_take_theirs()
        self.assertEqual((self.ada.city, self.ada.write_uid, theirs.settled_by), ("Liège", person, person))

    def test_who_may_not_read_the_record_sees_nothing_of_it(self):
        self.clash()
        self.env["ir.rule"].create(
            {
                "name": "x",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "domain_force": "[('name', '!=', 'Ada Arden')]",
            }
        )
        theirs = self.conflicts.with_user(self.user("operator"))
        self.assertEqual((theirs.record_name, theirs.ours_text, theirs.theirs_text), (False, False, False))

    def test_the_record_is_gone(self):
        self.clash()
        asked = self.conflicts
        self.ada.unlink()
        self.assertEqual((asked.record_name, asked.may_choose), (False, False))
        asked.action_keep_odoo()
        self.assertEqual((asked.state, asked.settled_by.id), ("odoo", False), "there is nothing to choose")
        self.assertIn("gone", asked.reason)

    def test_old_ones_are_forgotten(self):
        self.clash()
        self.conflicts.action_keep_odoo()
        self.clash("Ypres", "Mons")
        self.assertEqual(self.conflicts.mapped("state"), ["odoo", "open"])
        self.env.cr.execute("UPDATE integration_conflict SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        self.env["integration.conflict"]._gc_settled()
        self.assertEqual(self.conflicts.mapped("state"), ["open"], "what a person is asked stays")
        self.env.cr.execute("DELETE FROM integration_event WHERE id = %s", [self.conflicts.event_id.id])
        self.env.invalidate_all()
        shown = self.conflicts.web_read({"event_id": {"fields": {"display_name": {}}}, "theirs_text": {}})
        self.assertEqual((shown[0]["event_id"], shown[0]["theirs_text"]), (False, "Mons"), "without its message")


@tagged("post_install", "-at_install")
class TestCircles(DecidedCase):
    def test_what_comes_back_again_and_again_waits_for_a_person(self):
        """An automation there undoes what Odoo sends, one of Odoo undoes what they say."""
        for lap in range(1, circles.LAPS + 5):
            event = self.they_say(lap, city="GHENT")
            if event.state == "held":
                break
            self.assertEqual(self.ada.city, "GHENT")
            self.changed_here(city="Ghent")
            self.drain()
        self.assertEqual((event.state, event.error_code), ("held", "circle"))
        self.assertGreater(lap, circles.LAPS)
        self.assertIn("round in a circle", event.error_message)
        event.with_user(self.user("operator")).action_retry()
        self.commit()
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((event.state, self.ada.city), ("done", "GHENT"), "who has it tried again takes theirs")

    def test_news_is_no_circle(self):
        for lap in range(1, circles.LAPS + 5):
            event = self.they_say(lap, city=f"Town {lap}")
            self.changed_here(city="Ghent")
            self.drain()
        self.assertEqual(event.state, "done")

    def test_where_odoo_sends_nothing_there_is_none(self):
        self.shop.flow_ids.filtered(lambda flow: flow.direction == "outbound").action_switch_off()
        with patch.object(circles, "LAPS", 1):
            for lap in range(1, 8):
                event = self.they_say(lap, city=("GHENT", "Ghent")[lap % 2])
        self.assertEqual((event.state, self.link.heard), ("done", False))
