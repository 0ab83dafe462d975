// Part of Integration Hub. License LGPL-3.0 or later.
/**
 * What keeps a screen from being used by everybody: controls without a name or out of Tab's reach, text that is hard to
 * read, a page wider than the screen.
 *
 *     import { accessible } from "../accessibility";
 *     steps: () => [{ trigger: ".o_my_screen" }, accessible(".o_my_screen")]
 *
 * What Odoo itself draws is Odoo's affair: `ODOOS` names its parts that do not pass, each with what is wrong.
 */

const CONTROLS =
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable=true], [tabindex], " +
    "[role=button], [role=link], [role=checkbox], [role=switch], [role=tab], [role=menuitem], [role=option]";
// Of these one is reached by Tab, and the others from there by arrows.
const COMPOSITES = "[role=tablist], [role=menu], [role=menubar], [role=listbox], [role=radiogroup], [role=grid], .o_statusbar_status, .o_list_table";
const ODOOS = [
    // what Odoo's theme makes of these: 4.3:1, 3.1:1, and icons without a name where it is narrow
    ".o_view_controller .text-muted, .o_view_controller .badge, .o_view_controller .o_control_panel .btn",
    ".o_cp_pager", // a value that becomes an input when it is clicked
    ".o_searchview", // its facets
    ".o_list_renderer thead, .o_list_renderer tfoot, .o_optional_columns_dropdown", // headers and their handles
    ".o_list_record_selector", // a label around its checkbox, for the mouse
    ".o_dropdown_kanban, .o_kanban_header, .o_kanban_record .o_field_widget",
    ".o_form_button_box, .o_statusbar_status", // arrows and folded ones
    ".o-mail-Chatter, .o_field_many2one_avatar_user, .o_avatar",
    ".o_view_sample_data", // faded on purpose
    ".ace_editor",
];

function isVisible(element) {
    const style = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    return style.visibility === "visible" && style.display !== "none" && width > 1 && height > 1 && !element.closest("[inert], .visually-hidden");
}

function isOdoos(element) {
    return Boolean(element.closest(ODOOS.join(", ")));
}

function told(element) {
    const text = (element.textContent || "").trim().replaceAll(/\s+/g, " ").slice(0, 40);
    const classes = typeof element.className === "string" ? element.className.trim().split(/\s+/).slice(0, 3).join(".") : "";
    return `<${element.tagName.toLowerCase()}${classes ? "." + classes : ""}>${text}`;
}

// --- names ---

/** The text of an element that a screen reader reads. */
function textOf(node) {
    if (node.nodeType === Node.TEXT_NODE) {
        return node.textContent;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true") {
        return "";
    }
    const own = node.getAttribute("aria-label") || node.getAttribute("alt");
    return own || [...node.childNodes].map(textOf).join(" ") || node.getAttribute("title") || "";
}

/** What a control is called (accname): by its label, what it says, or its title; nothing where nobody says. */
export function nameOf(control) {
    const by = (control.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const labels = [...by.map((id) => document.getElementById(id)), ...(control.labels || [])].filter(Boolean);
    const names = [control.getAttribute("aria-label"), labels.map(textOf).join(" ")];
    if (!control.matches("input, select, textarea")) {
        names.push(textOf(control));
    } else if (["submit", "button", "reset"].includes(control.type)) {
        names.push(control.value);
    }
    names.push(control.getAttribute("title"), control.getAttribute("data-tooltip"), control.getAttribute("placeholder"));
    return (names.find((name) => name && name.trim()) || "").trim();
}

// --- reach ---

function isReached(control) {
    if (control.tabIndex >= 0) {
        return true;
    }
    const whole = control.closest(COMPOSITES);
    const labelled = control.closest("label")?.control;
    const within = control.querySelector(CONTROLS); // what is clicked stands around what is reached
    return Boolean(whole || (labelled && labelled.tabIndex >= 0) || (within && within.tabIndex >= 0));
}

// --- contrast ---

function rgba(color) {
    const values = color.match(/[\d.]+/g)?.map(Number) || [0, 0, 0, 0];
    if (color.startsWith("color(")) {
        return [...values.slice(0, 3).map((value) => value * 255), values[3] ?? 1];
    }
    return [...values.slice(0, 3), values[3] ?? 1];
}

function over([r, g, b, a], below) {
    return [r, g, b].map((value, place) => value * a + below[place] * (1 - a));
}

/** The colour that a text stands on; nothing where that is a picture. */
function ground(element) {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
        const style = getComputedStyle(each);
        if (style.backgroundImage !== "none") {
            return null;
        }
        const color = rgba(style.backgroundColor);
        if (color[3] > 0) {
            layers.push(color);
        }
        if (color[3] === 1) {
            break;
        }
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
}

function luminance(color) {
    const [r, g, b] = color.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How much two colours differ, from 1 to 21 (WCAG 2, contrast ratio). */
export function contrast(one, other) {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
}

function opacity(element) {
    let value = 1;
    for (let each = element; each; each = each.parentElement) {
        value *= Number(getComputedStyle(each).opacity);
    }
    return value;
}

function contrastProblem(element) {
    const style = getComputedStyle(element);
    const below = ground(element);
    if (!below) {
        return null;
    }
    const [r, g, b, a] = rgba(style.color);
    const found = contrast(over([r, g, b, a * opacity(element)], below), below);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return found + 0.05 < (isLarge ? 3 : 4.5) ? found.toFixed(2) : null;
}

function texts(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const says = /[\p{L}\p{N}]/u.test(walker.currentNode.textContent); // a sign of an icon font is none
        if (says && !parent.closest("svg, option, :disabled, .disabled, [aria-disabled=true]")) {
            found.add(parent);
        }
    }
    return [...found];
}

// --- all of it ---

/** Return in words what is wrong with what *root* shows. */
export function problemsOf(root) {
    const problems = [];
    for (const control of root.querySelectorAll(CONTROLS)) {
        if (!isVisible(control) || isOdoos(control) || control.matches(":disabled, [aria-hidden=true] *")) {
            continue;
        }
        const isFocusable = control.matches("[tabindex='-1']") && !control.matches("a, button, input, select, textarea, summary, [role]");
        if (isFocusable) {
            continue; // a place that scripts move to, no control
        }
        if (!nameOf(control)) {
            problems.push(`no name: ${told(control)}`);
        }
        if (!isReached(control)) {
            problems.push(`not reached by Tab: ${told(control)}`);
        }
        if (control.tabIndex > 0) {
            problems.push(`out of order (tabindex ${control.tabIndex}): ${told(control)}`);
        }
    }
    for (const element of texts(root)) {
        const found = isVisible(element) && !isOdoos(element) && contrastProblem(element);
        if (found) {
            problems.push(`contrast ${found}: ${told(element)}`);
        }
    }
    const page = document.documentElement;
    const content = root.closest(".o_content") || root.querySelector(".o_content") || root;
    for (const [what, element] of [["page", page], ["content", content]]) {
        if (element.scrollWidth > element.clientWidth + 1 && !element.querySelector(".o_kanban_grouped, .o_list_renderer, .o_pivot, .o_calendar_view")) {
            const beyond = [...root.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > element.getBoundingClientRect().right + 1);
            problems.push(`the ${what} is ${element.scrollWidth} px wide on ${element.clientWidth}: ${beyond.slice(-1).map(told)}`);
        }
    }
    return [...new Set(problems)];
}

/** A step of a tour: nothing keeps the screen from being used by everybody. */
export function accessible(selector = ".o_action_manager") {
    return {
        content: "usable by everybody",
        trigger: selector,
        run() {
            const problems = problemsOf(document.querySelector(selector).closest(".o_action") || document.querySelector(selector));
            if (problems.length) {
                throw new Error(`${selector} at ${window.innerWidth} px:\n${problems.join("\n")}`);
            }
        },
    };
}
