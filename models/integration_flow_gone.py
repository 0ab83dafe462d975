# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationFlow(models.Model):
    """What a flow does with the record of an object that is deleted in the other system."""

    _inherit = "integration.flow"

    on_remote_delete = fields.Selection(
        [("keep", "Keep it"), ("archive", "Archive it")],
        "Deleted There",
        default="keep",
        required=True,
        tracking=True,
        help="What becomes of the Odoo record when its object is deleted in the other system. Archived: it comes back "
        "when the object does; one that somebody still needs, as a contact with a log-in, is kept.",
    )
