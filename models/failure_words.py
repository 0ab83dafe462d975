# Part of Integration Hub. License LGPL-3.0 or later.
"""A cause in the words of whoever runs the integrations: what is wrong, without what is of one message."""

from ..engine import fingerprint


def cause(env, system, code, message):
    """Return the cause of a group of messages in one sentence.

    :param message: what one of them says; taken where it is about all of them
    """
    code = code or ""
    names = {"system": system}
    if code in fingerprint.NO_ANSWER:
        return env._("%(system)s does not answer", **names)
    if code in fingerprint.BUSY_THERE:
        return env._("%(system)s is asked more often than it allows", **names)
    return _of_many(env, names).get(code) or message or env._("It failed, and said nothing")


def _of_many(env, names):
    """Return what is said where the message of one names its own record, amounts or products."""
    return {
        "unauthorized": env._("%(system)s refuses the key", **names),
        "tls": env._("The connection with %(system)s cannot be trusted", **names),
        "error-page": env._("Something else than %(system)s answers at its address", **names),
        "in-doubt": env._("It may have arrived in %(system)s, or not: a person looks", **names),
        "worker-died": env._("Its workers died"),
        "deleted-remotely": env._("It was deleted in %(system)s, and is still changed here", **names),
        "ambiguous-match": env._("%(system)s has several that match one record", **names),
        "circle": env._("Changes go round in a circle with %(system)s", **names),
        "content-gone": env._("What it carried is kept no longer"),
        "busy": env._("Others are changing the same records"),
        "no-customer": env._("Orders without a customer"),
        "no-currency": env._("The currency is missing, or not active in Odoo"),
        "totals-differ": env._("Orders do not add up to the total that %(system)s says", **names),
        "taxes-differ": env._("Taxes do not add up to those that %(system)s says", **names),
        "line-without-taxes": env._("Lines for which %(system)s says no taxes", **names),
        "locked-order": env._("Orders were changed in %(system)s that are locked here", **names),
        "cancelled-after-confirmation": env._("Orders were cancelled in %(system)s that are confirmed here", **names),
        "cancelled-after-delivery": env._("Orders were cancelled in %(system)s that are delivered", **names),
        "delivered-already": env._("More was delivered than is left in %(system)s", **names),
        "edited-after-invoicing": env._("Orders were changed in %(system)s after they were invoiced", **names),
        "refund-exceeds-order": env._("More is refunded than was ordered"),
        "not-open": env._("Orders cannot be shipped in %(system)s any more", **names),
    }
