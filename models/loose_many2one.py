# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields


class LooseMany2one(fields.Many2one):
    """A Many2one without a foreign key, for append-only tables.

    A foreign key costs a lock on the target's row with each insert, and an update of the log when the target goes.
    The targets refuse to be deleted while the log names them; they are archived.
    """

    def update_db_foreign_key(self, model, column):
        return
