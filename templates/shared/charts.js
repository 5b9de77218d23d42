/**
 * Line charts that are cheap enough to follow a training run, with a table behind each: the same
 * numbers as text, for whoever cannot see the lines or wants to copy them.
 *
 * Colours are custom properties of the page, so light and dark follow the visitor's setting.
 *
 * @typedef {{
 *   label: string, colour: string, style?: "faint" | "dashed", points?: boolean
 * }} Line colour: the name of a custom property such as "--accent"; points: false draws no dot on
 *   each value
 * @typedef {{
 *   title: string, xLabel: string, lines: Line[], columns: string[],
 *   format: (value: number) => string, tick: (value: number) => string,
 *   highest: (seen: number) => number
 * }} ChartOptions tick: a number on the y axis; highest: the top of the y axis, from the highest
 *   value drawn (0 at first)
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./charts.css";
import { element } from "./dom.js";

const FONT = "12px system-ui, sans-serif";
/** Steps between two numbers on the x axis: it counts epochs or the like. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const DARK = "(prefers-color-scheme: dark)";

/**
 * Charts that wait to be drawn. One is drawn in a frame, so that no task of the page gets long.
 *
 * @type {Set<LineChart>}
 */
const waiting = new Set();

function drawNext() {
  const [chart] = waiting;
  waiting.delete(chart);
  if (waiting.size) requestAnimationFrame(drawNext);
  chart.drawNow();
}

export class LineChart {
  /** @type {uPlot.AlignedData} */
  data;
  xMax = 1;
  /** @type {number | null} whose values stand beside the lines' names; null: the last one's */
  resting = null;

  /**
   * @param {HTMLElement} host an empty <figure class="chart">
   * @param {ChartOptions} options
   */
  constructor(host, options) {
    this.options = options;
    this.data = [[], ...options.lines.map(() => [])];
    const style = getComputedStyle(document.documentElement);
    /** @param {string} name of a custom property; computed styles are live */
    this.colour = (name) => style.getPropertyValue(name).trim();
    const legend = makeLegend(options.lines);
    this.values = legend.values;
    const title = element("strong", {}, options.title);
    this.box = element("div", { class: "plot", role: "img" });
    this.rows = element("tbody");
    const caption = element("figcaption", {}, title, legend.element);
    host.replaceChildren(caption, this.box, this.makeTable());
    this.plot = new uPlot(this.plotOptions(), this.data, this.box);
    new ResizeObserver(() => this.schedule()).observe(this.box);
    matchMedia(DARK).addEventListener("change", () => this.plot.redraw(false));
    this.describe("no values yet");
  }

  /**
   * Draw these values in one of the next frames; of several calls the last one counts.
   *
   * @param {uPlot.AlignedData} data x, then the values of each line
   * @param {number} xMax the right end of the x axis
   */
  draw(data, xMax) {
    this.data = data;
    this.xMax = xMax;
    this.schedule();
  }

  schedule() {
    if (waiting.size === 0) requestAnimationFrame(drawNext);
    waiting.add(this);
  }

  drawNow() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width > 0 && (width !== this.plot.width || height !== this.plot.height)) {
      this.plot.setSize({ width, height });
    }
    this.plot.setData(this.data);
    this.showValues(null);
  }

  /**
   * @param {string[]} cells one for each column
   */
  addRow(cells) {
    const [first, ...rest] = cells;
    const head = element("th", { scope: "row" }, first);
    this.rows.append(element("tr", {}, head, ...rest.map((text) => element("td", {}, text))));
  }

  /**
   * Say in words what the chart shows by now.
   *
   * @param {string} text
   */
  describe(text) {
    this.box.setAttribute("aria-label", `${this.options.title}: ${text}`);
  }

  /** @param {number} xMax */
  clear(xMax) {
    this.rows.replaceChildren();
    this.describe("no values yet");
    this.draw([[], ...this.options.lines.map(() => [])], xMax);
  }

  /**
   * Beside each line's name its value under the pointer, or the one it rests on.
   *
   * @param {number | null | undefined} index
   */
  showValues(index) {
    this.values.forEach((node, i) => {
      const line = this.data[i + 1];
      const at = lastValue(line, index ?? this.resting ?? line.length - 1);
      const text = at === null ? "" : this.options.format(at);
      if (node.textContent !== text) node.textContent = text;
    });
  }

  makeTable() {
    const { title, columns } = this.options;
    const head = columns.map((text) => element("th", { scope: "col" }, text));
    const table = element("table", { class: "data" });
    table.append(element("thead", {}, element("tr", {}, ...head)), this.rows);
    const scroll = element("div", { class: "scroll" }, table);
    return element("details", {}, element("summary", {}, `${title} as a table`), scroll);
  }

  /** @returns {uPlot.Options} */
  plotOptions() {
    const { lines, xLabel, tick, highest } = this.options;
    /** @type {uPlot.Axis} */
    const axis = {
      stroke: () => this.colour("--ink-soft"),
      grid: { stroke: () => this.colour("--line"), width: 1 },
      ticks: { show: false },
      font: FONT,
    };
    /** @type {uPlot.Range.Function} */
    const toTop = (_plot, _min, max) => [0, highest(max ?? 0)];
    const xNames = { label: xLabel, labelSize: 18, labelFont: FONT };
    return {
      width: Math.max(this.box.clientWidth, 200),
      height: this.box.clientHeight || 216,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { x: { time: false, range: () => [0, this.xMax] }, y: { range: toTop } },
      axes: [
        { ...axis, size: 26, space: 40, incrs: WHOLE, ...xNames },
        { ...axis, size: 48, space: 36, values: (_plot, ticks) => ticks.map(tick) },
      ],
      series: [{}, ...lines.map((line) => this.series(line))],
      hooks: { setCursor: [(plot) => this.showValues(plot.cursor.idx)] },
    };
  }

  /**
   * @param {Line} line
   * @returns {uPlot.Series}
   */
  series({ label, colour, style, points = true }) {
    const faint = style === "faint";
    return {
      label,
      stroke: () => this.colour(colour),
      width: faint ? 1 : 2,
      alpha: faint ? 0.55 : 1,
      dash: style === "dashed" ? [6, 4] : undefined,
      points: { show: points && !faint, size: 6, fill: () => this.colour(colour) },
      spanGaps: true,
    };
  }
}

/**
 * @param {Line[]} lines
 */
function makeLegend(lines) {
  const values = lines.map(() => element("b"));
  const entries = lines.map(({ label, colour, style }, i) => {
    const swatch = element("i", { class: style ?? "solid" });
    swatch.style.setProperty("--line-colour", `var(${colour})`);
    return element("span", {}, swatch, `${label} `, values[i]);
  });
  return { element: element("span", { class: "legend" }, ...entries), values };
}

/**
 * @param {ArrayLike<number | null | undefined>} line
 * @param {number} from
 */
function lastValue(line, from) {
  for (let i = from; i >= 0; i--) {
    const value = line[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
