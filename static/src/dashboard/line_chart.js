// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { duration } from "./words";

// What tells lines apart for whoever sees no colours, in this order.
const STYLES = [
    { borderDash: [], pointStyle: "circle" },
    { borderDash: [7, 4], pointStyle: "triangle" },
    { borderDash: [2, 3], pointStyle: "rect" },
];
const DURATIONS = [0.01, 0.1, 1, 10, 60, 600, 3600, 21600, 86400]; // ticks of an axis of seconds

/**
 * Lines over time by Odoo's own Chart.js, in the colours of the scheme that is on, and the same as a table.
 *
 * A series is `{label, color, values, bar}`; its colour is the name of a CSS variable of `dashboard.scss`.
 */
export class LineChart extends Component {
    static template = "integration_hub.LineChart";
    static props = {
        title: String,
        said: String,
        labels: Array,
        series: Array,
        seconds: { type: Boolean, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        this.state = useState({ asTable: false });
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(() => this.draw());
        onWillUnmount(() => this.chart?.destroy());
    }
    get rows() {
        const rows = this.props.labels.map((label, place) => ({ label, values: this.props.series.map(({ values }) => values[place]) }));
        return rows.filter(({ values }) => values.some(Boolean)).reverse();
    }
    said(value) {
        if (this.props.seconds) {
            return duration(value);
        }
        return value;
    }
    onToggle(ev) {
        this.state.asTable = ev.target.open;
    }

    draw() {
        const config = this.config(getComputedStyle(this.canvas.el));
        if (this.chart) {
            Object.assign(this.chart, { data: config.data, options: config.options });
            this.chart.update("none");
        } else {
            this.chart = new Chart(this.canvas.el, config);
        }
    }
    config(style) {
        const color = (name) => style.getPropertyValue(`--integration-${name}`).trim();
        const ink = color("ink");
        const datasets = this.props.series.map(({ label, color: name, values, bar }, place) => ({
            type: bar ? "bar" : "line",
            label,
            data: values,
            borderColor: color(name),
            backgroundColor: color(name),
            borderWidth: bar ? 0 : 2,
            pointRadius: 0,
            pointHitRadius: 8,
            spanGaps: false,
            minBarLength: 2,
            order: bar ? 1 : 0,
            ...STYLES[place % STYLES.length],
        }));
        const y = this.props.seconds
            ? {
                  type: "logarithmic",
                  afterBuildTicks: (axis) => {
                      axis.ticks = DURATIONS.filter((value) => value >= axis.min && value <= axis.max).map((value) => ({ value }));
                  },
                  ticks: { color: ink, callback: (value) => duration(value) },
              }
            : { beginAtZero: true, suggestedMax: 4, ticks: { color: ink, precision: 0, maxTicksLimit: 6 } };
        return {
            type: "line",
            data: { labels: this.props.labels, datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { position: "bottom", labels: { color: ink, usePointStyle: true, pointStyleWidth: 26, boxHeight: 7 } },
                    tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${this.said(item.raw)}` } },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16 } },
                    y: { ...y, grid: { color: color("grid") }, border: { display: false } },
                },
            },
        };
    }
}
