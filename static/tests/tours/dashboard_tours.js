// Part of Integration Hub. License LGPL-3.0 or later.
import { registry } from "@web/core/registry";
import { queryAll, queryOne } from "@odoo/hoot-dom";
import { layOut, lineWidth, HUB, NODE } from "@integration_hub/topology/topology_layout";
import { accessible, contrast, nameOf, problemsOf } from "../accessibility";

const tours = registry.category("web_tour.tours");
const part = (name) => `.o_integration_part[data-part=${name}]`;

function assert(isTrue, said) {
    if (!isTrue) {
        throw new Error(said);
    }
}

/** An operator sees on Home that something fails, and gets from the dashboard to the cause and to its messages. */
tours.add("integration_hub_dashboard", {
    url: "/odoo/integration-systems",
    steps: () => [
        { trigger: ".o_menu_sections [data-menu-xmlid='integration_hub.integration_home_menu']", run: "click" },
        { trigger: ".o_integration_dashboard [data-tile=in]:contains(Into Odoo)" },
        { trigger: `${part("volume")} canvas` },
        accessible(".o_integration_dashboard"),
        { trigger: `${part("volume")} summary`, run: "click" },
        { trigger: `${part("volume")} table:contains(In):contains(Failed) tbody th` },
        { trigger: "[data-period=hour]", run: "click" },
        { trigger: "[data-period=hour][aria-pressed=true]" },
        { trigger: "select[name=system]", run: "selectByLabel Tour CRM" },
        { trigger: `${part("failures")}:contains(No cause makes messages fail)` },
        { trigger: "button:contains(Show all)", run: "click" },
        { trigger: "[data-todo=failed] button", run: "click" },
        { trigger: ".o_list_view .o_data_row" },
        { trigger: ".o_back_button, .breadcrumb-item:contains(Dashboard) a", run: "click" },
        { trigger: "[data-period=hour][aria-pressed=true]", content: "what was chosen is still there" },
        { trigger: `${part("failures")} [data-failure] td:first-child button:contains(XAF)`, run: "click" },
        { trigger: ".o_form_view:contains(XAF)" },
    ],
});

/** The same on a telephone: nothing is out of sight, and what could not be read says so where it would be. */
tours.add("integration_hub_dashboard_small", {
    url: "/odoo/integration-dashboard",
    steps: () => [
        { trigger: `.o_integration_dashboard ${part("volume")} canvas` },
        accessible(".o_integration_dashboard"),
        { trigger: `${part("failures")} [data-failure] button:contains(XAF)` },
        { trigger: `${part("queue")} [role=status]:contains(Nobody has counted yet)` },
    ],
});

/** Whoever begins finds out what to do first. */
tours.add("integration_hub_dashboard_empty", {
    url: "/odoo/integration-dashboard",
    steps: () => [
        { trigger: ".o_integration_dashboard:contains(Nothing flows yet)" },
        accessible(".o_integration_dashboard"),
        { trigger: ".o_integration_dashboard button:contains(Connect the first system)", run: "click" },
        { trigger: ".o_integration_catalogue" },
    ],
});

/** The map: by mouse and by keyboard to a system, its flow and what failed; and the list instead. */
tours.add("integration_hub_topology", {
    url: "/odoo/integration-topology",
    steps: () => [
        { trigger: ".o_integration_topology .o_integration_node:contains(Tour shop)" },
        accessible(".o_integration_topology"),
        { trigger: "[data-edge$=':inbound'][data-health=bad] .o_integration_sign", content: "not by its colour alone" },
        {
            trigger: "[data-edge$=':inbound'][data-health=bad]",
            run() {
                this.anchor.focus();
                assert(document.activeElement === this.anchor, "an edge takes the focus");
                this.anchor.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            },
        },
        { trigger: "aside [data-about]:contains(Tour shop) [data-flow]:contains(Orders)" },
        accessible(".o_integration_topology"),
        { trigger: "aside button[name=failures]", run: "click" },
        { trigger: ".o_list_view .o_data_row" },
        { trigger: ".o_back_button, .breadcrumb-item:contains(Topology) a", run: "click" },
        { trigger: "aside [data-about]:contains(Tour shop)" },
        { trigger: "button[name=as_list]", run: "click" },
        { trigger: "[data-about]:contains(Tour CRM) [data-flow] button", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name=state]" },
    ],
});

/** Where the map has no room there is the list. */
tours.add("integration_hub_topology_small", {
    url: "/odoo/integration-topology",
    steps: () => [
        { trigger: "[data-about]:contains(Tour shop) [data-flow]" },
        accessible(".o_integration_topology"),
        {
            trigger: ".o_integration_topology",
            run() {
                assert(!queryAll(".o_integration_map").length, "no map at this width");
            },
        },
        {
            content: "what is pure: where systems are drawn, and what the checker of screens finds",
            trigger: ".o_integration_topology",
            run() {
                for (const [count, wide] of [[1, 1300], [2, 1300], [12, 1300], [40, 1300], [41, 900]]) {
                    checkLayout(count, wide);
                }
                assert(lineWidth(0, 0) === 1.5 && lineWidth(5, 5000) < lineWidth(500, 5000), "busier lines are wider");
                assert(lineWidth(1e6, 1e6) <= 5, "no line is too wide");
                checkTheChecker();
            },
        },
    ],
});

function checkLayout(count, wide) {
    const systems = Array.from({ length: count }, (_each, place) => ({ id: place + 1, roads: { inbound: {}, outbound: {} } }));
    const { width, height, hub, nodes, edges } = layOut(systems, wide);
    assert(nodes.length === count && edges.length === 2 * count, `${count} systems, two lines each`);
    const boxes = nodes.map((node) => ({ ...NODE, ...node })).concat({ id: "hub", ...HUB, ...hub }); // it grows with what leads to it
    for (const one of boxes) {
        assert(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height, `${count}: ${one.id} is on the map`);
        for (const other of boxes) {
            const apart =
                one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;
            assert(one === other || apart, `${count}: ${one.id} and ${other.id} do not touch`);
        }
    }
    for (const edge of edges) {
        const [, from, until] = edge.path.match(/^M [\d.]+ ([\d.]+) H ([\d.]+)/).map(Number);
        const own = nodes.find((node) => node.id === edge.system);
        for (const node of nodes.filter((each) => each !== own && !each.outer && own.outer)) {
            const isCrossed = node.y < from && from < node.y + NODE.height && Math.abs(node.x - own.x) < Math.abs(until - own.x) + NODE.width;
            const isOnSide = node.x < width / 2 === own.x < width / 2;
            assert(!(isCrossed && isOnSide), `${count}: the line of ${own.id} does not cross ${node.id}`);
        }
    }
    assert(width <= Math.max(wide, 1150), `${count}: as wide as the screen`);
}

function checkTheChecker() {
    assert(Math.round(contrast([0, 0, 0], [255, 255, 255])) === 21, "black on white");
    const root = document.createElement("div");
    root.style.cssText = "position: absolute; width: 300px; background: #fff; color: #000;";
    root.innerHTML = `
        <button type="button" class="bad_name"><i class="fa fa-pencil"></i></button>
        <button type="button" class="bad_reach" tabindex="-1">Reach</button>
        <span class="bad_contrast" style="color: #999">Pale</span>
        <span class="bad_opacity" style="opacity: 0.4">Faded</span>
        <label>Good<input type="text" /></label> <a href="#" aria-label="Named"></a> <button type="button">Fine</button>`;
    queryOne(".o_integration_topology").append(root);
    const problems = problemsOf(root);
    root.remove();
    for (const kind of ["no name: <button.bad_name", "not reached by Tab: <button.bad_reach", "<span.bad_contrast", "<span.bad_opacity"]) {
        assert(problems.some((problem) => problem.includes(kind)), `found: ${kind} in ${problems}`);
    }
    assert(problems.length === 4, `no more than that: ${problems}`);
    const named = document.createElement("input");
    named.title = "Titled";
    assert(nameOf(named) === "Titled", "a title is a name");
}
