// Part of Integration Hub. License LGPL-3.0 or later.
import { user } from "@web/core/user";
import { _t } from "@web/core/l10n/translation";

const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
];

function number(value, options) {
    return new Intl.NumberFormat(user.lang, options).format(value);
}

/** How long something took, in the one unit that says enough: "0.4 sec", "12 min". */
export function duration(seconds) {
    if (seconds === null || seconds === undefined) {
        return "–";
    }
    if (seconds < 1) {
        return number(Math.round(seconds * 1000), { style: "unit", unit: "millisecond" });
    }
    const [unit, length] = UNITS.find(([, length]) => seconds >= length);
    const value = seconds / length;
    return number(value, { style: "unit", unit, maximumFractionDigits: value < 10 && unit !== "minute" ? 1 : 0 });
}

/** A number that fits into a tile: "12,480", "1.2M"; with a plus where more were not counted. */
export function count({ value, more }) {
    const short = value >= 1e6 ? { notation: "compact", maximumFractionDigits: 1 } : {};
    return number(value, short) + (more ? "+" : "");
}

/** A number where there is little room: "12.4K". */
export function short({ value, more }) {
    return number(value, { notation: "compact", maximumFractionDigits: 1 }) + (more ? "+" : "");
}

/** A share as per cent: never 100 % where something is missing. */
export function share(value) {
    if (value === null || value === undefined) {
        return "–";
    }
    const digits = value > 0.9 && value < 1 ? 2 : 0;
    const cut = value < 1 ? Math.floor(value * 1e4) / 1e4 : 1;
    return number(cut, { style: "percent", maximumFractionDigits: digits });
}

/** Until when, or since when, as people say it. */
export function inTime(seconds) {
    const format = new Intl.RelativeTimeFormat(user.lang, { numeric: "auto" });
    const size = Math.abs(seconds);
    const [unit, length] = UNITS.find(([, length]) => size >= length) || UNITS.at(-1);
    return size < 1 ? _t("now") : format.format(Math.round(seconds / length), unit);
}
