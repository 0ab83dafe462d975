// Part of Integration Hub. License LGPL-3.0 or later.
/**
 * Where the systems around Odoo are drawn. Pure: sizes in, places out.
 *
 *     ┌──────┐          ┌──────┐   outer and inner columns are half a row apart, so that
 *     │outer │──┐       │      │   what leads to the outer ones passes between the inner
 *     └──────┘  ┌──────┐│ Odoo │
 *               │inner ││      │
 *               └──────┘└──────┘
 */
export const NODE = { width: 176, height: 52 };
export const HUB = { width: 120, height: 88 };
const ROW = NODE.height + 22;
const GAP = 28; // between the columns of a side
const AIR = 110; // at least so much between Odoo and the next column: that is where one sees what flows
const MARGIN = 8;
const MOST_ROWS = 8; // of a column, before a second one is begun
const PORT = 24; // the room at Odoo for each system's lines
const APART = 5; // of what goes in from what goes out, on each side of the middle

/** How wide a line is for so many messages, where the busiest has so many: 1.5 to 5, by magnitude. */
export function lineWidth(value, most) {
    return value ? 1.5 + (3.5 * Math.log1p(value)) / Math.log1p(Math.max(most, 10)) : 1.5;
}

/**
 * Return `{width, height, hub, nodes: [{id, x, y, outer}], edges: [{id, system, direction, path, sign: {x, y}}]}`.
 *
 * @param {{id: number, roads: object}[]} systems in the order in which they are told
 * @param {number} wide the room there is; the map is at least as wide as it has to be
 */
export function layOut(systems, wide) {
    const perSide = [Math.ceil(systems.length / 2), Math.floor(systems.length / 2)];
    const columns = Math.max(1, Math.ceil(perSide[0] / MOST_ROWS) > 1 ? 2 : 1);
    const sideWidth = columns * NODE.width + (columns - 1) * GAP;
    const width = Math.max(wide, 2 * (sideWidth + MARGIN + AIR) + HUB.width);
    const rows = Math.max(1, ...perSide.map((count) => Math.ceil(count / columns)));
    const height = Math.max(rows * ROW + (columns > 1 ? ROW / 2 : 0), HUB.height) + 2 * MARGIN;
    const tall = Math.max(HUB.height, Math.min(PORT * perSide[0], height - 2 * MARGIN));
    const hub = { x: (width - HUB.width) / 2, y: (height - tall) / 2, height: tall };
    const nodes = [];
    const edges = [];
    for (const side of [0, 1]) {
        const here = systems.filter((system, place) => place % 2 === side);
        const used = Math.ceil(here.length / columns);
        const top = (height - used * ROW - (columns > 1 ? ROW / 2 : 0) + ROW - NODE.height) / 2;
        here.forEach((system, place) => {
            const outer = columns > 1 && place % 2 === 0;
            const fromEdge = MARGIN + (columns > 1 && !outer ? NODE.width + GAP : 0);
            const y = top + Math.floor(place / columns) * ROW + (columns > 1 && !outer ? ROW / 2 : 0);
            const x = side ? width - fromEdge - NODE.width : fromEdge;
            nodes.push({ id: system.id, x, y, outer });
            const free = side ? width - MARGIN - sideWidth : MARGIN + sideWidth; // from here on nothing is in the way
            const port = hub.y + (hub.height * (place + 0.5)) / here.length;
            edges.push(...edgesOf(system, { x, y, side, free, hub, port, count: here.length }));
        });
    }
    return { width, height, hub, nodes, edges };
}

function edgesOf(system, { x, y, side, free, hub, port, count }) {
    const start = side ? x : x + NODE.width;
    const end = side ? hub.x + HUB.width : hub.x;
    const middle = y + NODE.height / 2;
    const spread = Math.min(APART, hub.height / count / 4);
    const both = Object.keys(system.roads).length > 1;
    return Object.keys(system.roads).map((direction) => {
        const way = both ? (direction === "inbound" ? -1 : 1) : 0;
        const [from, to] = [middle + way * APART, port + way * spread];
        const bend = (free + end) / 2;
        return {
            id: `${system.id}:${direction}`,
            system: system.id,
            direction,
            path: `M ${start} ${from} H ${free} C ${bend} ${from} ${bend} ${to} ${end} ${to}`,
            sign: { x: free + (side ? -16 : 16), y: from },
        };
    });
}
