# Part of Integration Hub. License LGPL-3.0 or later.
"""Makes the four addresses that the intake benchmarks send the same requests to.

/bench/bare                        the bare controller
/integration/webhook/bench         the hub, Shopify's signature, the order flow switched on
/web/hook/bench                    an automation rule that runs one empty code action
/edi/bench                         an EDI endpoint that keeps an exchange record
"""

SECRET = "bench-secret"


def post_init_hook(env):
    env.cr.execute(
        "CREATE TABLE hub_bench_delivery (id serial PRIMARY KEY, received_at timestamp NOT NULL, body text NOT NULL)"
    )
    _make_hub(env)
    _make_automation(env)
    _make_edi(env)


def _make_hub(env):
    settings = {
        "shop": "bench.myshopify.com",
        "access_token": "bench",
        "webhook_secret": SECRET,
        "api_url": "http://127.0.0.1:9",
    }
    wizard = env["integration.connect"].create({"connector": "shopify"})
    for line in wizard.field_ids:
        line.value = settings.get(line.name)
    system = wizard._create_system(check=False)
    system._endpoint("inbound").slug = "bench"
    flow = system.flow_ids.filtered(lambda flow: "orders/create" in (flow.topics or ""))
    if flow.state != "on":
        flow.action_switch_on()


def _make_automation(env):
    # The rule needs a record to run on; the cheapest expression that gives one.
    rule = env["base.automation"].create(
        {
            "name": "Bench",
            "model_id": env["ir.model"]._get_id("res.company"),
            "trigger": "on_webhook",
            "record_getter": "model.browse(1)",
        }
    )
    rule.webhook_uuid = "bench"
    env["ir.actions.server"].create(
        {
            "name": "Bench",
            "model_id": rule.model_id.id,
            "base_automation_id": rule.id,
            "usage": "base_automation",
            "state": "code",
            "code": "pass",
        }
    )


def _make_edi(env):
    kind = env["edi.backend.type"].create({"name": "Bench", "code": "bench"})
    backend = env["edi.backend"].create({"name": "Bench", "backend_type_id": kind.id})
    exchange = env["edi.exchange.type"].create(
        {
            "name": "Bench",
            "code": "bench",
            "backend_type_id": kind.id,
            "direction": "input",
            "process_model_id": env["ir.model"]._get_id("edi.oca.handler.process"),
        }
    )
    endpoint = env["edi.endpoint"].create(
        {
            "name": "Bench",
            "backend_id": backend.id,
            "backend_type_id": kind.id,
            "exchange_type_id": exchange.id,
            "route": "/bench",
            "request_method": "POST",
            "request_content_type": "application/json",
            "exec_mode": "create_exchange_record",
            "auth_type": "public",
            "exec_as_user_id": env.ref("base.user_admin").id,
        }
    )
    endpoint.registry_sync = True
