// Part of Integration Hub. License LGPL-3.0 or later.
import { onWillStart } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatDateTime } from "@web/views/fields/formatters";
import { listView } from "@web/views/list/list_view";
import { ListController } from "@web/views/list/list_controller";

/** A list of messages: above it, why none of them moves while drain mode is on. */
export class MessageListController extends ListController {
    static template = "integration_hub.MessageList";

    setup() {
        super.setup();
        const orm = useService("orm");
        onWillStart(async () => {
            const fields = ["reason", "started_at", "started_by_id"];
            [this.drainMode] = await orm.searchRead("integration.maintenance", [["ended_at", "=", false]], fields);
        });
    }
    /** Of a whole list that is selected the client names only the first thousands: its domain says the rest. */
    async beforeExecuteActionButton(clickParams) {
        const named = clickParams.buttonContext?.active_ids?.length;
        if (this.isDomainSelected && named >= this.model.activeIdsLimit) {
            clickParams.buttonContext.selected_domain = this.model.root.domain;
        }
        return super.beforeExecuteActionButton(...arguments);
    }
    get drainModeSaid() {
        return _t("Drain mode is on: %s", this.drainMode.reason);
    }
    get drainModeSince() {
        const moment = formatDateTime(deserializeDateTime(this.drainMode.started_at));
        const user = this.drainMode.started_by_id; // none once that user is deleted
        return user ? _t("Since %(moment)s, by %(user)s.", { moment, user: user[1] }) : _t("Since %s.", moment);
    }
}

registry.category("views").add("integration_message_list", { ...listView, Controller: MessageListController });
