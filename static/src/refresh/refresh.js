// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onMounted, onWillUnmount, status, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 2000; // milliseconds
const UNDER_WAY = ["running", "reading", "loading", "undoing"]; // states of sync jobs and first loads

/**
 * Reads the record of a form anew every few seconds for as long as it runs, so that progress is seen without a click.
 * What a person has begun to edit is left alone, and a tab that nobody looks at asks nothing.
 */
export class Refresh extends Component {
    static template = xml`<span class="d-none" />`;
    static props = { ...standardWidgetProps };

    setup() {
        onMounted(() => this.plan());
        onWillUnmount(() => clearTimeout(this.timer));
    }
    plan() {
        this.timer = setTimeout(() => this.refresh(), EVERY);
    }
    async refresh() {
        const record = this.props.record;
        try {
            if (UNDER_WAY.includes(record.data.state) && document.visibilityState === "visible" && !(await record.isDirty())) {
                await record.load();
            }
        } finally {
            if (status(this) !== "destroyed") {
                this.plan(); // also after a look that failed, as while the server is restarted
            }
        }
    }
}

registry.category("view_widgets").add("integration_refresh", {
    component: Refresh,
    fieldDependencies: [{ name: "state", type: "selection" }],
});
