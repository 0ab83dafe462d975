// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formOf } from "./record_sync";
import { STATES } from "./sync_states";

/** Each system that a record is synced with: where it stands, what is where, what happened, what can be done. */
export class SyncPanel extends Component {
    static template = "integration_hub.SyncPanel";
    static components = { Dialog };
    static props = { sync: Object, name: String, labels: Object, close: Function };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.sync = useState(this.props.sync);
        this.ui = useState({ busy: false, history: {}, compared: {} });
    }
    get title() {
        return this.props.name ? _t("Sync of %(record)s", { record: this.props.name }) : _t("Sync");
    }
    get retries() {
        return this.sync.may.retry && this.sync.problems.some((system) => system.problem.retry);
    }
    look(state) {
        return STATES[state];
    }
    ago(moment) {
        return moment ? deserializeDateTime(moment).toRelative({ style: "short" }) : _t("never");
    }
    exact(moment) {
        return moment ? formatDateTime(deserializeDateTime(moment), { showSeconds: true }) : "";
    }
    owned(system) {
        if (system.about) {
            return "";
        }
        const names = Object.keys(this.sync.owners).filter((name) => this.sync.owners[name].split(", ").includes(system.name));
        return names.map((name) => this.props.labels[name]).filter(Boolean).join(", ");
    }
    /** The part of a remote id that people know: the number at the end of an address. */
    number(externalId) {
        return externalId.split("/").pop();
    }
    toggle(system) {
        this.ui.history[system.key] = !this.ui.history[system.key];
    }
    historyIcon(line) {
        return { done: "text-success", dead: "text-warning", held: "text-warning" }[line.state] || "text-muted";
    }
    async run(method) {
        this.ui.busy = true;
        try {
            this.notification.add(await this.sync.call(method), { type: "info" });
            this.ui.compared = {};
            await this.sync.again();
        } finally {
            this.ui.busy = false;
        }
    }
    async compare(system) {
        this.ui.busy = true;
        try {
            this.ui.compared[system.key] = await this.sync.call("compare", system.id);
        } finally {
            this.ui.busy = false;
        }
    }
    openAbout(about) {
        this.props.close();
        this.action.doAction(formOf(about));
    }
    openLineage() {
        this.props.close();
        const params = { model: this.sync.model, id: this.sync.resId };
        this.action.doAction({ type: "ir.actions.client", tag: "integration_lineage", params });
    }
    openMessage(line) {
        if (this.sync.may.log) {
            this.props.close();
            this.action.doAction(formOf({ model: "integration.event", id: line.id }));
        }
    }
}
