// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, xml } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A number with what it is made of on hover and for screen readers: `options="{'by': 'the other field'}"`. Read-only. */
export class ExplainedField extends Component {
    static template = xml`<span t-att-title="why" t-att-aria-label="said" t-out="value" />`;
    static props = { ...standardFieldProps, by: String };

    get value() {
        return this.props.record.data[this.props.name];
    }
    get why() {
        return this.props.record.data[this.props.by] || "";
    }
    get said() {
        return `${this.value}: ${this.why}`;
    }
}

registry.category("fields").add("integration_explained", {
    component: ExplainedField,
    displayName: _t("Explained number"),
    supportedTypes: ["integer", "char"],
    fieldDependencies: ({ options }) => [{ name: options.by, type: "char" }],
    extractProps: ({ options }) => ({ by: options.by }),
});
