/** Who can dial whom, over how good a medium: an undirected graph as a compressed sparse row table, or a network in which anyone reaches anyone. */

/** One possible link. */
export interface Edge {
  readonly a: number;
  readonly b: number;
  /** One way. Unit: ms. */
  readonly latencyMs: number;
  /** Share of packets that must be sent again, 0 … 1. */
  readonly loss: number;
}

export interface Place {
  /** Unit: m for generated ones, degrees scaled to m for real ones. */
  readonly x: number;
  readonly y: number;
}

export interface TopologyParts {
  readonly name: string;
  readonly hubs: number;
  /** In an open network: whom discovery tells of whom at the start; everyone can dial everyone. */
  readonly edges: readonly Edge[];
  readonly places?: readonly Place[];
  /** One way between any two, for an open network. Unit: ms. */
  readonly openLatencyMs?: (a: number, b: number) => number;
}

export class Topology {
  readonly name: string;
  readonly hubs: number;
  readonly places: readonly Place[] | undefined;
  readonly edges: number;
  readonly #offsets: Uint32Array;
  readonly #targets: Uint32Array;
  readonly #latencyMs: Float32Array;
  readonly #loss: Float32Array;
  readonly #openLatencyMs: ((a: number, b: number) => number) | undefined;

  constructor(parts: TopologyParts) {
    this.name = parts.name;
    this.hubs = parts.hubs;
    this.places = parts.places;
    this.#openLatencyMs = parts.openLatencyMs;
    const edges = onceEach(parts.edges, parts.hubs);
    this.edges = edges.length;
    this.#offsets = new Uint32Array(parts.hubs + 1);
    for (const { a, b } of edges) {
      this.#offsets[a + 1] = (this.#offsets[a + 1] as number) + 1;
      this.#offsets[b + 1] = (this.#offsets[b + 1] as number) + 1;
    }
    for (let hub = 0; hub < parts.hubs; hub++) {
      this.#offsets[hub + 1] = (this.#offsets[hub + 1] as number) + (this.#offsets[hub] as number);
    }
    this.#targets = new Uint32Array(edges.length * 2);
    this.#latencyMs = new Float32Array(edges.length * 2);
    this.#loss = new Float32Array(edges.length * 2);
    const fill = this.#offsets.slice();
    const put = (from: number, to: number, edge: Edge): void => {
      const at = fill[from] as number;
      fill[from] = at + 1;
      this.#targets[at] = to;
      this.#latencyMs[at] = edge.latencyMs;
      this.#loss[at] = edge.loss;
    };
    for (const edge of edges) {
      put(edge.a, edge.b, edge);
      put(edge.b, edge.a, edge);
    }
  }

  /** Anyone can dial anyone. */
  get open(): boolean {
    return this.#openLatencyMs !== undefined;
  }

  neighboursOf(hub: number): Uint32Array {
    return this.#targets.subarray(this.#offsets[hub], this.#offsets[hub + 1]);
  }

  degreeOf(hub: number): number {
    return (this.#offsets[hub + 1] as number) - (this.#offsets[hub] as number);
  }

  /** One way; undefined when they cannot hear each other. Unit: ms. */
  latencyMs(a: number, b: number): number | undefined {
    const at = this.#find(a, b);
    return at < 0 ? this.#openLatencyMs?.(a, b) : this.#latencyMs[at];
  }

  loss(a: number, b: number): number {
    const at = this.#find(a, b);
    return at < 0 ? 0 : (this.#loss[at] as number);
  }

  /** @returns for each hub the number of its component; hubs that are not `alive` have −1. In an open network all are one. */
  components(alive: (hub: number) => boolean, joined: (a: number, b: number) => boolean = () => true): Int32Array {
    const component = new Int32Array(this.hubs).fill(-1);
    const queue = new Uint32Array(this.hubs);
    let count = 0;
    for (let start = 0; start < this.hubs; start++) {
      if (component[start] !== -1 || !alive(start)) continue;
      component[start] = count;
      queue[0] = start;
      for (let head = 0, tail = 1; head < tail; head++) {
        const hub = queue[head] as number;
        for (const next of this.neighboursOf(hub)) {
          if (component[next] !== -1 || !alive(next) || !joined(hub, next)) continue;
          component[next] = count;
          queue[tail++] = next;
        }
      }
      if (!this.open) count += 1;
    }
    return component;
  }

  #find(a: number, b: number): number {
    const end = this.#offsets[a + 1] as number;
    for (let at = this.#offsets[a] as number; at < end; at++) if (this.#targets[at] === b) return at;
    return -1;
  }
}

function onceEach(edges: readonly Edge[], hubs: number): Edge[] {
  const seen = new Set<number>();
  return edges.filter(({ a, b }) => {
    if (!(a >= 0 && b >= 0 && a < hubs && b < hubs)) throw new RangeError(`an edge ${a}–${b} of ${hubs} hubs`);
    const key = Math.min(a, b) * hubs + Math.max(a, b);
    if (a === b || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
