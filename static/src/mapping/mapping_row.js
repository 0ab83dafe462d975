// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { SelectMenu } from "@web/core/select_menu/select_menu";

/** A value in a list of names and values, as a click on it writes its path. */
const BY_NAME = /\[\?(?:name|key|code)=='((?:[^'\\]|\\.)*)'\]\.value \| \[0\]$/;
const nameOf = (step) => (typeof step === "string" ? step : Object.keys(step)[0]);
const isSame = (step) => (other) => JSON.stringify(other) === JSON.stringify(step);

/** What may be changed about a line, opened below it; every change is shown at once in the result. */
export class MappingEditor extends Component {
    static template = "integration_hub.MappingEditor";
    static components = { SelectMenu };
    static props = { row: Object, transforms: Array, inward: Boolean, sharedWith: Array, onEdit: Function, onRemove: Function };

    setup() {
        this.state = useState({ advanced: false });
    }
    get line() {
        return this.props.row.line;
    }
    get isConstant() {
        return !this.props.row.source;
    }
    get steps() {
        return this.line.transforms.map((step, index) => ({
            index,
            step,
            label: this.props.transforms.find((each) => each.value === nameOf(step))?.label || nameOf(step).replaceAll("_", " "),
            title: typeof step === "string" ? step : JSON.stringify(step),
        }));
    }
    get stepsAsText() {
        return this.line.transforms.length ? JSON.stringify(this.line.transforms) : "";
    }
    edit(name, value) {
        this.props.onEdit({ [name]: value });
    }
    /** Made from what the line says when it is its turn: of two quick clicks the second would undo the first. */
    editSteps(change) {
        this.props.onEdit(({ transforms }) => ({ transforms: change(transforms) }));
    }
    addStep(name) {
        this.editSteps((steps) => [...steps, name]);
    }
    removeStep({ step, index }) {
        this.editSteps((steps) => {
            const place = isSame(step)(steps[index]) ? index : steps.findIndex(isSame(step));
            return steps.filter((_step, each) => each !== place);
        });
    }
    /** The transforms as they are stored, for those who know them. */
    writeSteps(ev) {
        const input = ev.target;
        try {
            const steps = input.value.trim() ? JSON.parse(input.value) : [];
            input.setCustomValidity("");
            this.edit("transforms", steps);
        } catch {
            input.setCustomValidity(_t('Write a list as JSON, e.g. ["strip", {"truncate": 64}].'));
            input.reportValidity();
        }
    }
}

/** A line of a mapping: where its value comes from, what is done with it, where it goes, and what becomes of it. */
export class MappingRow extends Component {
    static template = "integration_hub.MappingRow";
    static components = { MappingEditor };
    static props = {
        row: Object,
        isOpen: Boolean,
        isSelected: Boolean,
        hasSample: Boolean,
        mayEdit: Boolean,
        transforms: Array,
        inward: Boolean,
        sharedWith: Object,
        onToggle: Function,
        onSelect: Function,
        onEdit: Function,
        onRemove: Function,
        onChoose: Function,
    };

    setup() {
        this.state = useState({ asksDefault: false });
    }
    get indent() {
        return `padding-left: ${0.5 + 1.25 * this.props.row.depth}rem`;
    }
    get source() {
        const { source } = this.props.row;
        if (!source) {
            return _t("always the same");
        }
        const plain = source.replace(BY_NAME, " › $1").replaceAll("||", _t("or"));
        const said = source === "@" ? _t("all of it") : plain;
        return said.startsWith("$root.") ? _t("%s (of the whole)", said.slice("$root.".length)) : said;
    }
    get result() {
        const { row } = this.props;
        if (row.result || !this.props.hasSample) {
            return row.result;
        }
        return row.outcome === "off" ? _t("not in this sample") : _t("empty");
    }
    get hasFix() {
        return (fix) => this.props.row.problem.fixes.includes(fix);
    }
    fix(changes) {
        this.props.onEdit(this.props.row, changes, (row) => row.problem);
    }
    fixByDefault(ev) {
        const text = ev.target.value.trim();
        if (text) {
            this.state.asksDefault = false;
            const isRequired = this.hasFix("optional");
            this.fix(isRequired ? { default: text } : { default: text, on_error: "default" });
        }
    }
}
