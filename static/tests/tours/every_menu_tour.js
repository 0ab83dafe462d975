// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { animationFrame } from "@odoo/hoot-dom";
import { problemsOf } from "../accessibility";

function screensOf(menus, menu) {
    const children = menu.children.flatMap((id) => screensOf(menus, menus.getMenu(id)));
    return menu.actionID && menu.xmlid !== "integration_hub.integration_settings_menu" ? [menu, ...children] : children;
}

/** Each screen of the hub once, as whoever walks it sees its menu: usable by everybody at the width of this window. */
registry.category("web_tour.tours").add("integration_hub_every_menu", {
    url: "/odoo/integration-systems",
    steps: () => [
        {
            trigger: ".o_kanban_view, .o_list_view",
            timeout: 60000,
            async run() {
                const { menu: menus } = odoo.__WOWL_DEBUG__.root.env.services;
                const app = menus.getApps().find((one) => one.xmlid === "integration_hub.integration_menu_root");
                const screens = screensOf(menus, app);
                const problems = [];
                for (const screen of screens) {
                    await menus.selectMenu(screen);
                    await animationFrame();
                    await new Promise((resolve) => setTimeout(resolve, 50));
                    const found = problemsOf(document.querySelector(".o_action_manager"));
                    problems.push(...found.map((problem) => `${screen.xmlid.split(".")[1]}: ${problem}`));
                }
                if (screens.length < 20) {
                    throw new Error(`only ${screens.length} screens were looked at`);
                }
                if (problems.length) {
                    throw new Error(`at ${window.innerWidth} px:\n${problems.join("\n")}`);
                }
            },
        },
    ],
});
