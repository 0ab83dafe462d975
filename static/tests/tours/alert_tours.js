// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

// An operator finds the alert of a stopped endpoint, reads what to do, says that he sees to it, and has nobody told more.
registry.category("web_tour.tours").add("integration_hub_alerts", {
    steps: () => [
        {
            content: "what is worst is first, with what is at stake",
            trigger: ".o_data_row:first:contains('Critical'):contains('Tour shop'):contains('The key is refused')",
        },
        {
            content: "open it",
            trigger: ".o_data_row:first .o_data_cell:contains('Tour shop')",
            run: "click",
        },
        {
            content: "it says what to do first",
            trigger: ".o_form_view:contains('First Steps'):contains('enter a new one and test it')",
        },
        {
            content: "see to it",
            trigger: ".o_statusbar_buttons button[name=action_acknowledge]",
            run: "click",
        },
        {
            content: "it is mine",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Seen to')",
        },
        {
            content: "nobody needs to hear more of it",
            trigger: ".o_statusbar_buttons button[name=action_silence]",
            run: "click",
        },
        {
            content: "why",
            trigger: ".modal [name=reason] input",
            run: "edit A new key is ordered",
        },
        {
            content: "so it be",
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "back",
            trigger: "body:not(:has(.modal)) .o_breadcrumb .o_back_button, body:not(:has(.modal)) .breadcrumb-item a",
            run: "click",
        },
        {
            content: "the other one is still nobody's",
            trigger: ".o_data_row:contains('Seen to')",
        },
    ],
});
