# Part of Integration Hub. License LGPL-3.0 or later.
"""Two databases on one server share its workers and nothing else. docs/HOSTING.md."""

import copy
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import devdb
import devserver
import pytest
import requests
from estate import Estate
from hub_clients import wait_for
from people import PATIENCE, People, workers
from shop import delivery

HOUSE, NEIGHBOUR = (devdb.name_of(f"{purpose}_{os.getpid()}") for purpose in ("house", "neighbour"))
BOTH = {"options": {"db_name": f"{HOUSE},{NEIGHBOUR}", "dbfilter": f"^({HOUSE}|{NEIGHBOUR})$"}}
SLUG = "the-same-in-both"


@pytest.fixture(scope="module")
def estates() -> Iterator[tuple[Estate, Estate]]:
    devdb.clone(devdb.name_of("addon"), NEIGHBOUR)
    try:
        devdb.execute(NEIGHBOUR, devserver.ONLY_OUR_CRONS)
        with devserver.fresh("house", workers=4, settings=BOTH) as server:
            neighbour = copy.copy(server)
            neighbour.database = NEIGHBOUR
            yield Estate.set_up(server), Estate.set_up(neighbour)
    finally:
        devdb.drop(NEIGHBOUR)


def beating(estate: Estate) -> bool:
    """Whether jobs are run; both are copies of one database, with its waiting jobs."""
    return estate.health()["checks"]["job_runner:heartbeat"][0]["status"] == "pass"


def only(estate: Estate) -> dict[str, str]:
    """The header by which a proxy says for which database a request is."""
    return {"X-Odoo-Database": estate.server.database}


def test_messages_of_one_never_appear_in_the_other(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:  # nobody runs jobs yet, so the first change calls the cron, which makes room for them
        estate.admin.create("res.partner", {"name": "First", "email": "first@databases.example"})
        wait_for("a heartbeat", partial(beating, estate), PATIENCE)
    people = [People(estate, [estate.server.url], only(estate)) for estate in estates]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.send(6, 2, threads=2), people))
    partners = [
        estate.admin.create("res.partner", {"name": name, "email": f"{name.lower()}@databases.example"})
        for estate, name in zip(estates, ("House", "Neighbour"), strict=True)
    ]
    pids = [workers(one.check()) for one in people]
    assert pids[0] | pids[1] <= set(estates[0].server.worker_pids()), "drains run in both"
    for estate, one, partner in zip(estates, people, partners, strict=True):
        accepted = [event for events in one.acknowledged.values() for event in events]
        assert estate.admin.count("integration.event", [("direction", "=", "inbound")]) == len(accepted)
        assert estate.sent(partner, seconds=PATIENCE)["state"] == "done"
        email = estate.admin.read("res.partner", partner, ["email"])["email"]
        assert len(estate.sandbox.contacts(email)) == 1
    for estate, other in (estates, estates[::-1]):
        mine = {f"{customer}" for customer in people[estates.index(other)].acknowledged}
        theirs = estate.admin.search("integration.event", [("direction", "=", "inbound")], ["external_id"])
        assert not mine & {one["external_id"].rpartition("/")[2] for one in theirs}


def test_what_a_worker_remembers_of_one_is_not_used_for_the_other(estates: tuple[Estate, Estate]) -> None:
    house, neighbour = estates
    secrets = dict.fromkeys((HOUSE, NEIGHBOUR), house.sandbox.account("shopify")["webhook_secret"])
    for estate in estates:
        endpoint = estate.endpoint(estate.shop, "inbound")
        estate.admin.call("integration.endpoint", "action_remove_webhooks", [endpoint])
        estate.admin.write("integration.endpoint", endpoint, {"slug": SLUG})
    secrets[NEIGHBOUR] = "the neighbour's own secret"
    (credential,) = neighbour.admin.read(
        "integration.endpoint", neighbour.endpoint(neighbour.shop, "inbound"), ["credential_id"]
    )["credential_id"][:1]
    neighbour.admin.write("integration.credential", credential, {"secret": secrets[NEIGHBOUR]})
    neighbour.admin.call("integration.credential", "action_retire_previous", [credential])
    order = house.sandbox.order(webhook=False)
    for _round in range(8):  # each of the workers has served both before it serves either again
        for estate in estates:
            for signer in (HOUSE, NEIGHBOUR):
                body, headers = delivery(order, secrets[signer])
                url = f"{estate.server.url}/integration/webhook/{SLUG}"
                answer = requests.post(url, body, headers=headers | only(estate), timeout=30)
                expected = 202 if signer == estate.server.database else 401
                assert answer.status_code == expected, (estate.server.database, signer, answer.text)


def test_a_webhook_for_no_database_in_particular_reaches_none(estates: tuple[Estate, Estate]) -> None:
    house, _neighbour = estates
    before = [estate.admin.count("integration.event", []) for estate in estates]
    body, headers = delivery(house.sandbox.order(webhook=False), house.sandbox.account("shopify")["webhook_secret"])
    answer = requests.post(f"{house.server.url}/integration/webhook/{SLUG}", body, headers=headers, timeout=30)
    assert answer.status_code == 404
    assert [estate.admin.count("integration.event", []) for estate in estates] == before


def test_each_is_told_that_the_public_address_leads_to_neither(estates: tuple[Estate, Estate]) -> None:
    for estate in estates:
        lines = estate.admin.call("integration.readiness", "look", call=True)["lines"]
        (reach,) = (line for line in lines if line["key"] == "reach")
        assert (reach["state"], "which one is meant" in reach["said"]) == ("bad", True), reach
        assert f"proxy_set_header X-Odoo-Database {estate.server.database};" in reach["fixes"]["own"]
