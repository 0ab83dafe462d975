# Part of Integration Hub. License LGPL-3.0 or later.
"""Records whose forms show the sync of another record, since that is what they are about: an invoice its order's.

Another system knows nothing of the invoice, the payment and often the delivery, but whoever works on them has to know
that the order was changed or cancelled there, and that this could not be taken in.
"""

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

AT_MOST = 20  # records that one is about, as an invoice of several orders

_LINES = "order_line.invoice_lines.move_id"
_RECONCILED = f"{_LINES}.line_ids"
# By model, what its records are about: the model of that, and the paths that lead back from there.
FOLLOWED = {
    "account.move": {"sale.order": (_LINES,)},
    "account.payment": {
        "sale.order": (
            f"{_RECONCILED}.matched_credit_ids.credit_move_id.payment_id",
            f"{_RECONCILED}.matched_debit_ids.debit_move_id.payment_id",
        )
    },
    "stock.picking": {"sale.order": ("picking_ids",)},
}


def followers(env, models):
    """Return ``{model: models whose sync its forms show}``, as far as the apps for it are installed.

    :param models: those whose records are synced themselves
    """
    found = {
        follower: frozenset(model for model in about if model in models and _paths(env, follower, model))
        for follower, about in FOLLOWED.items()
        if follower in env
    }
    return {follower: about for follower, about in found.items() if about}


def followed(record, models):
    """Return a statement of the model, the id and the name of what a record is about and its reader may read.

    :param models: of which something is to be shown; ``None`` is returned where there is none
    """
    found = []
    for model in FOLLOWED.get(record._name, {}).keys() & models:
        about = record.env[model].with_context(active_test=False)
        for path in _paths(record.env, record._name, model):  # each for itself: PostgreSQL would read all for an OR
            try:
                query = about._search(Domain(path, "=", record.id), limit=AT_MOST)
            except AccessError:  # the reader may read none of them
                break
            name = SQL.identifier(query.table, about._rec_name)
            columns = SQL("%s::varchar AS model, %s AS id, %s AS name", model, SQL.identifier(query.table, "id"), name)
            found.append(SQL("(%s)", query.select(columns)))
    return SQL(" UNION ").join(found) if found else None


def _paths(env, follower, model):
    """Return the paths from a model to what is about it, without those that an app makes that is not installed."""
    return [
        path
        for path in FOLLOWED[follower].get(model, ())
        if model in env and path.partition(".")[0] in env[model]._fields
    ]
