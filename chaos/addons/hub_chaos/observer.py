# Part of Integration Hub. License LGPL-3.0 or later.
"""PostgreSQL notes what took effect: triggers write a row in the very transaction that has the effect, or none.

Neither the hub's log nor its code is asked, nor the clock of any process: `at` is the database server's. Two changes of
one record cannot be under way at once, so that the order of `id` is the order in which they took effect.
"""

from pathlib import Path


def post_init_hook(env):
    env.cr.execute(Path(__file__).with_name("observer.sql").read_text())
