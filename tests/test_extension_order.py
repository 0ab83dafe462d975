# Part of Integration Hub. License LGPL-3.0 or later.
"""Files that extend a model come after those they extend: the order of their names decides nothing."""

import inspect
import re

from odoo.tests import TransactionCase, tagged

OURS = "odoo.addons.integration_hub."
CALLS = re.compile(r"\bsuper\(\)\.(\w+)\(")


def methods(part):
    """Return ``(name, function)`` of what a class defines and calls its parents from."""
    for name, found in vars(part).items():
        function = getattr(found, "__func__", found)
        if inspect.isfunction(function) and "super" in function.__code__.co_names:
            yield name, function


@tagged("post_install", "-at_install")
class TestExtensionOrder(TransactionCase):
    def test_whatever_calls_its_parent_has_one(self):
        seen = 0
        for model in self.env.registry.values():
            parts = model.mro()
            for place, part in enumerate(parts):
                for name, function in methods(part) if part.__module__.startswith(OURS) else ():
                    for called in CALLS.findall(inspect.getsource(function)):
                        seen += 1
                        found = any(called in vars(parent) for parent in parts[place + 1 :])
                        self.assertTrue(found, f"{part.__module__}: {name} calls {called}, which comes later")
        self.assertGreater(seen, 50)
