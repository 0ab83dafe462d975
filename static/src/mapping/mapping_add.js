// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { SelectMenu } from "@web/core/select_menu/select_menu";

/** Adds any Odoo field in one gesture: what it is at the other side, which field it is here. */
export class MappingAdd extends Component {
    static template = "integration_hub.MappingAdd";
    static components = { SelectMenu };
    static props = {
        inward: Boolean,
        system: String,
        records: String,
        start: Object, // {pointer, text} of what was clicked in the sample, {field} of what is missing
        loadFields: Function,
        onAdd: Function,
        onClose: Function,
    };

    setup() {
        this.state = useState({ field: this.props.start.field || "", by: "", text: "", remote: "", kind: "source" });
        onWillStart(async () => {
            this.fields = await this.props.loadFields();
            const { pointer } = this.props.start;
            if (!this.props.inward && pointer) {
                this.choose(pointer[0]);
            }
        });
    }
    get choices() {
        return this.fields.map(({ name, label, custom }) => ({
            value: name,
            label: custom ? _t("%(label)s (%(name)s, custom)", { label, name }) : _t("%(label)s (%(name)s)", { label, name }),
        }));
    }
    get field() {
        return this.fields.find((each) => each.name === this.state.field);
    }
    get pointed() {
        return this.props.inward && this.props.start.pointer && !this.state.text ? this.props.start : null;
    }
    get isReady() {
        const what = this.props.inward ? this.pointed || this.state.text.trim() : this.state.remote.trim();
        return Boolean(this.field && what);
    }
    choose(name) {
        if (this.fields.some((each) => each.name === name)) {
            this.state.field = name;
            this.state.by = this.field.by[0] || "";
        }
    }
    add() {
        const text = this.state.text.trim();
        const place = this.props.inward
            ? this.pointed
                ? { pointer: this.pointed.pointer }
                : { [this.state.kind]: text }
            : { remote: this.state.remote };
        this.props.onAdd(this.state.field, place, this.state.by || null);
    }
}
