// Part of Integration Hub. License LGPL-3.0 or later.
import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatDateTime } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A moment as people say it ("4 min ago", "in 2 hours"), with the exact time on hover. Read-only. */
export class AgoField extends Component {
    static template = "integration_hub.AgoField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }
    get exact() {
        return this.value ? formatDateTime(this.value, { showSeconds: true }) : "";
    }
    get relative() {
        if (!this.value) {
            return "";
        }
        const seconds = Math.abs(this.value.diffNow("seconds").seconds);
        return seconds < 10 ? _t("just now") : this.value.toRelative({ style: "short" });
    }
}

registry.category("fields").add("integration_ago", {
    component: AgoField,
    displayName: _t("Relative time"),
    supportedTypes: ["datetime"],
    listViewWidth: [95, 130],
});
