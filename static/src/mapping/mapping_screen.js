// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onPatched, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Mutex } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { MappingAdd } from "./mapping_add";
import { MappingRow } from "./mapping_row";
import { SampleTree } from "./sample_tree";

/** What the server raises once it has lost to others as often as it tries. */
const LOST_RACE = /ConcurrencyError|SerializationFailure|DeadlockDetected|LockNotAvailable/;

/** The mapping of a flow beside a sample: click a value to say where a field comes from, and see what it becomes. */
export class MappingScreen extends Component {
    static template = "integration_hub.MappingScreen";
    static components = { MappingAdd, MappingRow, SampleTree };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.turns = new Mutex();
        this.root = useRef("root");
        this.state = useState({ screen: null, samples: [], fetching: null });
        onPatched(() => this.showAdded());
        onWillStart(() => this.open(this.props.record.resId));
        onWillUpdateProps(({ record }) => record.resId !== this.flowId && this.open(record.resId));
    }

    // --- what the server is asked ---

    async open(flowId) {
        await this.turns.exec(async () => {
            this.flowId = flowId;
            Object.assign(this.state, { selected: "", opened: new Set(), adding: null, tried: null, query: "", hub: false });
            this.state.samples = await this.call("mapping_samples");
            this.state.sample = this.state.samples[0] || null;
            await this.show("mapping_screen");
        });
    }
    call(method, args = []) {
        return this.orm.call("integration.flow", method, [this.flowId, ...args]);
    }
    /** Show what a method answers, which tries the lines on the sample that is chosen; one that cannot be read stays so. */
    async show(method, args = []) {
        const screen = await this.call(method, [...args, this.state.sample]);
        const { sample, sampleProblem } = screen;
        if (!sampleProblem) {
            this.state.sample = sample && (sample.key ? { key: sample.key, label: sample.label } : sample);
        }
        this.state.screen = screen;
        this.state.tried = null;
    }
    /** One gesture after the other: each is about what the one before has left. A refused one shows how things are. */
    async inTurn(gesture) {
        const { flowId } = this;
        await this.turns.exec(async () => {
            if (this.flowId !== flowId) {
                return; // the person has gone on to another mapping
            }
            try {
                await gesture();
            } catch (error) {
                if (!(error instanceof RPCError)) {
                    throw error;
                }
                await this.show("mapping_screen");
                if (!LOST_RACE.test(error.exceptionName)) {
                    throw error;
                }
                const text = _t("Others were changing this mapping at the same time, and nothing of yours was kept. Do it once more.");
                this.notification.add(text, { type: "warning" });
            }
        });
    }
    isChosen({ key, label }) {
        return Boolean(this.state.sample) && this.state.sample.key === key && this.state.sample.label === label;
    }
    async chooseSample(ev) {
        const sample = this.state.samples[ev.target.selectedIndex];
        await this.inTurn(async () => {
            this.state.sample = sample;
            await this.show("mapping_screen");
        });
    }
    async fetch(id) {
        await this.inTurn(async () => {
            const sample = await this.call("mapping_fetch", [id]);
            this.state.samples = [sample, ...this.state.samples.filter((each) => each.key)];
            this.state.fetching = null;
            this.state.sample = sample;
            await this.show("mapping_screen");
        });
    }
    /**
     * Change a line as it is when it is its turn, unless it is gone by then.
     *
     * @param {Object|Function} changes may be made from what the line says then
     * @param {Function} lineOf gives the line that is meant: that of the row, or the one that its problem stands on
     */
    async edit(row, changes, lineOf = (now) => now) {
        await this.inTurn(async () => {
            const now = this.again(row);
            const line = now && lineOf(now);
            if (line) {
                const made = typeof changes === "function" ? changes(now.line) : changes;
                await this.show("mapping_edit", [this.seen(line), made]);
            }
        });
    }
    async remove(row) {
        await this.inTurn(async () => {
            const now = this.again(row);
            if (now) {
                await this.show("mapping_remove", [this.seen(now)]);
                this.state.selected = "";
            }
        });
    }
    again(row) {
        return this.rows.find((each) => each.key === row.key && each.target === row.target);
    }
    seen({ half, number, target, digest }) {
        return { half, number, target, digest };
    }
    async add(field, place, by) {
        await this.inTurn(async () => {
            await this.show("mapping_add", [field, { ...place, by }]);
            this.state.adding = null;
            const name = `custom.${field.split(".").pop()}`;
            const row = this.rows.findLast(
                (each) => each.half === "first" && (each.target.endsWith(name) || each.field === field)
            );
            this.state.selected = row ? row.key : "";
            this.added = Boolean(row);
        });
    }
    /** A new line stands below the others, perhaps out of sight. */
    showAdded() {
        const line = this.added && this.root.el.querySelector(".o_mapping_editor");
        if (line) {
            line.scrollIntoView({ block: "center" });
            this.added = false;
        }
    }
    async tryIt() {
        await this.inTurn(async () => {
            this.state.tried = await this.call("mapping_try", [this.state.sample]);
        });
    }
    /** What is approved is what was shown at the click. */
    async approve() {
        const { digest } = this.state.screen;
        await this.inTurn(() => this.show("mapping_approve", [digest]));
    }
    discard() {
        this.dialog.add(ConfirmationDialog, {
            body: _t("All changes that wait for approval are lost, those of others too. Messages are not affected."),
            confirmLabel: _t("Discard Changes"),
            confirm: () => this.inTurn(() => this.show("mapping_discard")),
            cancel: () => {},
        });
    }

    // --- what is shown ---

    get rows() {
        return this.state.screen.rows;
    }
    get selected() {
        return this.rows.find((row) => row.key === this.state.selected);
    }
    /** Those that go nowhere in Odoo are shown on demand, and what is inside of others when these are opened. */
    get shownRows() {
        const query = this.state.query.trim().toLowerCase();
        const said = (row) => `${row.source} ${row.source_label} ${row.label} ${row.result} ${row.field}`.toLowerCase();
        return this.rows.filter((row) => {
            if (query) {
                return said(row).includes(query);
            }
            return this.goesSomewhere(row) && this.above(row).every((parent) => this.isOpen(parent));
        });
    }
    get hubRows() {
        return this.rows.filter((row) => !row.depth && !row.label && !row.problem).length;
    }
    goesSomewhere(row) {
        const [top] = this.above(row);
        return this.state.hub || Boolean((top || row).label || (top || row).problem) || this.isWrong(top || row);
    }
    above({ half, number }) {
        const parts = number.split(".");
        const keys = parts.slice(0, -1).map((_part, index) => `${half}:${parts.slice(0, index + 1).join(".")}`);
        return this.rows.filter((row) => keys.includes(row.key));
    }
    isWrong(row) {
        return this.rows.some((each) => each.problem && each.outcome === "problem" && each.key.startsWith(`${row.key}.`));
    }
    hasNews(row) {
        return this.rows.some((each) => each.change && each.key.startsWith(`${row.key}.`));
    }
    /** What is wrong, or has changed, is in sight until somebody closes it. */
    isOpen(row) {
        return this.state.opened.has(row.key) !== (this.isWrong(row) || this.hasNews(row));
    }
    toggle(row) {
        const opened = new Set(this.state.opened);
        opened.has(row.key) ? opened.delete(row.key) : opened.add(row.key);
        this.state.opened = opened;
    }
    select(row) {
        this.state.adding = null;
        this.state.selected = this.state.selected === row.key ? "" : row.key;
    }
    get used() {
        return new Set(this.rows.flatMap((row) => row.reads));
    }
    get marked() {
        return new Set(this.selected ? this.selected.reads : []);
    }
    get removed() {
        return this.state.screen.removed.join(", ");
    }
    get makers() {
        return this.state.screen.makers.join(", ");
    }
    get problemCount() {
        return this.rows.filter((row) => row.outcome === "problem").length + this.state.screen.problems.length;
    }

    // --- the gestures ---

    /** A click on a value: the source of the line that is selected, or of a new one. */
    pick(pointer, value) {
        const row = this.selected;
        if (row && row.half === "first") {
            return this.edit(row, { pointer });
        }
        this.startAdding({ pointer, text: value === null ? "" : String(value), name: pointer.join(" › ") });
    }
    startAdding(start = {}) {
        this.state.selected = "";
        this.state.adding = { ...start, id: (this.state.adding?.id || 0) + 1 };
    }
    choose(row) {
        if (row.half === "first") {
            this.state.selected = row.key;
        } else {
            this.startAdding({ field: row.target });
        }
    }
}

registry.category("view_widgets").add("integration_mapping", { component: MappingScreen });
