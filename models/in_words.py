# Part of Integration Hub. License LGPL-3.0 or later.
"""What goes wrong while a person looks or edits is told in words, never as the trace of a program."""

import functools
import logging

from psycopg2 import Error as DatabaseError
from psycopg2 import IntegrityError

from odoo.exceptions import ConcurrencyError, UserError

from ..engine.database import CONNECTION_LOST, Database
from .handler import Handler

_logger = logging.getLogger(__name__)

# Says nothing about what was asked for: the server does a request anew that lost a race.
LOST = (ConcurrencyError, *CONNECTION_LOST)
# After an error of one of its statements nothing can be done in a transaction any more.
ENDS_TRANSACTION = (ConcurrencyError, DatabaseError)


def in_words(method):
    """Let a method that a screen calls raise nothing but UserError, and what the server takes care of itself."""

    @functools.wraps(method)
    def said(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except (UserError, IntegrityError, *LOST):  # the server says in a model's words what its table refuses
            raise
        except Exception as error:
            raise UserError(words_for(self.env, error)) from error

    return said


def attempt(env, work, passing=ENDS_TRANSACTION, say=None):
    """Return what ``work()`` returns and "", or ``None`` and in words why it failed.

    :param passing: errors that are raised nevertheless
    :param say: gives the words, by environment and error
    """
    try:
        return work(), ""
    except passing:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, a person can read it
        return None, (say or words_for)(env, error)


def words_for(env, error):
    """Return what an error says to the person who asked for what failed."""
    return str(error) if isinstance(error, UserError) else logged_as(env, error)


def logged_as(env, error):
    """Return what the log would say: what happened, and what to do. A mistake of the software is traced."""
    outcome = Handler(Database(env.cr.dbname)).explain(error)
    if outcome.code == "internal-error":
        _logger.error("A mapping could not be shown or edited", exc_info=error)
    return "\n".join(filter(None, (outcome.message, outcome.hint)))
