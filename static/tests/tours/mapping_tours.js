// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { queryAll, queryOne, waitFor } from "@odoo/hoot-dom";

const tours = registry.category("web_tour.tours");
const row = (target) => `.o_mapping_row[data-target='${target}']`;
const value = (path) => `.o_mapping_node[data-path='${path}'] > .o_mapping_leaf`;

/** A consultant sets a line right by clicking the sample, adds a field of Odoo's own, and mends what is missing. */
tours.add("integration_hub_mapping", {
    url: "/odoo/integration-flow-mappings",
    steps: () => [
        { trigger: ".o_data_row:contains(Tour shop):contains('Orders → Sales orders') td[name=name]", run: "click" },
        { trigger: `${row("ordered_at")}:contains(Order Date):contains(date and time) .o_mapping_result:contains(2025)`, run: "click" },
        { trigger: `.o_mapping_editor .o_mapping_source:value(processed_at || created_at)` },
        { trigger: value("created_at"), run: "click" },
        { trigger: `${row("ordered_at")}:contains(created_at):contains(changed)` },
        { trigger: ".alert-info:contains(not in use yet)" },
        { trigger: row("ordered_at"), run: "click" },
        { trigger: value("note_attributes"), run: "click" },
        { trigger: value("note_attributes.0"), run: "click" },
        { trigger: value("note_attributes.0.value"), run: "click" },
        { trigger: ".o_mapping_pointed:contains(yes)" },
        { trigger: ".o_mapping_add_field .o_select_menu_input, .o_mapping_add_field .o_select_menu_toggler", run: "click" },
        { trigger: ".o_select_menu_menu .o_select_menu_item:contains(Payment Ref)", run: "click" },
        { trigger: ".o_mapping_add_go:enabled", run: "click" },
        { trigger: `${row("custom.reference")}:contains(new) .o_mapping_result:contains(yes)` },
        { trigger: ".o_mapping_source:value(\"note_attributes[?name=='Gift wrapping'].value | [0]\")" },
        { trigger: row("number"), run: "click" },
        { trigger: ".o_mapping_editor .o_mapping_source", run: "edit nowhere && press Tab" },
        { trigger: `${row("number")} .o_mapping_result:contains("Customer Reference is required") .o_mapping_fix_choose`, run: "click" },
        { trigger: value("name"), run: "click" },
        { trigger: `${row("number")} .o_mapping_result:contains(#1077)` },
        {
            trigger: ".o_mapping_editor .o_mapping_default",
            run() {
                // two gestures, the second before the first is answered
                this.anchor.value = "none";
                this.anchor.dispatchEvent(new Event("change"));
                queryOne(".o_mapping_editor .o_mapping_required").click();
            },
        },
        { trigger: ".o_mapping_editor:has(.o_mapping_default:value(none)):has(.o_mapping_required:not(:checked))" },
        { trigger: ".o_mapping_try", run: "click" },
        { trigger: ".o_mapping_tried" },
    ],
});

/** The fields that a flow's form shows before anything is opened: nine at most, whatever the flow does. */
tours.add("integration_hub_flow_form", {
    url: "/odoo/integration-flows",
    steps: () => [
        { trigger: ".o_kanban_record:contains(Tour shop)", run: "click" },
        {
            trigger: ".o_form_view .o_field_widget[name=state]",
            async run({ click }) {
                const flows = Number(queryOne(".o_pager_limit").textContent);
                for (let seen = 1; seen <= flows; seen++) {
                    const shown = queryAll(".o_form_view .o_field_widget:visible").map((field) => field.getAttribute("name"));
                    if (shown.length > 9 || !shown.includes("system_id")) {
                        console.error(`${document.title} shows ${shown.length} fields: ${shown.join(", ")}`);
                    }
                    if (seen < flows) {
                        await click(".o_pager_next");
                        await waitFor(`.o_pager_value:contains(${seen + 1})`, { timeout: 10000 });
                    }
                }
            },
        },
    ],
});
