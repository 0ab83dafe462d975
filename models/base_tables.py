# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

MODULE = "integration_hub"
# This module's data files make records of these; of users only the service user, who is there at each upgrade.
WITH_DATA = ("ir.", "mail.", "queue.", "res.groups")


class Base(models.AbstractModel):
    """Tables of other modules are left as they are while this one is installed or upgraded.

    Extending ``base`` makes every model one that this module extends. Odoo then looks at all their tables, with a
    registry in which apps that are loaded later are missing: it takes the columns of those for removed ones, drops
    their NOT NULL, and adds it again in the end. Each time the table is locked until the whole upgrade is over.
    """

    _inherit = "base"

    def _auto_init(self):
        left_alone = self._integration_stranger() and self._name not in self._integration_models()
        return None if left_alone else super()._auto_init()

    def _check_removed_columns(self, log=False):
        return None if self._integration_stranger() else super()._check_removed_columns(log)

    def _integration_stranger(self):
        """Whether this module is being loaded and the model is another's, of which it makes no records."""
        return (
            self.env.context.get("module") == MODULE
            and self._original_module != MODULE
            and not self._name.startswith(WITH_DATA)
        )

    @staticmethod
    def _integration_models():
        """The names of the models that this module defines or extends one by one."""
        return {each._name for each in models.MetaModel._module_to_models__[MODULE]}
