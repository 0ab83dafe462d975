// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

// A consultant says what a value of the shop means; then nothing is missing any more.
registry.category("web_tour.tours").add("integration_hub_missing_value", {
    steps: () => [
        {
            content: "open the to-do menu",
            trigger: ".o_menu_sections [data-menu-xmlid='integration_hub.integration_todo_menu']",
            run: "click",
        },
        {
            content: "what is missing",
            trigger: "[data-menu-xmlid='integration_hub.integration_missing_value_menu']",
            run: "click",
        },
        {
            content: "one line says what, whose, and how much waits",
            trigger: ".o_data_row:contains('Currency'):contains('XAF'):contains('Tour shop')",
        },
        {
            content: "map it",
            trigger: ".o_data_row:contains('Tour shop') button[name=action_map]",
            run: "click",
        },
        {
            content: "which record is meant",
            trigger: ".modal .o_field_widget[name=res_id] input",
            run: "edit JPY",
        },
        {
            content: "this one",
            trigger: ".modal .ui-menu-item a:contains('JPY'), .modal .o-autocomplete--dropdown-item a:contains('JPY')",
            run: "click",
        },
        {
            content: "write it down",
            trigger: ".modal button[name=action_map]",
            run: "click",
        },
        {
            content: "it is told what goes on",
            trigger: ".o_notification:contains('is mapped')",
        },
        {
            content: "nothing of the shop is missing",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Tour shop')))",
        },
    ],
});
