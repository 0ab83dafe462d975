// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";

const SHOWN_ITEMS = 3; // of a list; the others look alike
const OPEN_DEPTH = 0; // groups below it are opened by a click

/** One value of a sample, with what is inside of it. A click on a value tells where it is. */
export class SampleNode extends Component {
    static template = "integration_hub.SampleNode";
    static props = {
        name: [String, Number],
        value: true,
        pointer: Array,
        path: String,
        labels: Object,
        used: Object,
        marked: Object,
        pickGroups: Boolean,
        onPick: { type: Function, optional: true },
    };

    setup() {
        this.state = useState({ open: this.props.pointer.length <= OPEN_DEPTH, all: false });
    }
    get isGroup() {
        return this.props.value !== null && typeof this.props.value === "object";
    }
    get isList() {
        return Array.isArray(this.props.value);
    }
    get size() {
        return Object.keys(this.props.value).length;
    }
    get children() {
        const { value, pointer, path } = this.props;
        const found = this.isList
            ? value.map((item, index) => ({ name: index, value: item, path }))
            : Object.entries(value).map(([name, item]) => ({ name, value: item, path: path ? `${path}.${name}` : name }));
        const shown = this.isList && !this.state.all ? found.slice(0, SHOWN_ITEMS) : found;
        return shown.map((child) => ({ ...child, pointer: [...pointer, child.name] }));
    }
    get hidden() {
        return this.isList && !this.state.all ? Math.max(this.size - SHOWN_ITEMS, 0) : 0;
    }
    get isOpen() {
        return this.state.open || [...this.props.marked].some((path) => path.startsWith(`${this.props.path}.`));
    }
    get isUsed() {
        return this.props.used.has(this.props.path);
    }
    get isMarked() {
        return this.props.marked.has(this.props.path);
    }
    get label() {
        const { name, path, labels } = this.props;
        return typeof name === "number" ? `${name + 1}.` : (Object.hasOwn(labels, path) && labels[path]) || name;
    }
    get text() {
        const { value } = this.props;
        return value === null || value === "" ? "–" : String(value);
    }
    pick() {
        if (this.isGroup && !this.props.pickGroups) {
            this.state.open = !this.isOpen;
        } else {
            this.props.onPick?.(this.props.pointer, this.props.value);
        }
    }
}
SampleNode.components = { SampleNode };

/** A sample as a tree of names and values: what the mapping reads stands out, and what a line reads is marked. */
export class SampleTree extends Component {
    static template = "integration_hub.SampleTree";
    static components = { SampleNode };
    static props = {
        document: Object,
        labels: Object,
        used: Object,
        marked: Object,
        pickGroups: Boolean,
        onPick: { type: Function, optional: true },
    };

    get entries() {
        return Object.entries(this.props.document);
    }
}
