// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onMounted, onPatched, onWillUnmount, useRef, useState } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { openList, openRecord, useLive } from "../dashboard/live";
import { count, short } from "../dashboard/words";
import { HUB, layOut, lineWidth, NODE } from "./topology_layout";

const SIGNS = {
    halted: "fa-pause-circle text-danger",
    bad: "fa-times-circle text-danger",
    warn: "fa-exclamation-triangle text-warning",
    ok: "fa-check-circle text-success",
    idle: "fa-circle-o text-muted",
    off: "fa-power-off text-muted",
};
// What tells lines apart for whoever sees no colours: a pattern, and a sign where something is wrong.
const DASHES = { halted: "10 6", bad: "none", warn: "none", ok: "none", idle: "2 5", off: "2 5" };

/** The systems around Odoo, what flows each way and how it does; as a map, or as a list. */
export class Topology extends Component {
    static template = "integration_hub.Topology";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        const kept = this.props.state || {};
        this.state = useState({ period: kept.period || "day", asList: kept.asList || false, chosen: kept.chosen || 0, width: 0 });
        this.live = useLive(() => this.orm.silent.call("integration.dashboard", "map", [], { filters: { period: this.state.period } }));
        useSetupAction({
            getLocalState: () => ({ period: this.state.period, asList: this.state.asList, chosen: this.state.chosen }),
        });
        this.canvas = useRef("canvas");
        this.observer = new ResizeObserver(() => this.measure());
        onMounted(() => this.observe());
        onPatched(() => this.observe());
        onWillUnmount(() => this.observer.disconnect());
        Object.assign(this, { count, short, NODE, HUB });
    }

    observe() {
        if (this.canvas.el !== this.observed) {
            this.observer.disconnect();
            this.observed = this.canvas.el;
            if (this.observed) {
                this.observer.observe(this.observed);
            }
        }
    }
    measure() {
        const width = this.canvas.el?.clientWidth || 0;
        if (width && Math.abs(width - this.state.width) > 1) {
            this.state.width = width;
        }
    }

    get systems() {
        return this.live.data.systems;
    }
    get isList() {
        return this.state.asList || this.ui.isSmall;
    }
    get chosen() {
        return this.systems.find((system) => system.id === this.state.chosen);
    }
    get map() {
        const byId = Object.fromEntries(this.systems.map((system) => [system.id, system]));
        const most = Math.max(1, ...this.systems.flatMap(({ roads }) => Object.values(roads).map(({ done }) => done.value)));
        const { nodes, edges, ...rest } = layOut(this.systems, this.state.width);
        return {
            ...rest,
            nodes: nodes.map((node) => ({ ...node, system: byId[node.id] })),
            edges: edges.map((edge) => {
                const system = byId[edge.system];
                const road = system.roads[edge.direction];
                return { ...edge, road, system, width: lineWidth(road.done.value, most), dash: DASHES[road.health] };
            }),
        };
    }
    get at() {
        return deserializeDateTime(this.live.data.at).toLocaleString(luxon.DateTime.TIME_WITH_SECONDS);
    }
    get periods() {
        return [
            ["hour", _t("1 h"), _t("Last hour")],
            ["day", _t("24 h"), _t("Last 24 hours")],
            ["week", _t("7 days"), _t("Last 7 days")],
            ["month", _t("30 days"), _t("Last 30 days")],
        ];
    }

    // --- words ---

    sign(health) {
        return SIGNS[health];
    }
    get healths() {
        return {
            halted: _t("Halted"),
            bad: _t("Mostly fails"),
            warn: _t("Needs a look"),
            ok: _t("Runs"),
            idle: _t("Nothing flowed"),
            off: _t("Off"),
        };
    }
    get ways() {
        return { inbound: _t("in"), outbound: _t("out") };
    }
    said(system) {
        return _t("%(system)s: %(health)s. %(into)s messages in, %(out)s out, %(failed)s need a person.", {
            system: system.name,
            health: this.healths[system.health],
            into: count(system.roads.inbound?.done || { value: 0 }),
            out: count(system.roads.outbound?.done || { value: 0 }),
            failed: count(system.failed),
        });
    }
    roadSaid({ system, direction, road }) {
        const words = { system: system.name, health: this.healths[road.health], count: count(road.done), flows: road.flows };
        return direction === "inbound"
            ? _t("From %(system)s to Odoo: %(health)s, %(count)s messages, %(flows)s flows", words)
            : _t("From Odoo to %(system)s: %(health)s, %(count)s messages, %(flows)s flows", words);
    }

    // --- what a person does ---

    onPeriod(name) {
        this.state.period = name;
        return this.live.load();
    }
    onChoose(id) {
        this.state.chosen = this.state.chosen === id ? 0 : id;
    }
    onKey(ev, id) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.onChoose(id);
        }
    }
    onList(figure, name) {
        return openList(this.action, figure, name);
    }
    onRecord(model, id) {
        return openRecord(this.action, model, id);
    }
    onConnect() {
        return this.action.doAction("integration_hub.integration_connect_action");
    }
}

registry.category("actions").add("integration_topology", Topology);
