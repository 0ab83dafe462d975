# Part of Integration Hub. License LGPL-3.0 or later.


def post_init_hook(env):
    """Connects a shop whose customers become contacts."""
    settings = {
        "shop": "bench.myshopify.com",
        "access_token": "bench",
        "webhook_secret": "bench-secret",
        "api_url": "http://127.0.0.1:9",
    }
    wizard = env["integration.connect"].create({"connector": "shopify", "name": "Bench"})
    for line in wizard.field_ids:
        line.value = settings.get(line.name)
    for line in wizard.flow_ids:
        line.wanted = line.key == "customers_in"
    wizard._create_system(check=False)._endpoint("inbound").slug = "bench"
