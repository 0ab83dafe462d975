# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from ..engine import ownership


class IntegrationBinding(models.Model):
    """What a link remembers, to tell who has changed a field since both sides last agreed."""

    _inherit = "integration.binding"

    agreed = fields.Json(readonly=True, help="Of fields that somebody decides: digests of what both sides last had.")
    heard = fields.Char(readonly=True, help="Digests of what came since the last news, and how often it came again.")
    conflict_ids = fields.One2many("integration.conflict", "binding_id", readonly=True)

    def unlink(self):
        self.sudo().conflict_ids.unlink()  # which no foreign key does: links are written to while it would be made
        return super().unlink()

    def _held_fields(self):
        """Return the names of the fields of this link about which a person is asked."""
        return [name for name, memory in ownership.read(self.agreed).items() if memory.held]

    def _release(self, name, ours):
        """Forget that a person is asked about a field; *ours* is what it is here now, as a digest."""
        memories = ownership.read(self.agreed)
        memories[name] = memories[name]._replace(ours=ours, held=False)
        self.agreed = ownership.written(memories)

    def _after_sending(self, sent):
        """Return the values that note what was sent of the fields that somebody decides.

        :param sent: ``{field: digest}``
        """
        if not sent:
            return {}
        memories = ownership.read(self.agreed)
        return {
            "agreed": ownership.written(
                memories | {name: ownership.sent(memories.get(name), digest) for name, digest in sent.items()}
            )
        }
