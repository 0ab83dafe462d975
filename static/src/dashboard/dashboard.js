// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { LineChart } from "./line_chart";
import { openList, openRecord, useLive } from "./live";
import { count, duration, inTime, share } from "./words";

const LABELS = { minute: "HH:mm", hour: "ccc HH:mm", day: "d LLL" };
const SIGNS = {
    ok: "fa-check-circle text-success",
    unknown: "fa-circle-o text-muted",
    warn: "fa-exclamation-triangle text-warning",
    bad: "fa-times-circle text-danger",
};

/** A part of the dashboard: its heading, and what is said where there is nothing or where it could not be read. */
export class DashboardPart extends Component {
    static template = "integration_hub.DashboardPart";
    static props = {
        name: String,
        title: String,
        failure: { optional: true },
        empty: { type: String, optional: true },
        slots: Object,
    };
}

/** What goes on, read anew every few seconds. Each number leads to the list of what it counts. */
export class Dashboard extends Component {
    static template = "integration_hub.Dashboard";
    static components = { DashboardPart, Layout, LineChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.filters = useState(this.props.state?.filters || { period: "day", system: 0, flow: 0, lane: 0 });
        this.live = useLive(() => this.orm.silent.call("integration.dashboard", "look", [], { filters: { ...this.filters } }));
        useSetupAction({ getLocalState: () => ({ filters: { ...this.filters } }) });
        Object.assign(this, { count, duration, inTime, share });
    }

    get periods() {
        return [
            ["hour", _t("1 h"), _t("Last hour")],
            ["day", _t("24 h"), _t("Last 24 hours")],
            ["week", _t("7 days"), _t("Last 7 days")],
            ["month", _t("30 days"), _t("Last 30 days")],
        ];
    }
    get choices() {
        return this.live.data.choices;
    }
    get flows() {
        return this.choices.flows.filter((flow) => !this.filters.system || flow.system === this.filters.system);
    }
    get parts() {
        return this.live.data.parts;
    }
    get isNew() {
        return !this.choices.systems.length;
    }
    get at() {
        return deserializeDateTime(this.live.data.at).toLocaleString(luxon.DateTime.TIME_WITH_SECONDS);
    }
    get needsPerson() {
        const counts = (this.parts.todo.kinds || []).map((kind) => kind.count);
        return { value: counts.reduce((sum, one) => sum + one.value, 0), more: counts.some((one) => one.more) };
    }
    get oldest() {
        return Math.max(0, ...(this.parts.queue.lanes || []).map((lane) => lane.oldest || 0));
    }

    /** The numbers at the top; those of a part that could not be read are left out. */
    get tiles() {
        const { traffic, queue, todo } = this.parts;
        return [...(traffic.failure ? [] : this.trafficTiles(traffic)), ...(queue.failure ? [] : [this.waitingTile(queue)]), {
            name: "todo",
            title: _t("Need a Person"),
            shown: todo.failure ? "–" : count(this.needsPerson),
            more: _t("to-dos, right now"),
        }];
    }
    trafficTiles({ in: into, out, failed, success, latency }) {
        return [
            { name: "in", title: _t("Into Odoo"), icon: "fa-arrow-down", shown: count(into), figure: into, more: _t("messages done"), list: _t("Done, Into Odoo") },
            { name: "out", title: _t("Out of Odoo"), icon: "fa-arrow-up", shown: count(out), figure: out, more: _t("messages done"), list: _t("Done, Out of Odoo") },
            { name: "success", title: _t("Success"), shown: share(success), figure: failed, more: _t("%s tries failed", count(failed)), list: _t("Tries That Failed") },
            {
                name: "latency",
                title: _t("95 % Done Within"),
                shown: duration(latency.p95),
                more: _t("half %(p50)s, 99 % %(p99)s", { p50: duration(latency.p50), p99: duration(latency.p99) }),
            },
        ];
    }
    waitingTile({ waiting }) {
        const more = this.oldest ? _t("the oldest for %s", duration(this.oldest)) : waiting.value ? _t("just arrived") : _t("nothing waits");
        return { name: "waiting", title: _t("Waiting"), shown: count(waiting), figure: waiting, more, list: _t("Waiting") };
    }

    // --- charts ---

    get labels() {
        const { starts, bucket } = this.parts.traffic;
        return starts.map((start) => this.beginOf(start, bucket).toFormat(LABELS[bucket]));
    }
    /** Days are those of UTC, as they are counted; they are called by their own date, whatever zone one is in. */
    beginOf(start, bucket) {
        return bucket === "day" ? luxon.DateTime.fromSQL(start, { zone: "utc" }) : deserializeDateTime(start);
    }
    get volume() {
        const { series } = this.parts.traffic;
        return [
            { label: _t("In"), color: "in", values: series.in },
            { label: _t("Out"), color: "out", values: series.out },
            { label: _t("Failed"), color: "failed", values: series.failed, bar: true },
        ];
    }
    get volumeSaid() {
        const { traffic } = this.parts;
        return _t("%(into)s messages in, %(out)s out, %(failed)s tries failed.", {
            into: count(traffic.in),
            out: count(traffic.out),
            failed: count(traffic.failed),
        });
    }
    get latency() {
        const { series } = this.parts.traffic;
        return [
            { label: _t("Half within"), color: "in", values: series.p50 },
            { label: _t("95 % within"), color: "out", values: series.p95 },
            { label: _t("99 % within"), color: "failed", values: series.p99 },
        ];
    }
    get latencySaid() {
        const { p50, p95, p99 } = this.parts.traffic.latency;
        return _t("Half of the messages were done within %(p50)s, 95 % within %(p95)s, 99 % within %(p99)s.", {
            p50: duration(p50),
            p95: duration(p95),
            p99: duration(p99),
        });
    }

    // --- words ---

    get nothing() {
        return {
            failures: _t("No cause makes messages fail."),
            endpoints: _t("All endpoints run as usual."),
            credentials: _t("No key ends within 30 days, as far as their ends are entered."),
        };
    }
    sign(state) {
        return SIGNS[state];
    }
    stateWord(state) {
        return { ok: _t("fine"), unknown: _t("not known yet"), warn: _t("warning"), bad: _t("not working") }[state];
    }
    kindWord(kind) {
        return {
            stopped: _t("Stopped"),
            open: _t("Does not answer"),
            resting: _t("Asked for a pause"),
            paused: _t("Paused"),
            off: _t("Off"),
            elsewhere: _t("Not run here"),
            "half-open": _t("Being tried"),
            slowed: _t("Slowed"),
            draining: _t("Finishing"),
        }[kind];
    }
    messages(figure) {
        return _t("%s messages", count(figure));
    }
    ends({ days }) {
        if (days < 0) {
            return _t("has ended");
        }
        return days ? _t("ends %s", inTime(days * 86400)) : _t("ends today");
    }

    // --- what a person does ---

    onChoose(name, ev) {
        this.filters[name] = Number(ev.target.value);
        if (name === "system") {
            this.filters.flow = 0;
        }
        return this.live.load();
    }
    onPeriod(name) {
        this.filters.period = name;
        return this.live.load();
    }
    onClear() {
        Object.assign(this.filters, { system: 0, flow: 0, lane: 0 });
        return this.live.load();
    }
    onList(figure, name) {
        return openList(this.action, figure, name);
    }
    onRecord(model, id) {
        return openRecord(this.action, model, id);
    }
    onOpen(name) {
        return this.action.doAction(`integration_hub.${name}`);
    }
}

registry.category("actions").add("integration_dashboard", Dashboard);
