// Part of Integration Hub. License LGPL-3.0 or later.
import { reactive } from "@odoo/owl";
import { user } from "@web/core/user";
import { session } from "@web/session";

const EVERY = 2500; // milliseconds between two looks at what is on its way
const LOOKS = 40;

/** Whose records have a sync, by model, and what this user can mend; all tabs begin with what the page brought. */
export const hub = reactive({ models: session.integration_hub_synced || {}, count: 0, items: [], mended: 0 });

/** Tell whether records of a model have a sync to be shown, in the companies that are worked in. No call. */
export function isSynced(model) {
    const companies = hub.models[model];
    return Boolean(companies && user.activeCompanies.some((company) => companies.includes(company.id)));
}

/** Of a record that is deleted, or not to be read any more, nothing is shown; its form says why. */
function nothingToShow(error) {
    if (["odoo.exceptions.MissingError", "odoo.exceptions.AccessError"].includes(error.exceptionName)) {
        return { state: "", systems: [], owners: {}, may: {} };
    }
    throw error;
}

/** The actions that open a record, and a table of records with those that are switched off. */
export function formOf({ model, id }) {
    return { type: "ir.actions.act_window", res_model: model, res_id: id, views: [[false, "form"]] };
}
export function tableOf(model, name) {
    const views = [[false, "list"], [false, "form"]];
    return { type: "ir.actions.act_window", res_model: model, name, views, context: { active_test: false } };
}

/** What is known of the sync of the record that a form shows: one call when it is opened, and after it was saved. */
export class RecordSync {
    constructor(orm, model) {
        Object.assign(this, { orm, model, resId: false, state: "", systems: [], owners: {}, may: {} });
        this.asked = 0;
        this.looks = 0;
        this.isOver = false;
    }

    get shown() {
        return this.systems.length > 0;
    }
    get problems() {
        return this.systems.filter((system) => system.problem);
    }

    /** The sync of the record that a component shows, or nothing: it may be within another one's form. */
    of(record) {
        return this.model === record.resModel && this.resId === record.resId ? this : null;
    }
    async load(resId) {
        if (resId !== this.resId) {
            Object.assign(this, { resId, state: "", systems: [], owners: {}, may: {}, looks: 0 });
        }
        clearTimeout(this.timer);
        const asked = ++this.asked;
        if (!resId || this.isOver) {
            return;
        }
        const facts = await this.call("facts").catch(nothingToShow);
        if (asked === this.asked) {
            hub.mended += this.state === "failed" && facts.state !== "failed";
            Object.assign(this, facts);
            this.systems.forEach((system) => (system.key = `${system.about?.model},${system.about?.id},${system.id}`));
            this.plan();
        }
    }
    /** Look again while something is on its way, so that whoever mended it sees it arrive. */
    plan() {
        if (this.state === "waiting" && this.looks++ < LOOKS) {
            this.timer = setTimeout(() => document.visibilityState === "visible" && this.load(this.resId), EVERY);
        }
    }
    again() {
        this.looks = 0;
        return this.load(this.resId);
    }
    stop() {
        this.isOver = true;
        this.asked++;
        clearTimeout(this.timer);
    }
    call(method, ...more) {
        return this.orm.silent.call("integration.record", method, [this.model, this.resId, ...more]);
    }
}
