# Part of Integration Hub. License LGPL-3.0 or later.
from . import test_webhook
from . import test_vault
from . import test_flow_inbound_order
from . import test_drain
from . import test_held_database
from . import test_real_connections
from . import test_capture, test_flow_outbound
from . import test_mapping, test_security, test_wizards
from . import test_views, test_tours
