/** What passes beside links: each datagram is lost for itself, or takes the link's latency; nothing is sent again. */
import type { Datagram } from "../../../runtime/core/mesh.js";
import { DATAGRAM_BYTES } from "../../../runtime/wire/datagram.js";
import type { Connections, Host } from "./connections.js";
import { OFF, RUNNING } from "./hub-rows.js";
import { END_OPEN } from "./link-rows.js";

/** An event. a: the end that it is for, b: its row's generation. */
export const DATAGRAM = 9;

export class Datagrams {
  readonly #host: Host;
  readonly #connections: Connections;

  constructor(host: Host, connections: Connections) {
    this.#host = host;
    this.#connections = connections;
  }

  send(hub: number, linkId: number, { number, isAnswer, isOver }: Datagram): void {
    const { rows } = this.#connections;
    const end = rows.endOf(linkId);
    if (end < 0 || rows.hub(end) !== hub || rows.state(end) !== END_OPEN) return;
    this.#towards(end ^ 1, { number, isAnswer, isOver });
  }

  #towards(towards: number, datagram: Datagram): void {
    const { rows } = this.#connections;
    const { wheel, medium, hubs } = this.#host;
    hubs.addBytesSent(rows.hub(towards ^ 1), DATAGRAM_BYTES);
    const ticks = medium.datagramTicks(towards, wheel.nowTick, rows.latencyTicks(towards), rows.loss(towards));
    if (ticks === undefined) return;
    wheel.schedule(Math.round(wheel.nowTick + ticks), DATAGRAM, towards, rows.generation(towards), 0, datagram);
  }

  arrive(end: number, generation: number, datagram: Datagram): void {
    const { rows } = this.#connections;
    const { hubs, medium } = this.#host;
    if (generation !== rows.generation(end)) return;
    const hub = rows.hub(end);
    if (hubs.state(hub) === OFF || (medium.broken && !medium.hears(rows.hub(end ^ 1), hub))) return;
    if (rows.state(end) === END_OPEN)
      this.#host.input(hub, { type: "datagram", linkId: rows.idOf(end), ...datagram }, -1, 0);
    // The driver answers for a link that its hub has closed.
    else if (hubs.state(hub) === RUNNING && !datagram.isAnswer)
      this.#towards(end ^ 1, { number: datagram.number, isAnswer: true, isOver: true });
  }
}
