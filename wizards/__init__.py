# Part of Integration Hub. License LGPL-3.0 or later.
from . import (
    integration_connect,
    integration_connect_rest,
    integration_fetch,
    integration_limits,
    integration_pause,
    integration_resolve,
)
