# Part of Integration Hub. License LGPL-3.0 or later.
from . import (
    test_capture,
    test_drain,
    test_flow_inbound_order,
    test_flow_outbound,
    test_held_database,
    test_mapping,
    test_real_connections,
    test_rest,
    test_rest_attacks,
    test_security,
    test_signatures,
    test_tours,
    test_vault,
    test_views,
    test_webhook,
    test_wizards,
)
