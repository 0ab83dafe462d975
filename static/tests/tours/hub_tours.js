// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Add a system: its connector, its keys, its flows. The sandbox's address is in the browser's storage. */
tours.add("integration_hub_connect", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o-kanban-button-new", run: "click" },
        { trigger: ".modal .o_field_widget[name=connector] label:contains(Shopify)", run: "click" },
        { trigger: ".modal [data-flow=orders_in] input[type=checkbox]:checked" },
        { trigger: ".modal .o_field_widget[name=name] input", run: "edit Tour shop" },
        { trigger: ".modal [data-setting=shop] input[type=text]", run: "edit larkfield-outfitters.myshopify.com" },
        { trigger: ".modal [data-setting=access_token] input[type=password]", run: "edit shpat_sandbox" },
        { trigger: ".modal [data-setting=webhook_secret] input[type=password]", run: "edit shopify-sandbox-secret" },
        { trigger: ".modal .o_integration_settings button:contains(Advanced)", run: "click" },
        {
            trigger: ".modal [data-setting=api_url] input[type=text]",
            run({ edit }) {
                return edit(localStorage.getItem("hubSandboxUrl"));
            },
        },
        { trigger: ".modal [data-flow=products_in] input[type=checkbox]", run: "click" },
        { trigger: ".modal button[name=action_connect]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=name] input:value(Tour shop)" },
        { trigger: ".o_field_widget[name=flow_ids] .o_data_row:contains(Orders) .badge:contains(On)" },
        { trigger: ".o_field_widget[name=flow_ids] .o_data_row:contains(Products) .badge:contains(Off)" },
    ],
});

/** From a system to its endpoint, which is paused and resumed; then a flow is switched off and on. */
tours.add("integration_hub_admin", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o_kanban_record:contains(Tour shop)", run: "click" },
        { trigger: ".o_notebook a[name=endpoints]", run: "click" },
        { trigger: ".o_field_widget[name=endpoint_ids] .o_data_row:contains(webhooks) td[name=name]", run: "click" },
        { trigger: ".o_statusbar_buttons button:contains(Pause)", run: "click" },
        { trigger: ".modal .o_field_widget[name=reason] input", run: "edit Stocktaking" },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: ".alert-warning:contains(Stocktaking):contains(oldest first)" },
        { trigger: "button[name=action_resume]", run: "click" },
        { trigger: ".o_statusbar_buttons button:contains(Pause)" },
        { trigger: ".o_menu_sections button[data-menu-xmlid='integration_hub.integration_flows_menu']", run: "click" },
        { trigger: ".dropdown-item[data-menu-xmlid='integration_hub.integration_flow_menu']", run: "click" },
        { trigger: ".o_kanban_record:contains(Orders):contains(Tour shop)", run: "click" },
        { trigger: "button[name=action_switch_off]", run: "click" },
        { trigger: ".modal:contains(pause its endpoint) .modal-footer .btn-primary", run: "click" },
        { trigger: ".ribbon:contains(Off)" },
        { trigger: "button[name=action_switch_on]", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(On)" },
    ],
});

/** Failures stand below their cause; all of one are selected and retried. */
tours.add("integration_hub_operator", {
    url: "/odoo/integration-failures",
    steps: () => [
        { trigger: ".o_group_header:contains(XAF)" },
        { trigger: ".o_data_row td[name=arrived_at] span[title]" },
        { trigger: ".o_data_row td[name=error_hint]:contains(retry)" },
        { trigger: ".o_data_row:first .o_list_record_selector input", run: "click" },
        { trigger: ".o_control_panel button[name=action_retry]", run: "click" },
        { trigger: ".o_notification:contains(tried again)" },
        { trigger: ".o_view_nocontent:contains(Nothing failed)" },
    ],
});

/** An operator looks into the other system, and says that what is in doubt is there. */
tours.add("integration_hub_in_doubt", {
    url: "/odoo/integration-failures",
    steps: () => [
        { trigger: ".o_data_row:contains(Held) td[name=error_message]", run: "click" },
        { trigger: ".alert-warning:contains(may have been created)" },
        { trigger: "button[name=action_send_again]:contains(Send Again)" },
        { trigger: "button[name=action_resolve]:contains(It Is There)", run: "click" },
        { trigger: ".modal .o_field_widget[name=record_name]:contains(Fen & Co)" },
        { trigger: ".modal .o_field_widget[name=external_id] input", run: "edit 999999" },
        { trigger: ".modal button[name=action_resolve]", run: "click" },
        { trigger: ".modal:contains(has no company with the id 999999) button:contains(Close)", run: "click" },
        { trigger: ".modal .o_field_widget[name=external_id] input", run: "edit" },
        { trigger: ".modal button[name=action_resolve]", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)" },
        { trigger: ".alert-warning:contains(found it in)" },
    ],
});

const menu = (section, item) => [
    { trigger: `.o_menu_sections [data-menu-xmlid='integration_hub.integration_${section}_menu']`, run: "click" },
    { trigger: `.o-dropdown--menu [data-menu-xmlid='integration_hub.integration_${item}_menu']`, run: "click" },
];

/** An operator stops everything before an upgrade, sees it said above the messages, and lets them go on. */
tours.add("integration_hub_drain_mode", {
    url: "/odoo/integration-drain-mode",
    steps: () => [
        { trigger: ".o_control_panel button[name=action_switch_on]", run: "click" },
        { trigger: ".modal:contains(stops every flow of every system) .btn-primary", run: "click" },
        { trigger: ".modal .o_field_invalid[name=reason] input", run: "edit Upgrade tonight" },
        { trigger: ".modal .btn-primary:contains(Stop All Flows)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_data_row:contains(Upgrade tonight)" },
        { trigger: ".o_control_panel button[name=action_switch_on]", run: "click" },
        { trigger: ".modal:contains(on already: Upgrade tonight) button:contains(Close)", run: "click" },
        ...menu("flows", "event"),
        { trigger: ".o_integration_drain_mode:contains(is on: Upgrade tonight):contains(by integration_hub_drain_mode_walker):contains(nothing is processed)" },
        { trigger: ".o_data_row:contains(end of drain mode)" },
        ...menu("configuration", "maintenance"),
        { trigger: ".o_data_row:contains(Upgrade tonight) button[name=action_end]", run: "click" },
        { trigger: ".o_data_row:contains(Upgrade tonight):not(:has(button[name=action_end]))" },
    ],
});

/** A consultant makes a draft and changes a line; the version in use is untouched. */
tours.add("integration_hub_consultant", {
    url: "/odoo/integration-mappings",
    steps: () => [
        { trigger: ".o_data_row td[name=name]:contains('Shopify order')", run: "click" },
        { trigger: ".o_field_widget[name=shown_line_ids] td[name=shown_target]:contains(currency)" },
        { trigger: "button[name=action_edit]:contains(Edit)", run: "click" },
        { trigger: ".alert-info:contains(changes nothing yet)" },
        { trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(ordered_at) td[name=source]", run: "click" },
        { trigger: ".o_selected_row td[name=source] input", run: "edit created_at" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: ".o_field_widget[name=line_ids] td[name=source]:contains(/^created_at$/)" },
    ],
});

/** An approver finds the draft of somebody else and puts it into use. */
tours.add("integration_hub_approver", {
    url: "/odoo/integration-approvals",
    steps: () => [
        { trigger: ".o_data_row:contains('Shopify order') td[name=mapping_id]", run: "click" },
        { trigger: "button[name=action_approve]", run: "click" },
        { trigger: ".modal:contains(next message) .modal-footer .btn-primary", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Approved)" },
        { trigger: ".o_field_widget[name=shown_line_ids] td[name=shown_source]:contains(/^created_at$/)" },
    ],
});

const address = (suffix) => ({
    run({ edit }) {
        return edit(localStorage.getItem("hubSandboxUrl") + suffix);
    },
});
const inDialog = (field, text) => ({
    trigger: `.modal .o_form_view .o_field_widget[name=${field}] input`,
    run: `edit ${text}`,
});

/** An API without a connector: address and key, one object, its flows, and how its webhooks are signed. No code. */
tours.add("integration_hub_rest", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o-kanban-button-new", run: "click" },
        { trigger: ".modal .o_field_widget[name=connector] label:contains(REST API)", run: "click" },
        { trigger: ".modal .o_field_widget[name=rest_base_url] input", ...address("/hubspot") },
        inDialog("name", "Tour API"),
        inDialog("rest_check_path", "/account-info/v3/details"),
        { trigger: ".modal [data-setting=api_key] input[type=password]", run: "edit pat-sandbox" },
        { trigger: ".modal [data-setting=webhook_secret] input[type=password]", run: "edit a secret" },
        { trigger: ".modal button[name=action_connect]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_field_widget[name=rest_resource_ids] .o_field_x2many_list_row_add a", run: "click" },
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
        { trigger: ".breadcrumb-item a:contains(Tour API), .o_back_button a:contains(Tour API)", run: "click" },
        { trigger: ".o_notebook a[name=endpoints]", run: "click" },
        { trigger: ".o_field_widget[name=endpoint_ids] .o_data_row:contains(webhooks) td[name=name]", run: "click" },
        { trigger: ".o_field_widget[name=scheme] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(HMAC)", run: "click" },
        { trigger: ".o_field_widget[name=option_ids] .o_data_row:contains(Signature header) td[name=value]", run: "click" },
        { trigger: ".o_selected_row td[name=value] input", run: "edit X-Acme-Signature" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ],
});
