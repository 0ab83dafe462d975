// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

// Somebody who may change contacts chooses between two values of a field; then there is nothing left to choose.
registry.category("web_tour.tours").add("integration_hub_conflicts", {
    steps: () => [
        {
            content: "both values are side by side",
            trigger: ".o_data_row:contains('Ada Arden'):contains('City'):contains('Bruges'):contains('Liège')",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('City')",
            run: "click",
        },
        {
            content: "with times and where they come from",
            trigger: ".o_form_view:contains('In Odoo'):contains('Bruges'):contains('Tour shop')",
        },
        {
            content: "take theirs",
            trigger: ".o_statusbar_buttons button[name=action_take_theirs]",
            run: "click",
        },
        {
            content: "it is settled, by me",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Theirs is taken')",
        },
        {
            content: "back to the list",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "nothing to choose",
            trigger: ".o_view_nocontent:contains('Nothing to choose')",
        },
    ],
});

// A consultant says that Odoo decides the city of the shop's customers.
registry.category("web_tour.tours").add("integration_hub_who_decides", {
    steps: () => [
        {
            content: "who decides what is a page of the system",
            trigger: ".o_notebook .nav-link:contains('Who Decides')",
            run: "click",
        },
        {
            content: "change it",
            trigger: ".o_notebook button[name=action_view_ownership]",
            run: "click",
        },
        {
            content: "add a row",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "about contacts",
            trigger: ".o_selected_row [name=model_id] input",
            run: "edit Contact",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Contact')",
            run: "click",
        },
        {
            content: "their city",
            trigger: ".o_selected_row [name=field_id] input",
            run: "edit City",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('City')",
            run: "click",
        },
        {
            content: "is decided by Odoo",
            trigger: ".o_selected_row [name=decided_by] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Odoo')",
            run: "click",
        },
        {
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('City'):contains('Odoo')",
        },
    ],
});
