// Part of Integration Hub. License LGPL-3.0 or later.
import { _t } from "@web/core/l10n/translation";

/** How each state of a sync looks, and what it is called. */
export const STATES = {
    ok: { icon: "fa-check-circle text-success", word: _t("In step") },
    waiting: { icon: "fa-clock-o text-info", word: _t("On its way") },
    failed: { icon: "fa-exclamation-triangle text-warning", word: _t("Not in step") },
    never: { icon: "fa-circle-o text-muted", word: _t("Not yet") },
    gone: { icon: "fa-chain-broken text-muted", word: _t("No longer there") },
};
