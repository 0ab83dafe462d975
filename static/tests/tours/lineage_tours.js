// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";

const lineage = ".o_integration_lineage";
const change = `${lineage} .o_integration_lineage_change[data-model="account.move"]`;

/** The auditor finds a refund's message by the order's number, follows it to the credit note, and comes back from there. */
registry.category("web_tour.tours").add("integration_hub_lineage_auditor", {
    steps: () => {
        const asked = new URLSearchParams(location.search);
        const credit = asked.get("credit");
        return [
            { trigger: ".o_searchview_input", run: `edit ${asked.get("number")}` },
            { trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Order Number)", run: "click" },
            { trigger: ".o_searchview_facet:contains(Order Number)" },
            { trigger: ".o_data_row:contains(Done) .o_data_cell", run: "click" },
            { trigger: ".o_form_view .nav-link:contains(How It Came About)", run: "click" },
            { trigger: `${lineage} li[data-kind=received]:contains(Received from)` },
            { trigger: `${lineage} li[data-kind=received] button`, run: "click" },
            { trigger: `${lineage} li[data-kind=received] dd:contains(checked, right)` },
            { trigger: `${change}:contains(Created):contains(${credit}):contains(Date)` },
            { trigger: `${lineage}:contains(shown to operators and consultants)` },
            { trigger: `${change} .o_integration_lineage_record:contains(${credit})`, run: "click" },
            { trigger: ".o_form_view:contains(Credit Note)" },
            { trigger: ".o_integration_sync", run: "click" },
            { trigger: ".modal .o_integration_sync_lineage", run: "click" },
            { trigger: ".o_integration_record_lineage section:contains(wrote it)" },
            { trigger: `.o_integration_record_lineage section:contains(wrote it) ${change}:contains(${credit})` },
        ];
    },
});
