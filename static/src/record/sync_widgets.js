// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { formOf, tableOf } from "./record_sync";
import { SyncPanel } from "./sync_panel";
import { STATES } from "./sync_states";

/** The button of the button box: how the record's sync is, and the way to its panel. */
export class SyncButton extends Component {
    static template = "integration_hub.SyncButton";
    static props = { ...standardWidgetProps };

    setup() {
        this.dialog = useService("dialog");
        this.recordSync = this.env.recordSync && useState(this.env.recordSync);
    }
    get sync() {
        return this.recordSync?.of(this.props.record);
    }
    get look() {
        return STATES[this.sync.state];
    }
    open() {
        const { data, fields } = this.props.record;
        const labels = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.string]));
        this.dialog.add(SyncPanel, { sync: this.env.recordSync, name: data.display_name || "", labels });
    }
}

/** What failed, in the words of whoever works on the record, with what she can do. */
export class SyncBanner extends Component {
    static template = "integration_hub.SyncBanner";
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.recordSync = this.env.recordSync && useState(this.env.recordSync);
    }
    get sync() {
        return this.recordSync?.of(this.props.record);
    }
    /** What is wrong, once where several systems lack the record for the same reason. */
    get problems() {
        const shown = ["record", "colleague", "it"];
        const found = {};
        for (const system of this.sync ? this.sync.problems : []) {
            const { problem, about } = system;
            if (shown.includes(problem.kind)) {
                const key = JSON.stringify([about?.model, about?.id, problem.why || problem.text, problem.next, problem.path]);
                (found[key] ||= []).push(system);
            }
        }
        return Object.entries(found).map(([key, [system, ...others]]) => ({ ...system, key, text: this.text(system, others) }));
    }
    text(system, others) {
        const systems = [system, ...others].map(({ name }) => name).join(", ");
        return others.length ? _t("Not in step with %(systems)s: %(why)s", { systems, why: system.problem.why }) : system.problem.text;
    }
    isMine(problem) {
        return problem.kind === "record" || Boolean(problem.table);
    }
    async openField(problem) {
        this.action.doAction(await this.sync.call("open_field", problem.path));
    }
    openAbout(about) {
        this.action.doAction(formOf(about));
    }
    openTable(model) {
        this.action.doAction(tableOf(model));
    }
    async retry() {
        this.notification.add(await this.sync.call("retry"), { type: "info" });
        await this.sync.again();
    }
}

registry.category("view_widgets").add("integration_sync", { component: SyncButton });
registry.category("view_widgets").add("integration_sync_banner", { component: SyncBanner });
