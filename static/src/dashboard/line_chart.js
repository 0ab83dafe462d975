// Part of Integration Hub. License LGPL-3.0 or later.
import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { duration } from "./words";

// What tells lines apart for whoever sees no colours, in this order.
const DASHES = [[], [7, 4], [2, 3]];
const DURATIONS = [0.01, 0.1, 1, 10, 60, 600, 3600, 21600, 86400]; // ticks of an axis of seconds

/** The legend shows by which pattern a line is told apart. */
function generateLabels(chart) {
    const labels = Chart.defaults.plugins.legend.labels.generateLabels(chart);
    return labels.map((label) => ({ ...label, lineDash: chart.data.datasets[label.datasetIndex].borderDash }));
}

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
        return this.props.seconds ? duration(value) : value;
    }
    /** An axis of durations is one of magnitudes: a second is as far from a minute as that from an hour. */
    magnitudes() {
        const found = this.props.series.flatMap(({ values }) => values).filter(Boolean).map(Math.log10);
        return found.length ? { min: Math.floor(Math.min(...found)), max: Math.ceil(Math.max(...found)) } : { min: -1, max: 1 };
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
            data: values.map((value) => value && (this.props.seconds ? Math.log10(value) : value)).map((value) => (bar ? value || null : value)),
            borderColor: color(name),
            backgroundColor: color(name),
            borderWidth: bar ? 0 : 2,
            pointRadius: 0,
            pointHitRadius: 8,
            spanGaps: false,
            minBarLength: 2,
            order: bar ? 1 : 0,
            borderDash: DASHES[place % DASHES.length],
            pointStyle: bar ? "rect" : "line",
        }));
        const y = this.props.seconds
            ? {
                  ...this.magnitudes(),
                  afterBuildTicks: (axis) => {
                      const marks = DURATIONS.map(Math.log10);
                      axis.ticks = marks.filter((value) => value >= axis.min && value <= axis.max).map((value) => ({ value }));
                  },
                  ticks: { color: ink, callback: (value) => duration(10 ** value) },
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
                    legend: { position: "bottom", labels: { color: ink, usePointStyle: true, pointStyleWidth: 26, boxHeight: 7, generateLabels } },
                    tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${this.said(this.props.series[item.datasetIndex].values[item.dataIndex])}` } },
                },
                scales: {
                    x: { grid: { display: false }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16 } },
                    y: { ...y, grid: { color: color("grid") }, border: { display: false } },
                },
            },
        };
    }
}
