/** `mindos sensors`: what is heard, by which hub, and the latest values. */
import { addressOfSensor } from "../../core/ids.js";
import type { HubStatus, SensorView } from "../../core/status.js";
import { defineCommand } from "../command.js";
import { formatDuration, formatLatest } from "../format.js";
import { getJson } from "../hub-client.js";
import { findHubs, HUB_OPTIONS, withFirstHub } from "../hub-finder.js";
import { renderTable } from "../table.js";
import { watch } from "../watch.js";

export const command = defineCommand({
  name: "sensors",
  summary: "List the sensors that the mesh hears, with their latest values.",
  options: { ...HUB_OPTIONS, watch: { type: "flag", short: "w", description: "Show it again every second." } },
  positionals: [],
  examples: [
    { line: "mindos sensors", does: "A table of all sensors." },
    { line: "mindos sensors --watch", does: "The same, kept up to date until Ctrl-C." },
  ],
  async run({ options, json, out, stopping, ...context }) {
    const hubs = await findHubs(options, context);
    const show = (): Promise<string> =>
      withFirstHub(hubs, async (hub) => {
        const sensors = await getJson<readonly SensorView[]>(hub, "/api/sensors");
        if (json) return `${JSON.stringify(sensors)}\n`;
        return describeSensors(sensors, await getJson<HubStatus>(hub, "/api/status"), out.tableColumns);
      });
    if (options.watch) await watch(out, stopping(), show);
    else out.write(await show());
    return 0;
  },
});

export function describeSensors(
  sensors: readonly SensorView[],
  status: Pick<HubStatus, "hubs">,
  columns: number,
): string {
  if (sensors.length === 0) return "No sensor has been heard yet.\n";
  const hubName = new Map(status.hubs.map((hub) => [hub.hub, hub.name]));
  const rows = [...sensors]
    .sort(
      (a, b) =>
        (a.place ?? "").localeCompare(b.place ?? "") || a.name.localeCompare(b.name) || (a.sensor < b.sensor ? -1 : 1),
    )
    .map((sensor) => [
      sensor.name || addressOfSensor(sensor.sensor),
      sensor.place ?? "",
      formatLatest(sensor.latest),
      hubName.get(sensor.hub) ?? sensor.hub.slice(0, 8),
      `${sensor.rssiDbm} dBm`,
      `${formatDuration(sensor.silentMs)} ago${sensor.stale ? ", stale" : ""}`,
      [sensor.format, sensor.encrypted ? "encrypted" : "", sensor.origin === "replay" ? "replay" : ""]
        .filter((word) => word !== "")
        .join(", "),
    ]);
  const table = renderTable(
    [
      { title: "SENSOR" },
      { title: "PLACE" },
      { title: "LATEST", flexible: true },
      { title: "HUB" },
      { title: "SIGNAL", align: "right" },
      { title: "HEARD" },
      { title: "FORMAT" },
    ],
    rows,
    columns,
  );
  return `${table.join("\n")}\n`;
}
