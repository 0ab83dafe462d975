// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

class ConnectorLines extends Component {
    static props = { ...standardFieldProps };

    get lines() {
        return this.props.record.data[this.props.name].records;
    }
}

/** What a connector asks for, as a form: one labelled input each, secrets masked, the rest under Advanced. */
export class ConnectorSettings extends ConnectorLines {
    static template = "integration_hub.ConnectorSettings";

    setup() {
        this.state = useState({ advanced: false, typed: {} });
    }
    /** What is being typed wins over what the record holds: a render may come between two keys. */
    valueOf(line) {
        return this.state.typed[line.id] ?? (line.data.value || "");
    }
    placeholderOf(line) {
        return line.data.stored ? _t("Stored. Paste another one to replace it.") : line.data.placeholder || "";
    }
    get shown() {
        return this.lines.filter((line) => this.state.advanced || !line.data.advanced);
    }
    get hasMore() {
        return !this.state.advanced && this.lines.some((line) => line.data.advanced);
    }
    onInput(line, value) {
        this.state.typed[line.id] = value;
    }
    async onChange(line, value) {
        await line.update({ value });
    }
}

/** The flows on offer: a switch each, and the app that is missing where one cannot be had. */
export class ConnectorFlows extends ConnectorLines {
    static template = "integration_hub.ConnectorFlows";
    static components = { CheckBox };

    async onToggle(line, wanted) {
        await line.update({ wanted });
    }
}

/** A field of the lines that is saved with them: the wizard has no lines of its own before it is saved. */
const editable = (name, type) => ({ name, type, readonly: false });

registry.category("fields").add("integration_connector_settings", {
    component: ConnectorSettings,
    displayName: _t("Connector settings"),
    supportedTypes: ["one2many"],
    relatedFields: [
        editable("name", "char"),
        editable("label", "char"),
        editable("help", "char"),
        editable("placeholder", "char"),
        editable("required", "boolean"),
        editable("is_secret", "boolean"),
        editable("advanced", "boolean"),
        editable("multiline", "boolean"),
        editable("stored", "boolean"),
        editable("value", "char"),
    ],
});
registry.category("fields").add("integration_connector_flows", {
    component: ConnectorFlows,
    displayName: _t("Connector flows"),
    supportedTypes: ["one2many"],
    relatedFields: [
        editable("key", "char"),
        editable("name", "char"),
        editable("help", "char"),
        editable("available", "boolean"),
        editable("app", "char"),
        editable("scopes", "char"),
        editable("wanted", "boolean"),
    ],
});
