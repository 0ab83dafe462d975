// Part of Integration Hub. License LGPL-3.0 or later.
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { TreeEditor } from "@web/core/tree_editor/tree_editor";
import { Select } from "@web/core/tree_editor/tree_editor_components";
import { treeProcessorService } from "@web/core/tree_editor/tree_processor";

/** The filters for the sync, where Odoo shows a domain in words or lets it be edited: the operator has none there. */
const OPERATOR = "integration_sync";
const VALUES = [
    ["failed", _t("Sync failed")],
    ["never", _t("Never synced")],
];

const isSync = (node) => node.type === "condition" && node.operator === OPERATOR;

function choice(options) {
    const label = (value) => String(options.find(([known]) => known === value)?.[1] || value);
    return {
        component: Select,
        extractProps: ({ value, update }) => ({ value: [value].flat()[0], update, options }),
        isSupported: () => true,
        defaultValue: () => options[0][0],
        stringify: (value) => label([value].flat()[0]),
    };
}

patch(TreeEditor.prototype, {
    getOperatorEditorInfo(node) {
        return isSync(node) ? choice([[OPERATOR, _t("by its sync")]]) : super.getOperatorEditorInfo(...arguments);
    },
    getValueEditorInfo(node) {
        return isSync(node) ? choice(VALUES) : super.getValueEditorInfo(...arguments);
    },
});

patch(treeProcessorService, {
    start() {
        const service = super.start(...arguments);
        const { getDomainTreeDescription: describe, getDomainTreeTooltip: explain } = service;
        const inWords = (node) => {
            const words = choice(VALUES).stringify(node.value);
            return node.negate ? _t("not %(filter)s", { filter: words }) : words;
        };
        const described = async (model, tree, isPart, ...limits) => {
            if (isSync(tree)) {
                return inWords(tree);
            }
            if (tree.type !== "connector" || tree.negate || !tree.children.some(isSync)) {
                return describe(model, tree, isPart, ...limits);
            }
            const parts = await Promise.all(tree.children.map((child) => described(model, child, true)));
            const words = parts.join(` ${tree.value === "&" ? _t("and") : _t("or")} `);
            return isPart ? `( ${words} )` : words;
        };
        return {
            ...service,
            getDomainTreeDescription: described,
            getDomainTreeTooltip: async (model, tree) => (isSync(tree) ? inWords(tree) : explain(model, tree)),
        };
    },
});
