// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** A list whose rows open as a page with breadcrumbs, where a dialog would hide buttons and history. */
export class PageX2ManyField extends X2ManyField {
    async openRecord(record) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: record.resModel,
            res_id: record.resId,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("integration_page_x2many", {
    ...x2ManyField,
    component: PageX2ManyField,
    additionalClasses: ["o_field_one2many"],
});
