/** Bar charts by Chart.js: the parts of it that bars need, in the colours of the page. Loaded when the first chart is drawn. */

import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from "chart.js";

/** Names of the CSS variables `--chart-…`. */
export type ChartColour = "good" | "bad" | "warning" | "quiet" | "accent" | "past" | "past-2" | "past-3";

export interface ChartSeries {
  label: string;
  colour: ChartColour;
  values: (number | null)[];
}

export interface ChartOptions {
  labels: string[];
  series: ChartSeries[];
  sideways: boolean;
  stacked: boolean;
  format(value: number): string;
  colour(name: ChartColour | "ink" | "line"): string;
  font: string;
  /** No movement. */
  still: boolean;
}

/** How much of a drawing the labels beside its bars may take. */
const LABEL_SHARE = 0.42;

/** Draw `options` into `canvas`. */
export function makeChart(canvas: HTMLCanvasElement, options: ChartOptions): Chart<"bar", (number | null)[], string> {
  const { labels, series, sideways, stacked, format, colour, font, still } = options;
  Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);
  const ticks = { color: colour("ink"), font: { family: font, size: 12 } };
  const pen = canvas.getContext("2d");
  // Letters are not equally wide: what is drawn beyond the edge is cut off, at the beginning of all places.
  const shorten = (text: string): string => {
    if (!sideways || !pen) return text;
    pen.font = `12px ${font}`;
    const fits = (length: number): boolean => pen.measureText(`${text.slice(0, length)}…`).width <= canvas.clientWidth * LABEL_SHARE;
    if (pen.measureText(text).width <= canvas.clientWidth * LABEL_SHARE) return text;
    let length = text.length;
    while (length > 1 && !fits(length)) length--;
    return `${text.slice(0, length)}…`;
  };
  const categories = {
    stacked,
    grid: { display: false },
    border: { color: colour("line") },
    ticks: { ...ticks, maxRotation: 0, autoSkip: !sideways, callback: (index: number | string) => shorten(labels[Number(index)] ?? "") },
  };
  const values = {
    stacked,
    beginAtZero: true,
    grid: { color: colour("line") },
    border: { display: false },
    ticks: { ...ticks, precision: 0, maxTicksLimit: 5, callback: (value: number | string) => format(Number(value)) },
  };
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: series.map((one) => ({
        label: one.label,
        data: one.values,
        backgroundColor: colour(one.colour),
        borderRadius: stacked ? 0 : 3,
        maxBarThickness: sideways ? 14 : 28,
      })),
    },
    options: {
      indexAxis: sideways ? "y" : "x",
      responsive: true,
      maintainAspectRatio: false,
      animation: still ? false : { duration: 300 },
      interaction: { mode: "index", axis: sideways ? "y" : "x", intersect: false },
      scales: sideways ? { x: values, y: categories } : { x: categories, y: values },
      plugins: {
        legend: { display: series.length > 1, position: "bottom", labels: { color: colour("ink"), font: { family: font, size: 12 }, boxWidth: 10, boxHeight: 10 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label ?? ""}: ${format(Number(item.raw))}` } },
      },
    },
  });
}
