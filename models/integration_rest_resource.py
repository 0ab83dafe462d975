# Part of Integration Hub. License LGPL-3.0 or later.
import re

from odoo import api, fields, models

from ..connectors import dotted
from .rest_definition import PAGING, RESOURCE, read, without_halves, write

METHODS = [("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")]


class IntegrationRestResource(models.Model):
    """One kind of object of an API that has no connector of its own: where it is listed, read, found and written."""

    _name = "integration.rest.resource"
    _description = "API Object"
    _inherit = ["integration.rest.part.mixin"]
    _order = "system_id, sequence, id"
    _rec_name = "title"

    system_id = fields.Many2one("integration.system", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Technical Name", required=True, help="What flows and the log call it, e.g. contact.")
    title = fields.Char("Object", required=True, help="What people call it, e.g. Contact.")
    entity_id = fields.Many2one(
        "integration.entity", "Business Object", required=True, ondelete="restrict", help="What it is in Odoo's terms."
    )
    id_path = fields.Char("Its Id", required=True, default="id", help="Where its id stands in the object, e.g. id.")
    version_path = fields.Char(
        "Its Version", help="What rises with each change: a moment or a number, e.g. updated_at. Tells old from new."
    )
    list_path = fields.Char("List Address", help="e.g. /contacts")
    list_params = fields.Char("List Parameters", help="Sent with each list, e.g. status=any&sort=updated_at")
    list_items = fields.Char("Items At", help="Where the list is in the answer, e.g. data. Empty: it is the answer.")
    paginator = fields.Selection(
        [
            ("none", "All on one page"),
            ("page", "Page numbers"),
            ("offset", "Offset and limit"),
            ("cursor", "Cursor or token in the answer"),
            ("link", "Link header"),
            ("next-url", "Next address in the answer"),
            ("keyset", "By the moment of the last change"),
        ],
        "Pages",
        required=True,
        default="none",
    )
    page_param = fields.Char("Page Parameter", help="Carries the page, offset, cursor or moment. Empty: the usual.")
    page_size_param = fields.Char("Size Parameter", help="What carries the number of items a page. Empty: the usual.")
    page_size = fields.Integer("Items a Page")
    page_next = fields.Char(
        "Continues At",
        help="Where the answer holds the next cursor or address, the number of pages or of items, or an item its "
        "moment of change.",
    )
    since_param = fields.Char("Changes Since", help="The parameter that asks for changes only, e.g. updated_since.")
    since_format = fields.Selection(
        [
            ("iso8601", "2026-01-31T12:00:00Z"),
            ("date", "2026-01-31"),
            ("unix", "Unix seconds"),
            ("unix_ms", "Unix milliseconds"),
        ],
        "Written As",
    )
    read_path = fields.Char("Read Address", help="e.g. /contacts/{id}")
    read_item = fields.Char("Object At", help="Where the object is in the answer, e.g. data. Empty: it is it.")
    create_path = fields.Char("Create Address", help="e.g. /contacts. Empty: the hub never creates one.")
    create_method = fields.Selection(METHODS, help="Empty: POST.")
    create_wrap = fields.Char("Create Within", help="The member that the object is sent in, e.g. contact.")
    create_item = fields.Char("Created Object At")
    update_path = fields.Char("Update Address", help="e.g. /contacts/{id}. Empty: the hub never changes one.")
    update_method = fields.Selection(METHODS, help="Empty: PATCH.")
    update_wrap = fields.Char("Update Within", help="The member that the object is sent in, e.g. contact.")
    update_item = fields.Char("Updated Object At")
    delete_path = fields.Char("Delete Address", help="e.g. /contacts/{id}. Empty: the hub never deletes one.")
    repetition = fields.Selection(
        [
            ("idempotency-key", "Sent again: it honours the Idempotency-Key header"),
            ("upsert", "Sent again: it knows the object, and makes no second one"),
            ("lookup", "Looked for, then sent again"),
            ("hold", "Looked for, then a person is asked"),
        ],
        "When an Answer Is Lost",
        help="What is right when nobody knows whether one was created, since a connection broke. Empty: it is looked "
        "for and sent again where there is a Find Address, else a person is asked.",
    )
    find_path = fields.Char("Find Address", help="Asked before one is created, so that none is created twice.")
    find_params = fields.Char("Find Parameters", help="e.g. email={payload.email}")
    find_items = fields.Char("Found Items At")

    _name_unique = models.Constraint("UNIQUE (system_id, name)", "This system has an object of that name already.")

    @api.onchange("title")
    def _onchange_title(self):
        if self.title and not self.name:
            self.name = re.sub(r"[^a-z0-9]+", "_", self.title.lower()).strip("_")

    def _to_definition(self, before):
        """Return the object as the library describes it; *before* is how it was described."""
        self.ensure_one()
        document = write(before, RESOURCE, self) | {"entity": self.entity_id.code}
        kind = self.paginator
        if self.list_path and kind != "none":
            described = dotted.read(before, "list.paginator") or {}
            paging = described if described.get("kind") == kind else {}
            document["list"]["paginator"] = {"kind": kind, **write(paging, PAGING[kind], self)}
        elif self.list_path:
            document["list"].pop("paginator", None)
        return without_halves(document)

    @api.model
    def _from_definition(self, document):
        """Return field values of an object as the library describes it."""
        paging = dotted.read(document, "list.paginator") or {"kind": "none"}
        return {
            **read(document, RESOURCE),
            **read(paging, PAGING[paging["kind"]]),
            "paginator": paging["kind"],
            "id_path": document.get("id", "id"),
            "entity_id": self.env["integration.entity"].search([("code", "=", document["entity"])]).id,
        }
