// Part of Integration Hub. License LGPL-3.0 or later.
import { onMounted, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { KeepLast } from "@web/core/utils/concurrency";

export const EVERY = 15000; // milliseconds

/**
 * What a screen shows of what goes on, read anew every few seconds while somebody looks at it.
 *
 * What was read stays when a reading fails, and `failure` says so; a reading that was overtaken by a later one is
 * dropped. `busy` is true while a person waits for it.
 */
export function useLive(read) {
    const live = useState({ data: null, failure: false, busy: false, load });
    const last = new KeepLast();
    let timer, since;

    async function load(byPerson = true) {
        clearTimeout(timer);
        live.busy = byPerson;
        try {
            live.data = await last.add(read());
            live.failure = false;
        } catch (error) {
            if (!live.data) {
                throw error;
            }
            live.failure = true; // of what is repeated by itself one word is enough
        } finally {
            live.busy = false;
        }
        since = Date.now();
        plan();
    }
    function plan() {
        clearTimeout(timer);
        timer = setTimeout(() => (document.visibilityState === "visible" ? load(false) : undefined), EVERY);
    }
    function onVisible() {
        if (document.visibilityState === "visible" && Date.now() - since >= EVERY) {
            load(false);
        }
    }
    onWillStart(() => load());
    onMounted(() => document.addEventListener("visibilitychange", onVisible));
    onWillUnmount(() => {
        clearTimeout(timer);
        last.add(new Promise(() => {})); // what still comes is not awaited
        document.removeEventListener("visibilitychange", onVisible);
    });
    return live;
}

/** Open the list of what a number counts. */
export async function openList(action, { list }, name) {
    const found = await action.loadAction(list.action);
    return action.doAction({ ...found, domain: list.domain, context: {}, name: name || found.name, path: undefined });
}

/** Open the form of a record. */
export function openRecord(action, model, id) {
    return action.doAction({ type: "ir.actions.act_window", res_model: model, res_id: id, views: [[false, "form"]] });
}
