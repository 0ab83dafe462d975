# Part of Integration Hub. License LGPL-3.0 or later.
"""``odoo-bin integration_hub drain on|wait|off -d DATABASE``: drain mode for those who upgrade by script."""

import getpass
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

EVERY = 0.5  # seconds between two looks


class IntegrationHub(Command):
    """Drain mode, for an upgrade or a repair: messages are accepted and answered, and none is processed.

    drain on     switch it on
    drain wait   return when nothing is being worked on any more; status 1 if that takes too long
    drain off    switch it off, and wake all that has work
    """

    name = "integration_hub"

    def run(self, args):
        parser = self.parser
        parser.add_argument("subject", choices=["drain"])
        parser.add_argument("action", choices=["on", "wait", "off"])
        parser.add_argument("-c", "--config", help="the server's configuration file")
        parser.add_argument("-d", "--database", required=True)
        parser.add_argument("--reason", default="Maintenance", help="what people read on messages that wait")
        parser.add_argument("--timeout", type=float, default=300, help="seconds that `wait` waits at most")
        options = parser.parse_args(args)
        config.parse_config(["--no-http", *(["-c", options.config] if options.config else [])], setup_logging=True)
        act = {"on": _on, "wait": _wait, "off": _off}[options.action]
        try:
            with Registry(options.database).cursor() as cr:
                act(api.Environment(cr, SUPERUSER_ID, {})["integration.maintenance"], options)
        except UserError as error:
            sys.exit(str(error))


def _on(maintenance, options):
    maintenance.create({"reason": f"{options.reason} ({getpass.getuser()})"})


def _off(maintenance, options):
    maintenance._running().action_end()


def _wait(maintenance, options):
    give_up_at = time.monotonic() + options.timeout
    while busy := maintenance._busy_units():
        if time.monotonic() > give_up_at:
            sys.exit(f"Still being worked on after {options.timeout:g} s: {', '.join(map(str, busy))}")
        time.sleep(EVERY)
