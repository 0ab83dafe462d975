// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

/** Home is the readiness page: what is missing, the lines to copy where the server is hosted, what is left as it is. */
registry.category("web_tour.tours").add("integration_hub_readiness", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o_menu_sections [data-menu-xmlid='integration_hub.integration_home_menu']", run: "click" },
        { trigger: "[data-check=environment][data-state=bad]:contains(does not say which environment)" },
        { trigger: "[data-hosting=own]", run: "click" },
        { trigger: "[data-environment=test]", run: "click" },
        { trigger: "[data-check=environment] pre:contains(environment = test)" },
        { trigger: "[data-check=together] pre:contains(environment = test):contains(master_keys = main:)" },
        { trigger: "[data-hosting=container]", run: "click" },
        { trigger: "[data-check=master_key] pre:contains(INTEGRATION_HUB_MASTER_KEYS):not(:contains({new_key}))" },
        { trigger: "[data-check=master_key] button:contains(Why?)", run: "click" },
        { trigger: "[data-check=master_key] p:contains(nobody opens them again)" },
        { trigger: "[data-check=address][data-state=warn] button:contains(Leave it so)", run: "click" },
        { trigger: "[data-check=address] .badge:contains(left as it is)" },
        { trigger: ".o_control_panel button:contains(Check again)", run: "click" },
        { trigger: "[data-check=reach][data-state=bad]:contains(cannot be reached)" },
    ],
});
