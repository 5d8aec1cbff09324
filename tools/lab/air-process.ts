/** The air as a process of its own, told over IPC what to open and to change: it runs in the namespace where all cables end. */
import { messageOf } from "../../runtime/core/errors.js";
import { Air } from "./air.js";
import type { AirLink } from "./air-links.js";
import type { AirWeather } from "./air-weather.js";
import type { Answer, Numbered } from "./orders.js";

export type AirOrder =
  | { readonly type: "open"; readonly links: readonly AirLink[]; readonly weather?: Partial<AirWeather> }
  | { readonly type: "change"; readonly ids: readonly string[]; readonly weather: Partial<AirWeather> }
  | { readonly type: "cut" | "mend"; readonly ids: readonly string[] };

const air = new Air(Math.random);

process.on("message", ({ number, order }: Numbered<AirOrder>) => {
  carryOut(order)
    .then(() => process.send?.({ done: number, result: true } satisfies Answer))
    .catch((error: unknown) => process.send?.({ failed: number, why: messageOf(error) } satisfies Answer));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });

async function carryOut(order: AirOrder): Promise<void> {
  switch (order.type) {
    case "open":
      for (const link of order.links) await air.open(link, { ...order.weather });
      return;
    case "change":
      for (const id of order.ids) air.change(id, order.weather);
      return;
    case "cut":
      for (const id of order.ids) air.cut(id);
      return;
    case "mend":
      for (const id of order.ids) air.mend(id);
  }
}
