/**
 * metrics: the hub's figures for Prometheus and everything that reads its text format.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
 */
import type { Gateway } from "../core/gateway.js";
import type { HubStatus } from "../core/status.js";

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

function metricsOf(status: HubStatus): Metric[] {
  const plain = (name: string, type: Metric["type"], help: string, value: number): Metric => ({
    name,
    type,
    help,
    samples: [[{}, value]],
  });
  return [
    plain("mindos_up_seconds", "gauge", "Since the hub started.", status.upMs / 1000),
    plain("mindos_resident_bytes", "gauge", "Resident memory of the hub.", status.rssMiB * 1_048_576),
    plain("mindos_sensors", "gauge", "Sensors that this hub hears.", status.sensors),
    plain("mindos_readings_total", "counter", "Readings decoded.", status.readings),
    plain("mindos_detections_total", "counter", "Detections raised.", status.detections),
    plain("mindos_predictions_total", "counter", "Windows scored.", status.inference.predictions),
    plain("mindos_inference_restarts_total", "counter", "Restarts of the inference child.", status.inference.restarts),
    {
      name: "mindos_hub_alive",
      type: "gauge",
      help: "1 when the hub is alive, by id.",
      samples: status.hubs.map((hub) => [
        { hub: hub.hub, name: hub.name },
        hub.state === "alive" || hub.state === "self" ? 1 : 0,
      ]),
    },
    {
      name: "mindos_events_total",
      type: "counter",
      help: "Drops, refusals and errors by name.",
      samples: Object.entries(status.counters).map(([event, value]) => [{ event }, value]),
    },
  ];
}

/** Backslash, quote and newline are escaped in label values; names of hubs are other people's text. */
function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

export const gateway: Gateway = {
  id: "metrics",
  title: "Prometheus metrics",
  path: "/metrics",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  render(status) {
    return metricsOf(status)
      .map(({ name, type, help, samples }) => {
        const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`).join("");
        return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`;
      })
      .join("");
  },
};
