# Part of Integration Hub. License LGPL-3.0 or later.
"""A person signs in to another system in a real browser: from the catalogue to its page, and back into the set-up."""

from browser import browser
from estate import Estate

STEP = ".o_form_sheet button[name=%s]"


def test_a_person_signs_in_and_is_back_at_the_test(estate: Estate) -> None:
    api, admin = f"{estate.server.sandbox_url}/hubspot", estate.admin
    wizard = admin.create(
        "integration.connect",
        {
            "connector": "generic_rest",
            "name": "Signed in",
            "rest_base_url": api,
            "rest_check_path": "/account-info/v3/details",
            "rest_auth_kind": "oauth_authorization_code",
            "rest_authorize_url": f"{api}/oauth/authorize",
            "rest_token_url": f"{api}/oauth/v1/token",
            "rest_client_id": "hubspot-sandbox-client",
        },
    )
    with browser(admin.url, admin.cookie) as page:
        page.call("Page.navigate", url=f"{admin.url}/odoo/integration-setup/{wizard}")
        page.click(STEP % "action_begin")
        page.type("[data-setting=api_key] input", "hubspot-sandbox-client-secret")
        page.click(STEP % "action_sign_in")
        page.click("#allow")
        page.appears(".o_integration_finding[data-state=ok]")
        page.click(STEP % "action_choose_flows")
        page.appears("[name=flow_ids]")
    system = admin.one("integration.system", [("name", "=", "Signed in")], ["setup_step", "lifecycle"])
    assert (system["setup_step"], system["lifecycle"]) == ("flows", "planned")
