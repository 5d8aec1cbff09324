/** uPlot in a Preact component: one line, the bands of what was unusual, and sizes that follow the box. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Band, type Columns, rangeOf } from "./series.js";

export interface PlotProps {
  readonly columns: Columns;
  readonly bands: readonly Band[];
  /** Name of a CSS colour variable, so that the line follows light and dark. */
  readonly colour: string;
  readonly stepped: boolean;
  readonly spanMin: number;
  readonly heightPx: number;
  /** With axes, grid and a cursor; else a sparkline. */
  readonly full?: boolean;
  readonly onCursor?: (index: number | undefined) => void;
}

export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = new uPlot(optionsOf(latest, element.clientWidth), latest.current.columns, element);
    plot.current = chart;
    const resized = new ResizeObserver(() => {
      const { clientWidth } = element;
      if (clientWidth > 0 && clientWidth !== chart.width) {
        chart.setSize({ width: clientWidth, height: latest.current.heightPx });
      }
    });
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => chart.redraw(false, true);
    scheme.addEventListener("change", recolour);
    return () => {
      scheme.removeEventListener("change", recolour);
      resized.disconnect();
      chart.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(props.columns), [props.columns]);
  useEffect(() => plot.current?.redraw(false), [props.bands]);

  return <div ref={box} class={props.full ? "plot plot-full" : "plot"} style={{ height: `${props.heightPx}px` }} />;
}

function optionsOf(latest: { readonly current: PlotProps }, width: number): uPlot.Options {
  const { full = false, stepped, spanMin, colour, heightPx } = latest.current;
  const y = (_: uPlot, low: number | null, high: number | null): [number, number] =>
    stepped ? [-0.15, 1.15] : rangeOf(low, high, spanMin);
  return {
    width: Math.max(width, 40),
    height: heightPx,
    ms: 1,
    padding: full ? [10, 12, 0, 0] : [3, 3, 3, 3],
    legend: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    cursor: full ? { y: false, drag: { x: false, y: false }, points: { size: 7 } } : { show: false },
    scales: { x: { time: true }, y: { range: y } },
    axes: full ? [timeAxis(), valueAxis(stepped)] : [{ show: false }, { show: false }],
    series: [
      {},
      {
        stroke: () => cssColour(`--q-${colour}`),
        fill: full && !stepped ? () => cssColour(`--q-${colour}-fill`) : undefined,
        width: full ? 2 : 1.75,
        points: { show: false },
        paths: stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined,
      },
    ],
    hooks: {
      drawClear: [(chart) => drawBands(chart, latest.current.bands)],
      setCursor: [(chart) => latest.current.onCursor?.(chart.cursor.idx ?? undefined)],
    },
  };
}

function drawBands(chart: uPlot, bands: readonly Band[]): void {
  const { left, top, width, height } = chart.bbox;
  const right = left + width;
  chart.ctx.fillStyle = cssColour("--band");
  for (const { fromMs, toMs } of bands) {
    const from = Math.max(left, chart.valToPos(fromMs, "x", true));
    const to = Math.min(right, toMs === undefined ? right : chart.valToPos(toMs, "x", true));
    // A brief event stays visible however long the axis is.
    if (to > left && from < right) chart.ctx.fillRect(from, top, Math.max(to - from, 2), height);
  }
}

function timeAxis(): uPlot.Axis {
  return {
    ...axisLook(),
    size: 30,
    space: 74,
    values: (_, splits, __, ___, stepMs) => splits.map((wallMs) => tickText(wallMs, stepMs)),
  };
}

function valueAxis(stepped: boolean): uPlot.Axis {
  return {
    ...axisLook(),
    size: 52,
    space: 34,
    show: !stepped,
    values: (_, splits, __, ___, step) => splits.map((value) => tickNumber(value, step)),
  };
}

function axisLook(): uPlot.Axis {
  return {
    stroke: () => cssColour("--muted"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => cssColour("--grid"), width: 1 },
    ticks: { show: false },
  };
}

function tickText(wallMs: number, stepMs: number): string {
  const options: Intl.DateTimeFormatOptions =
    stepMs >= 86_400_000
      ? { day: "numeric", month: "short" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(stepMs < 60_000 ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat("en-GB", options).format(wallMs);
}

/** All ticks of an axis with the decimals that its step needs. */
function tickNumber(value: number, step: number): string {
  let decimals = 0;
  while (decimals < 4 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals++;
  return value.toFixed(decimals).replace("-", "−");
}

function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "gray";
}
