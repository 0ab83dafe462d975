// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

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
    url: "/odoo/integration-failed-messages",
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
    url: "/odoo/integration-failed-messages",
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
