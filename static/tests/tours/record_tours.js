// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");
const button = (state) => `.o_integration_sync[data-state=${state}]`;
const system = ".o_integration_sync_system[data-system=HubSpot]";

/** Opens the record of the page once more, as screens do that edit one without being left. */
function openInDialog() {
    const [model, id] = location.pathname.split("/").slice(-2);
    const { action } = odoo.__WOWL_DEBUG__.root.env.services;
    const form = { type: "ir.actions.act_window", target: "new", views: [[false, "form"]] };
    return action.doAction({ ...form, res_model: model === "contacts" ? "res.partner" : model, res_id: Number(id) });
}

/** A salesperson in no group of the hub reads why a contact is not there, mends it, and sees it arrive. */
tours.add("integration_hub_record_seller", {
    steps: () => [
        { trigger: ".o_integration_sync_banner:contains(Not in HubSpot since):contains(Email is not a mail address)" },
        { trigger: ".o_integration_sync_systray .badge:contains(/^1$/)", run: "click" },
        { trigger: ".o_integration_sync_item:contains(Bo Berg)", run: "click" },
        { trigger: button("failed") },
        { trigger: ".o_field_widget[name=email] input", run: "edit bo@x.example" },
        ...stepUtils.saveForm(),
        { trigger: button("ok"), timeout: 20000 },
        { trigger: "body:not(:has(.o_integration_sync_banner)):not(:has(.o_integration_sync_systray))" },
        { trigger: ".o_integration_owned[name=phone]" },
        { trigger: ".o_field_widget[name=phone] input", run: "edit 0199" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".modal:contains(HubSpot decides about this):contains(Phone) .btn:contains(Go back)", run: "click" },
        { trigger: ".o_form_button_cancel", run: "click" },
        { trigger: button("ok"), run: "click" },
        { trigger: `${system}:contains(In step):contains(Last sent):contains(Decides about):contains(Phone)` },
        { trigger: `${system}:not(:has(.o_integration_sync_compare)) .o_integration_sync_history`, run: "click" },
        { trigger: `${system} li:contains(Sent to HubSpot)` },
        { trigger: ".modal .o_integration_sync_now", run: "click" },
        { trigger: ".o_notification:contains(being synced)" },
        { trigger: `${system}[data-state=ok]`, timeout: 20000 },
        { trigger: ".modal-footer .btn:contains(Close)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});

/** An operator finds what failed in the list, tries it again, and compares the record with the CRM's. */
tours.add("integration_hub_record_operator", {
    steps: () => [
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .o-dropdown-item:contains(Sync failed)", run: "click" },
        { trigger: ".o_searchview_facet:contains(Sync failed) .o_searchview_facet_label", run: "click" },
        { trigger: ".modal .o_tree_editor_condition:contains(by its sync):contains(Sync failed)" },
        { trigger: ".modal .btn:contains(Search)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_searchview_facet:contains(/^Sync failed$/)" },
        { trigger: ".o_kanban_record:contains(Bo Berg), .o_data_row:contains(Bo Berg) td[name=complete_name]", run: "click" },
        { trigger: button("failed"), run: openInDialog },
        { trigger: ".modal .o_integration_sync_banner:contains(Not in HubSpot since)" },
        { trigger: ".modal-header .btn-close", run: "click" },
        { trigger: `body:not(:has(.modal)) ${button("failed")}`, run: "click" },
        { trigger: `${system}:contains(Not in step):contains(Correct it)` },
        { trigger: ".modal .o_integration_sync_retry", run: "click" },
        { trigger: `${system}[data-state=ok]`, timeout: 20000 },
        { trigger: `${system} .o_integration_sync_compare`, run: "click" },
        { trigger: `${system} .o_integration_sync_compared tr:contains(Email):contains(bo@x.example)` },
        { trigger: `${system} .o_integration_sync_history`, run: "click" },
        { trigger: `${system} li:contains(Sent to HubSpot)`, run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=record_name]:contains(Bo Berg)" },
    ],
});
