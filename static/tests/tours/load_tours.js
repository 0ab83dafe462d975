// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const press = (name) => ({ trigger: `.o_form_view button[name=${name}]:enabled`, run: "click" });
const state = (label) => ({ trigger: `.o_arrow_button_current:contains(${label})` });

/** What is compared is shown, what is ambiguous is settled, and only then it is loaded. */
tours.add("integration_hub_load", {
    steps: () => [
        state("Compared"),
        { trigger: ".alert:contains(Nothing has been written yet)" },
        { trigger: ".o_field_widget[name=findings]:contains(share their SKU)" },
        press("action_settle"),
        { trigger: ".o_data_row .o_data_cell:contains(Product 1)", run: "click" },
        { trigger: ".o_field_widget[name=candidate_ids] .o_data_row:eq(1) button[name=action_choose]", run: "click" },
        state("Link"),
        { trigger: ".breadcrumb-item a:contains(First load)", run: "click" },
        { trigger: "body:not(:has(.alert:visible:contains(to be settled)))" },
        press("action_load"),
        state("Loading"),
        { trigger: ".o_form_view button[name=action_pause]" },
    ],
});
