/**
 * How the hubs of a lab are joined. Each has a network namespace and one address of its own, 10.78.x.y, at which it listens
 * and which it tells the others; whether that address can be reached from elsewhere is the wiring's business:
 * - "air": one cable from each hub to the air, which passes on what the graph allows, in its weather;
 * - "cables": one cable for each link of the graph, and no program in between. Plugged or not, nothing else;
 * - "loopback": no namespaces: everybody reaches everybody, as in a home. Runs without root.
 */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { spawn } from "node:child_process";
import type { HubAddress } from "../../runtime/core/mesh.js";
import type { AirLink } from "./air-links.js";
import type { AirOrder } from "./air-process.js";
import type { AirWeather } from "./air-weather.js";
import { Lab } from "./namespaces.js";
import { Orders } from "./orders.js";

export type LabLink = readonly [a: number, b: number];

export interface Wiring {
  addressOf(hub: number): HubAddress;
  spawn(hub: number, command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /** Nothing passes, and nobody is told. */
  silence(links: readonly LabLink[], direction?: AirWeather["silent"]): Promise<void>;
  /** What is open is reset, what comes is refused. */
  cut(links: readonly LabLink[]): Promise<void>;
  mend(links: readonly LabLink[]): Promise<void>;
  change(links: readonly LabLink[], weather: Partial<AirWeather>): Promise<void>;
  destroy(): void;
}

/** Of every hub that has a namespace to itself. */
const LINK_PORT = 7411;
const HUBS_MAX = 16_000;
const AIR = "air";

export async function airWiring(
  name: string,
  hubs: number,
  links: readonly LabLink[],
  air: { readonly program: string; readonly weather: Partial<AirWeather>; readonly delayMs: (link: LabLink) => number },
): Promise<Wiring> {
  const lab = namespacesFor(name, hubs, [AIR]);
  try {
    const cables = lab.cables(
      Array.from({ length: hubs }, (_, hub) => [
        { namespace: `${hub}`, address: `${at(70, hub)} peer ${at(71, hub)}` },
        { namespace: AIR, address: `${at(71, hub)} peer ${at(70, hub)}` },
      ]),
    );
    for (const [hub, [inside]] of cables.entries())
      lab.ip(`${hub}`, [`route add default via ${at(71, hub)} dev ${inside} src ${at(70, hub)}`]);
    // The hubs' addresses are the air's own as far as they are concerned; what the air itself sends to them, from
    // addresses that nothing else uses, goes through the cables; so do datagrams in the name of one hub to another hub's address.
    lab.ip(AIR, [
      "route add local 10.78.0.0/16 dev lo",
      "route add local 10.79.0.0/16 dev lo",
      "rule add pref 10 from 10.79.0.0/16 lookup 100",
      "rule add pref 11 from 10.78.0.0/16 iif lo lookup 100",
      "rule add pref 20 lookup local",
      "rule del pref 0",
      ...cables.map(([, outside], hub) => `route add ${at(78, hub)} via ${at(70, hub)} dev ${outside} table 100`),
    ]);
    lab.run(AIR, "sysctl", ["-qw", "net.ipv4.conf.all.accept_local=1"]);
    const child = lab.spawn(AIR, process.execPath, [air.program], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const orders = new Orders<AirOrder>("the air", child, () => undefined);
    await orders.ready();
    for (const link of links)
      await orders.ask({
        type: "open",
        links: [airLink(link)],
        weather: { delayMs: air.delayMs(link), ...air.weather },
      });
    return new AirWiring(lab, orders);
  } catch (error) {
    lab.destroy();
    throw error;
  }
}

function airLink([a, b]: LabLink): AirLink {
  const end = (hub: number) => ({ host: at(78, hub), port: LINK_PORT, source: at(70, hub), localAddress: at(79, hub) });
  return { id: idOf([a, b]), a: end(a), b: end(b) };
}

function idOf([a, b]: LabLink): string {
  return `${a}-${b}`;
}

class AirWiring implements Wiring {
  readonly #lab: Lab;
  readonly #orders: Orders<AirOrder>;

  constructor(lab: Lab, orders: Orders<AirOrder>) {
    this.#lab = lab;
    this.#orders = orders;
  }

  addressOf(hub: number): HubAddress {
    return { host: at(78, hub), port: LINK_PORT };
  }

  spawn(hub: number, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.#lab.spawn(`${hub}`, command, args, options);
  }

  silence(links: readonly LabLink[], silent: AirWeather["silent"] = "both"): Promise<void> {
    return this.change(links, { silent });
  }

  async change(links: readonly LabLink[], weather: Partial<AirWeather>): Promise<void> {
    await this.#orders.ask({ type: "change", ids: links.map(idOf), weather });
  }

  async cut(links: readonly LabLink[]): Promise<void> {
    await this.#orders.ask({ type: "cut", ids: links.map(idOf) });
  }

  async mend(links: readonly LabLink[]): Promise<void> {
    await this.#orders.ask({ type: "mend", ids: links.map(idOf) });
  }

  destroy(): void {
    this.#lab.destroy();
  }
}

/** @param plugged false: the cables are dead until `mend`. */
export function cableWiring(name: string, hubs: number, links: readonly LabLink[], plugged = true): Wiring {
  const lab = namespacesFor(name, hubs, []);
  try {
    return new CableWiring(lab, links, plugged);
  } catch (error) {
    lab.destroy();
    throw error;
  }
}

class CableWiring implements Wiring {
  readonly #lab: Lab;
  readonly #interfaces = new Map<string, readonly [string, string]>();

  constructor(lab: Lab, links: readonly LabLink[], plugged: boolean) {
    this.#lab = lab;
    const cables = lab.cables(
      links.map(([a, b], index) => [
        { namespace: `${a}`, address: `${at(72, index)} peer ${at(73, index)}` },
        { namespace: `${b}`, address: `${at(73, index)} peer ${at(72, index)}` },
      ]),
      false,
    );
    for (const [index, link] of links.entries()) this.#interfaces.set(idOf(link), cables[index] ?? ["", ""]);
    if (plugged) this.#plug(links, true);
  }

  addressOf(hub: number): HubAddress {
    return { host: at(78, hub), port: LINK_PORT };
  }

  spawn(hub: number, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.#lab.spawn(`${hub}`, command, args, options);
  }

  /** A dead cable tells nobody either, but for a hub that dials. */
  async silence(links: readonly LabLink[]): Promise<void> {
    this.#plug(links, false);
  }

  cut(links: readonly LabLink[]): Promise<void> {
    return this.silence(links);
  }

  async mend(links: readonly LabLink[]): Promise<void> {
    this.#plug(links, true);
  }

  change(): Promise<void> {
    return Promise.reject(new RangeError("cables have no weather"));
  }

  destroy(): void {
    this.#lab.destroy();
  }

  #plug(links: readonly LabLink[], up: boolean): void {
    const ends = links.flatMap((link) => {
      const [a, b] = this.#interfaces.get(idOf(link)) ?? ["", ""];
      return [[`${link[0]}`, a] as const, [`${link[1]}`, b] as const];
    });
    this.#lab.plug(ends, up);
    if (!up) return;
    const routes = new Map<number, string[]>();
    for (const [a, b] of links) {
      const [nameA, nameB] = this.#interfaces.get(idOf([a, b])) ?? ["", ""];
      routes.set(a, [...(routes.get(a) ?? []), `route replace ${at(78, b)} dev ${nameA}`]);
      routes.set(b, [...(routes.get(b) ?? []), `route replace ${at(78, a)} dev ${nameB}`]);
    }
    for (const [hub, lines] of routes) this.#lab.ip(`${hub}`, lines);
  }
}

/** @param firstPort of as many as there are hubs, none of them in use. */
export function loopbackWiring(firstPort: number): Wiring {
  const children = new Set<ChildProcess>();
  const impossible = (): Promise<void> =>
    Promise.reject(new RangeError("without namespaces no link can be cut, silenced or slowed"));
  return {
    addressOf: (hub) => ({ host: "127.0.0.1", port: firstPort + hub }),
    spawn(_hub, command, args, options) {
      const child = spawn(command, args, options);
      children.add(child);
      child.once("exit", () => children.delete(child));
      return child;
    },
    ...{ silence: impossible, cut: impossible, mend: impossible, change: impossible },
    destroy() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

function namespacesFor(name: string, hubs: number, others: readonly string[]): Lab {
  if (hubs > HUBS_MAX) throw new RangeError(`at most ${HUBS_MAX} hubs`);
  const lab = new Lab(name);
  try {
    lab.addNamespaces([...Array.from({ length: hubs }, (_, hub) => `${hub}`), ...others]);
    for (let hub = 0; hub < hubs; hub++) lab.ip(`${hub}`, [`addr add ${at(78, hub)}/32 dev lo`]);
    return lab;
  } catch (error) {
    lab.destroy();
    throw error;
  }
}

/** 10.NET.x.y of a hub or a cable. */
function at(net: number, index: number): string {
  const number = index + 1;
  return `10.${net}.${number >> 8}.${number & 255}`;
}
