// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { formOf } from "../record/record_sync";

const ICONS = {
    received: "fa-arrow-down",
    noticed: "fa-pencil",
    deed: "fa-user",
    try: "fa-exchange",
    verdict: "fa-balance-scale",
    written: "fa-database",
};
const STATES = { done: "text-success", dead: "text-danger", held: "text-warning", retry: "text-warning" };
const OUTCOMES = { problem: "text-danger", skipped: "text-warning", missing: "text-muted", cleared: "text-muted" };
const FEW = 8; // records that are shown with all that belongs to them
const WHAT = { create: _t("Created"), write: _t("Changed"), unlink: _t("Deleted") };

/** Messages that one led to, and those that they led to in turn. */
export class LineageTree extends Component {
    static template = "integration_hub.LineageTree";
    static props = { lines: Array, open: Function };
    static components = {};
    look = (line) => STATES[line.state] || "text-muted";
}
LineageTree.components = { LineageTree };

/** The timeline of one message: what came, what was tried and written, and what it led to. Read when it is shown. */
export class Lineage extends Component {
    static template = "integration_hub.Lineage";
    static components = { LineageTree };
    static props = { eventId: Number };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ told: null, open: {}, mapping: null, busy: false });
        onWillStart(() => this.load(this.props.eventId));
        onWillUpdateProps((next) => next.eventId !== this.props.eventId && this.load(next.eventId));
        this.icons = ICONS;
        this.what = WHAT;
    }
    async load(eventId) {
        Object.assign(this.state, { told: null, open: {}, mapping: null });
        this.state.told = await this.orm.call("integration.lineage", "of_message", [eventId]);
    }
    time(moment) {
        return moment ? deserializeDateTime(moment).toFormat("HH:mm:ss") : "";
    }
    exact(moment) {
        return moment ? formatDateTime(deserializeDateTime(moment), { showSeconds: true }) : "";
    }
    look(line) {
        return STATES[line.state] || "text-muted";
    }
    outcome(row) {
        return OUTCOMES[row.outcome] || "";
    }
    opens(moment) {
        return Boolean(moment.facts.length || moment.exchanges.length || moment.changes.length || moment.technical);
    }
    isOpen(key, byDefault = false) {
        return this.state.open[key] ?? byDefault;
    }
    toggle(key, byDefault = false) {
        this.state.open[key] = !this.isOpen(key, byDefault);
    }
    /** What was written, without what is only a part of it, until all is asked for. */
    changesOf(moment, key) {
        const all = moment.changes.length <= FEW || this.isOpen(key + "all");
        return all ? moment.changes : moment.changes.filter((change) => !change.is_part);
    }
    hidden(moment, key) {
        return moment.changes.length - this.changesOf(moment, key).length;
    }
    pretty(headers) {
        return Object.entries(headers || {}).map(([name, value]) => `${name}: ${value}`).join("\n");
    }
    async toggleMapping() {
        if (this.state.mapping) {
            this.state.mapping = null;
            return;
        }
        this.state.busy = true;
        try {
            this.state.mapping = await this.orm.call("integration.lineage", "mapping", [this.props.eventId]);
        } finally {
            this.state.busy = false;
        }
    }
    open = (line) => this.action.doAction(formOf({ model: "integration.event", id: line.id }));
    openRecord(change) {
        this.action.doAction(formOf({ model: change.model, id: change.id }));
    }
}

/** The timeline of the message that a form shows. */
export class LineageWidget extends Component {
    static template = "integration_hub.LineageWidget";
    static components = { Lineage };
    static props = { ...standardWidgetProps };
}
registry.category("view_widgets").add("integration_lineage", { component: LineageWidget });

/** How a record came about: the messages about it, each with its timeline. */
export class RecordLineage extends Component {
    static template = "integration_hub.RecordLineage";
    static components = { Layout, Lineage };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ name: "", messages: [], open: {} });
        onWillStart(async () => {
            const { model, id } = this.props.action.params;
            Object.assign(this.state, await this.orm.call("integration.lineage", "of_record", [model, id]));
            const first = this.state.messages.find((line) => line.wrote) || this.state.messages[0];
            if (first) {
                this.state.open[first.id] = true;
            }
            this.env.config.setDisplayName(_t("How %(record)s Came About", { record: this.state.name }));
        });
    }
    look(line) {
        return STATES[line.state] || "text-muted";
    }
    exact(moment) {
        return moment ? formatDateTime(deserializeDateTime(moment), { showSeconds: true }) : "";
    }
    toggle(line) {
        this.state.open[line.id] = !this.state.open[line.id];
    }
}
registry.category("actions").add("integration_lineage", RecordLineage);
