// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** The sandbox's address is in the browser's storage. */
const address = (suffix) => ({
    run({ edit }) {
        return edit(localStorage.getItem("hubSandboxUrl") + suffix);
    },
});
const setting = (name) => `[data-setting=${name}] input`;
const press = (name) => ({ trigger: `.o_form_sheet button[name=${name}]`, run: "click" });
const open = (connector) => [
    { trigger: ".o-kanban-button-new", run: "click" },
    { trigger: `.o_integration_catalogue .o_kanban_record:contains(${connector})`, run: "click" },
];

/** Add a shop: what it needs, its keys, a test, its flows. It is left on the way, and goes on where it was. */
tours.add("integration_hub_connect", {
    url: "/odoo/integration-systems",
    steps: () => [
        ...open("Shopify"),
        { trigger: ".o_field_widget[name=about] code:contains(read_orders)" },
        press("action_begin"),
        { trigger: ".o_field_widget[name=name] input", run: "edit Tour shop" },
        { trigger: setting("shop"), run: "edit larkfield-outfitters.myshopify.com" },
        { trigger: `${setting("access_token")}[type=password]`, run: "edit shpat_wrong" },
        { trigger: `${setting("webhook_secret")}[type=password]`, run: "edit shopify-sandbox-secret" },
        { trigger: ".o_integration_settings button:contains(Advanced)", run: "click" },
        { trigger: setting("api_url"), ...address("/shopify") },
        press("action_test"),
        { trigger: ".o_integration_finding[data-state=bad]:contains(does not accept the key)" },
        { trigger: ".o_form_sheet button:contains(Correct It)", run: "click" },
        { trigger: `${setting("webhook_secret")}[placeholder*=Stored]` },
        { trigger: setting("access_token"), run: "edit shpat_sandbox" },
        press("action_test"),
        { trigger: ".o_integration_finding[data-state=ok]:contains(Larkfield Outfitters)" },
        press("action_choose_flows"),
        { trigger: "[data-flow=orders_in] input[type=checkbox]:checked" },
        { trigger: ".o_menu_brand", run: "click" },
        { trigger: ".o_menu_sections [data-menu-xmlid='integration_hub.integration_connections_menu']", run: "click" },
        { trigger: ".o-dropdown--menu [data-menu-xmlid='integration_hub.integration_system_menu']", run: "click" },
        { trigger: ".o_kanban_record:contains(Tour shop) a:contains(Continue set-up: Flows)", run: "click" },
        { trigger: "[data-flow=products_in] input[type=checkbox]", run: "click" },
        press("action_flows_chosen"),
        { trigger: ".o_form_sheet button:contains(Continue Without)", run: "click" },
        { trigger: ".modal:contains(created a second time) .modal-footer .btn-primary", run: "click" },
        press("action_switch_on"),
        { trigger: ".o_integration_finding[data-state=ok]:contains(Orders)" },
        press("action_open_system"),
        { trigger: ".o_form_view .o_field_widget[name=name] input:value(Tour shop)" },
        { trigger: ".o_field_widget[name=flow_ids] .o_data_row:contains(Orders) .badge:contains(On)" },
        { trigger: ".o_field_widget[name=flow_ids] .o_data_row:contains(Products) .badge:contains(Off)" },
    ],
});

const inForm = (field, text) => ({ trigger: `.o_field_widget[name=${field}] input`, run: `edit ${text}` });
const inDialog = (field, text) => ({
    trigger: `.modal .o_form_view .o_field_widget[name=${field}] input`,
    run: `edit ${text}`,
});

/** An API without a connector: address and key, one object, its flows, and how its webhooks are signed. No code. */
tours.add("integration_hub_rest", {
    url: "/odoo/integration-systems",
    steps: () => [
        ...open("REST API"),
        press("action_begin"),
        { trigger: ".o_field_widget[name=rest_base_url] input", ...address("/hubspot") },
        inForm("name", "Tour API"),
        inForm("rest_check_path", "/account-info/v3/details"),
        { trigger: `${setting("api_key")}[type=password]`, run: "edit pat-sandbox" },
        { trigger: `${setting("webhook_secret")}[type=password]`, run: "edit a secret" },
        press("action_test"),
        { trigger: ".o_integration_finding[data-state=ok]:contains(Signed in as)" },
        press("action_choose_flows"),
        { trigger: ".o_form_sheet button:contains(Describe Objects)", run: "click" },
        { trigger: ".o_field_widget[name=rest_resource_ids] .o_field_x2many_list_row_add a", run: "click" },
        inDialog("title", "Contact"),
        { trigger: ".modal .o_field_widget[name=entity_id] input", run: "edit Contact" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Contact)", run: "click" },
        { trigger: ".modal .o_form_view .o_field_widget[name=name] input:value(contact)" },
        inDialog("list_path", "/crm/v3/objects/contacts"),
        inDialog("read_path", "/crm/v3/objects/contacts/{id}"),
        inDialog("list_items", "results"),
        { trigger: ".modal-footer .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_field_widget[name=rest_resource_ids] .o_data_row:contains(/crm/v3)" },
        { trigger: "button[name=action_rest_add_flows]", run: "click" },
        { trigger: ".o_kanban_record:contains(Tour API: Contact)" },
        { trigger: ".breadcrumb-item a:contains(/^Tour API$/), .o_back_button a:contains(/^Tour API$/)", run: "click" },
        { trigger: ".o_notebook a[name=endpoints]", run: "click" },
        { trigger: ".o_field_widget[name=endpoint_ids] .o_data_row:contains(webhooks) td[name=name]", run: "click" },
        { trigger: ".o_field_widget[name=credential_id]" },
        { trigger: ".o_notebook a[name=advanced]", run: "click" },
        { trigger: ".o_field_widget[name=scheme] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(HMAC)", run: "click" },
        { trigger: ".o_field_widget[name=option_ids] .o_data_row:contains(Signature header) td[name=value]", run: "click" },
        { trigger: ".o_selected_row td[name=value] input", run: "edit X-Acme-Signature" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: ".breadcrumb-item a:contains(/^Tour API$/), .o_back_button a:contains(/^Tour API$/)", run: "click" },
        { trigger: "button[name=action_continue_setup]", run: "click" },
        { trigger: "[data-flow=contact_in] input[type=checkbox]:checked" },
        press("action_flows_chosen"),
        { trigger: ".o_form_sheet button:contains(Continue Without)", run: "click" },
        { trigger: ".modal .modal-footer .btn-primary", run: "click" },
        press("action_switch_on"),
        { trigger: ".o_integration_finding[data-state=ok]:contains(Contact)" },
    ],
});
