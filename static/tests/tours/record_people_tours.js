// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");
const button = (state) => `.o_integration_sync[data-state=${state}]`;
const own = ".o_integration_sync_system[data-system='Tour shop']:not([data-about])";
const order = ".o_integration_sync_system[data-system='Tour shop'][data-about='sale.order']";

/** An accountant reads on an invoice what of its order is not in Odoo, and creates the tax that another one waits for. */
tours.add("integration_hub_record_accountant", {
    steps: () => [
        { trigger: ".o_integration_sync_banner:contains(A change from Tour shop is not in Odoo since):contains(999.00)" },
        { trigger: button("failed"), run: "click" },
        { trigger: `${order}[data-state=failed]:contains(Not in step):contains(Last received)` },
        { trigger: ".modal-footer:not(:has(.o_integration_sync_now)):not(:has(.o_integration_sync_retry)) .btn:contains(Close)", run: "click" },
        { trigger: ".o_integration_sync_systray .badge:contains(/^1$/)", run: "click" },
        { trigger: ".o_integration_sync_item:contains(Tax: 12.34):contains(is unknown in Odoo)", run: "click" },
        { trigger: ".o_list_view .o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=name] input", run: "edit New rate" },
        { trigger: ".o_field_widget[name=amount] input", run: "edit 12.34" },
        ...stepUtils.saveForm(),
        { trigger: "body:not(:has(.o_integration_sync_systray))" },
    ],
});

/** A warehouse worker reads on a delivery that the shop was not told of it, sees that its order is in step, and has it told. */
tours.add("integration_hub_record_worker", {
    steps: () => [
        { trigger: ".o_integration_sync_banner:contains(Not in Tour shop since):contains(Correct it)" },
        { trigger: button("failed"), run: "click" },
        { trigger: `${own}[data-state=failed]:contains(Not in step)` },
        { trigger: `${order}[data-state=ok]:contains(In step)` },
        { trigger: ".modal .o_integration_sync_retry", run: "click" },
        { trigger: `${own}[data-state=ok]:contains(Last sent)`, timeout: 20000 },
        { trigger: `${order} .o_integration_sync_about:contains(/^S/)` },
        { trigger: ".modal-footer .btn:contains(Close)", run: "click" },
        { trigger: button("ok") },
        { trigger: "body:not(:has(.o_integration_sync_banner))" },
    ],
});
