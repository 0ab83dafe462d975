// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const menu = (section, item) => [
    { trigger: `.o_menu_sections [data-menu-xmlid='integration_hub.integration_${section}_menu']`, run: "click" },
    { trigger: `.o-dropdown--menu [data-menu-xmlid='integration_hub.integration_${item}_menu']`, run: "click" },
];

/** An operator finds a cause on the board, reads what to do, takes it on, snoozes it, and sees the board empty. */
registry.category("web_tour.tours").add("integration_hub_failures", {
    url: "/odoo/integration-systems",
    steps: () => [
        ...menu("todo", "event_failure"),
        { trigger: ".o_data_row:contains(XAF) td[name=score] span[title*='messages']" },
        { trigger: ".o_data_row:contains(XAF) td[name=cause]", run: "click" },
        { trigger: "div[name=first_steps] li" },
        { trigger: ".o_field_widget[name=example_ids] .o_data_row" },
        { trigger: "button[name=action_assign_to_me]", run: "click" },
        { trigger: ".o_statusbar_buttons:not(:has(button[name=action_assign_to_me]))" },
        { trigger: "button[name=action_snooze]", run: "click" },
        { trigger: ".modal .o_field_widget[name=choice] label:contains(Until tomorrow)", run: "click" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: ".alert-info:contains(Snoozed until)" },
        { trigger: ".o_back_button", run: "click" },
        { trigger: ".o_view_nocontent:contains(Nothing failed)" },
    ],
});
