// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const cell = (name) => `.o_form_view .o_field_widget[name=${name}]`;

/** An accountant, who has no group of the hub, looks at a day that is not complete, then signs the certificate off. */
tours.add("integration_hub_completeness_accountant", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains(Tour shop) td[name=system_name]", run: "click" },
        { trigger: ".o_form_view button[name=action_view_days]:contains(Differences):contains(1)", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Incomplete) td[name=flow_name]", run: "click" },
        { trigger: `${cell("line_ids")} .o_data_row:contains(Missing)` },
        { trigger: ".o_form_view:not(:has(button[name=action_repair_all])):not(:has(button[name=action_repair]))" },
        { trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button", run: "click" },
        { trigger: ".o_breadcrumb .breadcrumb-item:contains(Tour shop)", run: "click" },
        { trigger: ".o_form_view button[name=action_sign]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains(Signed Off)" },
        { trigger: `${cell("signed_by_id")}:contains(Acke)` },
    ],
});
