// Part of Integration Hub. License LGPL-3.0 or later.
import { onWillUnmount, useState, useSubEnv } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { createElement } from "@web/core/utils/xml";
import { Field } from "@web/views/fields/field";
import { FormArchParser } from "@web/views/form/form_arch_parser";
import { FormController } from "@web/views/form/form_controller";
import { hub, isSynced, RecordSync } from "./record_sync";

/** Every form of a synced model has the button in its button box and the place of the banner; no view says so. */
patch(FormArchParser.prototype, {
    parse(xmlDoc, models, modelName) {
        if (xmlDoc.tagName === "form" && isSynced(modelName) && !xmlDoc.querySelector("widget[name='integration_sync']")) {
            addSync(xmlDoc);
        }
        return super.parse(...arguments);
    },
});

function addSync(form) {
    const sheet = form.querySelector(":scope > sheet");
    let box = form.querySelector("div[name='button_box']:not(field div)");
    if (!box) {
        box = createElement("div", { name: "button_box", class: "oe_button_box" });
        (sheet || form).prepend(box);
    }
    box.append(createElement("widget", { name: "integration_sync" }));
    const banner = createElement("widget", { name: "integration_sync_banner" });
    if (sheet) {
        sheet.before(banner);
    } else {
        const header = form.querySelector(":scope > header");
        header ? header.after(banner) : form.prepend(banner);
    }
}

patch(FormController.prototype, {
    setup() {
        const synced = isSynced(this.props.resModel);
        this.recordSync = synced ? useState(new RecordSync(useService("orm"), this.props.resModel)) : null;
        useSubEnv({ recordSync: this.recordSync });
        if (synced) {
            onWillUnmount(() => this.recordSync.stop());
        }
        super.setup(...arguments);
    },
    onWillLoadRoot(next) {
        super.onWillLoadRoot(...arguments);
        this.recordSync?.load(next.resId);
    },
    async onRecordSaved(record) {
        await super.onRecordSaved(...arguments);
        hub.mended += hub.items.some((item) => item.model === record.resModel && !item.id); // it may be what was missing
        if (this.recordSync && record === this.model.root) {
            this.recordSync.resId = record.resId;
            this.recordSync.again();
        }
    },
    /** What another system decides about is changed back by its next change: whoever edits it knows before. */
    async onWillSaveRecord(record, changes) {
        const told = await super.onWillSaveRecord(...arguments);
        const owned = Object.keys(changes).filter((name) => this.recordSync?.owners[name]);
        if (told === false || !owned.length || record !== this.model.root) {
            return told;
        }
        const names = (of) => [...new Set(of)].join(", ");
        const values = {
            fields: names(owned.map((name) => record.fields[name].string)),
            systems: names(owned.map((name) => this.recordSync.owners[name])),
        };
        return new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("%(systems)s decides about this", values),
                    body: _t(
                        "%(fields)s: what you enter here is replaced by the next change from %(systems)s. Change it there, if it is to last.",
                        values
                    ),
                    confirmLabel: _t("Save anyway"),
                    confirm: () => resolve(true),
                    cancelLabel: _t("Go back"),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    },
});

/** A field that another system decides about says so: a small cloud behind the value, with who it is on hover. */
patch(Field.prototype, {
    setup() {
        super.setup(...arguments);
        this.recordSync = this.env.recordSync && useState(this.env.recordSync);
    },
    get syncOwner() {
        const { name, record } = this.props;
        return this.recordSync?.of(record)?.owners[name] || "";
    },
    get syncOwnerHelp() {
        const words = _t("%(system)s decides about this: a change here is replaced by its next one.", { system: this.syncOwner });
        return this.syncOwner && words;
    },
    get classNames() {
        return { ...super.classNames, o_integration_owned: Boolean(this.syncOwner) };
    },
});
