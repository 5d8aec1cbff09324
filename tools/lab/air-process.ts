/** The air as a process of its own, told over IPC what to open and to change: it runs in the namespace where all cables end. */
import { messageOf } from "../../runtime/core/errors.js";
import { Air, type AirLink, type AirWeather } from "./air.js";

export type AirCommand =
  | { readonly type: "open"; readonly link: AirLink; readonly weather?: Partial<AirWeather> }
  | { readonly type: "change"; readonly id: string; readonly weather: Partial<AirWeather> }
  | { readonly type: "cut" | "mend"; readonly id: string };

export type AirReply = { readonly done: number } | { readonly failed: number; readonly why: string };

const air = new Air(Math.random);

process.on("message", ({ number, command }: { number: number; command: AirCommand }) => {
  carryOut(command)
    .then(() => process.send?.({ done: number } satisfies AirReply))
    .catch((error: unknown) => process.send?.({ failed: number, why: messageOf(error) } satisfies AirReply));
});
process.on("disconnect", () => process.exit(0));

async function carryOut(command: AirCommand): Promise<void> {
  switch (command.type) {
    case "open":
      return air.open(command.link, command.weather);
    case "change":
      return air.change(command.id, command.weather);
    case "cut":
      return air.cut(command.id);
    case "mend":
      return air.mend(command.id);
  }
}
