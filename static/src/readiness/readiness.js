// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const ICONS = {
    ok: "fa-check-circle text-success",
    unknown: "fa-circle-o text-muted",
    warn: "fa-exclamation-triangle text-warning",
    bad: "fa-times-circle text-danger",
};

/** A new key of 32 bytes, made here so that nobody else ever has it. */
function newKey() {
    return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

/** What keeps this server from being ready for integrations, with what to copy where it is hosted. */
export class Readiness extends Component {
    static template = "integration_hub.Readiness";
    static components = { CopyButton, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.key = newKey();
        this.state = useState({ lines: [], busy: false, hosting: "", environment: "production", why: {} });
        onWillStart(() => this.look(false));
        onMounted(() => this.state.lines.some((line) => line.key === "reach" && line.state === "unknown") && this.check());
    }

    get hostings() {
        return [
            ["own", _t("Own server")],
            ["systemd", _t("systemd service")],
            ["container", _t("Container")],
            ["odoo_sh", _t("Odoo.sh")],
        ];
    }
    get environments() {
        return [
            ["production", _t("Production")],
            ["test", _t("Test")],
            ["development", _t("Development")],
        ];
    }
    get together() {
        return this.text(this.state.together);
    }

    icon(line) {
        return ICONS[line.state];
    }
    /** What is copied, with what is chosen here in the place of its marks. */
    text(fixes) {
        const text = fixes?.[this.state.hosting] || "";
        return text.replaceAll("{new_key}", this.key).replaceAll("{environment}", this.state.environment);
    }
    makesKey(line) {
        return Object.values(line.fixes).some((text) => text.includes("{new_key}"));
    }
    asksEnvironment(line) {
        return Object.values(line.fixes).some((text) => text.includes("{environment}"));
    }

    async look(call) {
        const found = await this.orm.call("integration.readiness", "look", [], { call });
        const hosting = this.state.hosting || found.hosting;
        Object.assign(this.state, { ...found, hosting });
    }
    async check() {
        this.state.busy = true;
        try {
            await this.look(true);
        } finally {
            this.state.busy = false;
        }
    }
    async leave(line) {
        await this.orm.call("integration.readiness", "leave", [line.key, !line.left]);
        await this.look(false);
    }
    /** A copy takes its original's place; the banner above everything goes with it. */
    onGoOnHere() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Go on in this database"),
            body: _t("Is the original switched off or neutralized? If both work, each message is sent twice."),
            confirmLabel: _t("It Is Off: Go On Here"),
            confirm: async () => {
                await this.orm.call("integration.readiness", "go_on_here");
                browser.location.reload();
            },
            cancel: () => {},
        });
    }
    onWhy(line) {
        this.state.why[line.key] = !this.state.why[line.key];
    }
    get connects() {
        return !this.state.has_systems && this.state.may_leave;
    }
    onDashboard() {
        return this.action.doAction("integration_hub.integration_dashboard_action");
    }
    onGoOn() {
        const next = this.connects ? "integration_connect_action" : "integration_dashboard_action";
        return this.action.doAction(`integration_hub.${next}`, { clearBreadcrumbs: true });
    }
}

registry.category("actions").add("integration_hub.readiness", Readiness);
