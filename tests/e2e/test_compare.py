# Part of Integration Hub. License LGPL-3.0 or later.
"""A record beside what the CRM has of it: while the CRM takes its time, no transaction of the database is open."""

from concurrent.futures import ThreadPoolExecutor

import devdb
from estate import Estate

SLOW = 1.5  # seconds that the CRM takes for its answer
OPEN = """
    SELECT query FROM pg_stat_activity
     WHERE datname = %s AND state = 'idle in transaction' AND now() - state_change > interval '0.5 s'"""


def test_comparing_keeps_no_transaction_open(estate: Estate) -> None:
    values = {"name": "Slowly Compared", "email": "slowly.compared@e2e.example"}
    partner = estate.admin.create("res.partner", values)
    estate.sent(partner, "done")
    estate.settle()
    estate.sandbox.faults({"vendor": "hubspot", "kind": "latency", "seconds": SLOW, "match": {"method": "GET"}})
    left_open = set()
    with ThreadPoolExecutor(1) as pool, devdb.server() as cr:
        ask = ("integration.record", "compare", "res.partner", partner, estate.crm)
        compared = pool.submit(estate.operator.call, *ask)
        while not compared.done():
            cr.execute(OPEN, [estate.server.database])
            left_open.update(cr.fetchall())
    rows = compared.result()
    assert ("Email", values["email"], values["email"]) in [(row["label"], row["here"], row["there"]) for row in rows]
    assert not left_open
