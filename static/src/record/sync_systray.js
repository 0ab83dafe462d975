// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onMounted, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { formOf, hub, tableOf } from "./record_sync";

const FIRST = 2000; // milliseconds: after the screen that was asked for
const SOON = 500; // after somebody mended one
const EVERY = 180_000;

/** How many records with a failed sync this user can mend; nothing at all where there are none. */
export class SyncSystray extends Component {
    static template = "integration_hub.SyncSystray";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.hub = useState(hub);
        onMounted(() => this.plan(FIRST));
        useEffect(
            (mended) => {
                if (mended) {
                    this.plan(SOON);
                }
            },
            () => [this.hub.mended]
        );
        onWillUnmount(() => clearTimeout(this.timer));
    }
    plan(delay) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.look(), delay);
    }
    async look() {
        this.plan(EVERY); // whatever comes of this one
        if (document.visibilityState === "visible") {
            Object.assign(this.hub, await this.orm.silent.call("integration.record", "mendable", []));
        }
    }
    open(item) {
        this.action.doAction(item.id ? formOf(item) : tableOf(item.model, item.name), { clearBreadcrumbs: true });
    }
}

registry.category("systray").add("integration_hub.sync", { Component: SyncSystray, isDisplayed: () => user.isInternalUser }, { sequence: 26 });
