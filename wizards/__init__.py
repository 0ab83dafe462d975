# Part of Integration Hub. License LGPL-3.0 or later.
# What other files extend comes before them, whatever their names.
from . import integration_connect, integration_connect_entered, integration_connect_sign_in

# isort: split
from . import (
    integration_adoption,
    integration_adoption_source,
    integration_connect_about,
    integration_connect_field,
    integration_connect_flow,
    integration_connect_load,
    integration_connect_rest,
    integration_connect_webhooks,
    integration_edit_replay,
    integration_failure_ignore,
    integration_failure_snooze,
    integration_fetch,
    integration_ignore_value,
    integration_limits,
    integration_map_value,
    integration_pause,
    integration_replay,
    integration_resolve,
    integration_sign_in,
    partner_merge,
)
