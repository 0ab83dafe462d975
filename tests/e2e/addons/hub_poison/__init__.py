# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine import burial

from . import connector, partner

# what is set aside rests for seconds: how long is shown by tests with a clock of their own
burial.ASIDE.update(dict.fromkeys(burial.ASIDE, 3.0))
