// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

/** An operator retries all messages of a cause, watches what comes of them, and stops it half-way. */
registry.category("web_tour.tours").add("integration_hub_repair", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o_menu_sections [data-menu-xmlid='integration_hub.integration_todo_menu']", run: "click" },
        { trigger: ".o-dropdown--menu [data-menu-xmlid='integration_hub.integration_event_failure_menu']", run: "click" },
        { trigger: ".o_data_row:contains(10,000) td[name=cause]", run: "click" },
        { trigger: ".o_form_view button[name=action_retry]:enabled", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Running)" },
        { trigger: ".o_field_widget[name=expected]:contains(10,000)" },
        { trigger: "button[name=action_view_items]:contains(Done) .o_stat_value:not(:contains(/^0$/))", timeout: 30000 },
        { trigger: ".o_form_view button[name=action_cancel]:enabled", run: "click" },
        { trigger: ".modal:contains(stays failed, exactly as it is) .modal-footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Cancelled)" },
        { trigger: ".o-mail-Message:contains(left as they were)" },
        { trigger: "button[name=action_view_items]:contains(Not Begun)", run: "click" },
        { trigger: ".o_data_row:first td[name=outcome]:contains(Left as it was)" },
        { trigger: ".o_data_row:first td[name=event_id]", run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current:contains(Failed)" },
    ],
});
