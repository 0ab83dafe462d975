# Part of Integration Hub. License LGPL-3.0 or later.
"""How many queries does the sync of a record add to the opening of its form?

Opened is a contact, an order, and a record of a model that was made at run time, by the web client's own calls, as a
salesperson in no group of the hub, with warm caches. Of a model that no flow is about: against the same form in a
database without the hub, in which nothing may be added. Of a linked record, whose messages are in the log: against the
same form before it was linked.
"""

import json
from pathlib import Path
from typing import Any

from odoo_shell import measured_inside

NAMES = ("form_queries",)
BAR = 2
MODELS = ("res.partner", "sale.order", "x_boat")
LOGIN = "bench-seller"


def run() -> dict[str, Any]:
    """The row; the value is the most that is added to the form of a linked record."""
    import devdb

    without = measured_inside("form_queries", "bench_forms_bare", devdb.name_of("base"))
    with_hub = measured_inside("form_queries", "bench_forms", devdb.name_of("addon"))
    unbound = {model: with_hub["unbound"][model] - without["unbound"][model] for model in MODELS}
    bound = {model: with_hub["bound"][model] - with_hub["unbound"][model] for model in MODELS}
    worst = max(bound.values())
    return {
        "name": "form_queries",
        "unit": "queries a form",
        "value": worst,
        "peer": "the same form, its model in no flow",
        "peer_value": max(unbound.values()),
        "ratio": worst,
        "bar": BAR,
        "ok": worst <= BAR and not any(unbound.values()),
        "n": len(MODELS),
        "bound": bound,
        "unbound": unbound,
        "without_hub": without["unbound"],
    }


def inside(env: Any, result: str) -> None:
    """The queries of each form, with the hub's flows where there is a hub; writes them."""
    user = _seller(env)
    records = _records(env)
    has_hub = "integration.record" in env
    found = {"unbound": {record._name: _opened(record.with_user(user)) for record in records}}
    if has_hub:
        flow = _flow(env)
        for record in records:
            _bind(env, flow, record)
        env.cr.commit()
        found["bound"] = {record._name: _opened(record.with_user(user)) for record in records}
    Path(result).write_text(json.dumps(found))


def _seller(env: Any) -> Any:
    groups = [env.ref(f"base.group_{name}").id for name in ("user", "partner_manager")]
    groups.append(env.ref("sales_team.group_sale_salesman_all_leads").id)
    return env["res.users"].create({"name": LOGIN, "login": LOGIN, "group_ids": [(6, 0, groups)]})


def _records(env: Any) -> list[Any]:
    model = env["ir.model"].create({"name": "Boat", "model": "x_boat"})
    access = {"name": "boats", "model_id": model.id, "group_id": env.ref("base.group_user").id, "perm_read": True}
    env["ir.model.access"].create(access)
    partner = env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
    order = env["sale.order"].create({"partner_id": partner.id})
    boat = env["x_boat"].create({"x_name": "Argo"})
    env.cr.commit()
    return [partner, order, boat]


def _flow(env: Any) -> Any:
    settings = {"access_token": "bench", "client_secret": "bench", "api_url": "http://127.0.0.1:9"}
    wizard = env["integration.connect"].create({"connector": "hubspot"})
    for line in wizard.field_ids:
        line.value = settings.get(line.name)
    return wizard._create_system(check=False).flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")


def _bind(env: Any, flow: Any, record: Any) -> None:
    """Link a record, with a message in the log that sent it, and have a flow on its model."""
    if record._name != flow.model_name:
        model = env["ir.model"]._get_id(record._name)
        flow = flow.copy({"model_id": model, "domain": "[]", "trigger_fields": "", "template_key": False})
        flow.write({"state": "on"})
    env["integration.binding"]._link(flow.system_id, flow.entity_id, f"{record._name}-1", record)
    record.sudo().write({"x_name" if record._name == "x_boat" else "name": record.display_name})
    env.cr.flush()
    env.cr.execute("UPDATE integration_event SET state = 'done', done_at = arrived_at WHERE res_id = %s", [record.id])


def _opened(record: Any) -> int:
    """Queries of the second time that a form is opened by a person: what is cached is cached."""
    for _time in range(2):
        record.env.cr.commit()
        record.env.invalidate_all()
        before = record.env.cr.sql_log_count
        _open(record)
    return int(record.env.cr.sql_log_count - before)


def _open(record: Any) -> None:
    """What the web client asks for: the views, the record, and the sync of a record that may have one."""
    views = record.get_views([(False, "form"), (False, "search")], {"toolbar": True})
    arch, fields = views["views"]["form"]["arch"], views["models"][record._name]["fields"]
    wanted = {
        name: {"fields": {"display_name": {}}} if field["type"] == "many2one" else {}
        for name, field in fields.items()
        if f'name="{name}"' in arch
    }
    record.web_read(wanted)
    if "integration.record" in record.env and record._name in record.env["integration.flow"]._synced():
        record.env.invalidate_all()  # a request of its own
        facts = record.env["integration.record"].facts(record._name, record.id)
        if facts["state"] != "ok":
            raise RuntimeError(f"{record} is not in step: {facts}")
