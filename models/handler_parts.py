# Part of Integration Hub. License LGPL-3.0 or later.
"""What both halves of the handler share."""

from functools import cached_property

from odoo import api
from odoo.exceptions import MissingError

from ..connectors.errors import ConfigurationError


def told(env, warnings, undone=(), decided=()):
    """Return code, message and hint of an outcome that is done, but not with everything; nothing without warnings.

    :param undone: what else is left to a person, in words
    :param decided: sentences about what was not taken over, since somebody else decides it
    """
    if not (warnings or undone or decided):
        return ()
    shown = [f"{warning.target}: {warning.message}" for warning in warnings[:10]]
    left_out = env._("Left out or replaced: %(fields)s", fields="; ".join(shown)) if shown else ""
    left_undone = env._("Not done here: %(steps)s", steps="; ".join(undone)) if undone else ""
    text = ". ".join(filter(None, [left_undone, left_out, *decided]))
    if undone:
        return "left-undone", text, env._("Do it here, where it is wanted.")
    if not warnings:
        return "decided", text, env._("Who decides it is set on the system, under Who Decides.")
    hint = env._("Correct it at the source: the next change brings it. Or change what the mapping does with it.")
    return "left-out", text, hint


def service_environment(root, endpoint_id, flow):
    """Return the environment of the endpoint's service user, who may be an archived one; never a superuser's."""
    user = root["integration.endpoint"].browse(endpoint_id).service_user_id
    if flow.company_id not in user.company_ids:  # an archived company is not among them
        raise ConfigurationError(
            root._("%(user)s cannot work in %(company)s", user=user.name, company=flow.company_id.name),
            code="no-company",
            hint=root._("Restore the company, or allow it to the endpoint's service user. Then retry."),
        )
    context = {
        "allowed_company_ids": flow.company_id.ids,
        "integration_origin": flow.system_id.id,
        "mail_create_nosubscribe": True,
        "lang": user.lang or "en_US",
        "tz": user.tz or "UTC",
    }
    return api.Environment(root.cr, user.id, context)


def kept_versions(event):
    """Return the ids of the mapping versions by which a message is to be mapped, whatever is in use; none: by that."""
    return (event.mapping_version_id, event.record_mapping_version_id) if event.keeps_versions else (None, None)


class Road:
    """What is the same for all messages of ``flow`` in one transaction, looked up once.

    :ivar versions: of both mappings, as :func:`kept_versions` gives them
    """

    flow, versions = None, (None, None)

    @cached_property
    def is_on(self):
        """Whether there is such a flow, switched on or being loaded."""
        try:
            return bool(self.flow) and self.flow._works()
        except MissingError:
            return False

    @cached_property
    def system_hop(self):
        """The mapping between the system's form and the business object, with its version."""
        return self.flow.mapping_id._compiled(self.versions[0])

    @cached_property
    def record_hop(self):
        """The mapping between the business object and the record, with its version."""
        return self.flow.record_mapping_id._compiled(self.versions[1])
