// tools/sim/run.ts
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// tools/sim/engine/random.ts
var WORDS = 4;
var WARM_UP = 12;
var RandomStreams = class {
  #state;
  constructor(seed2, streams) {
    this.#state = new Uint32Array(streams * WORDS);
    for (let stream = 0; stream < streams; stream++) {
      let mix3 = (Math.imul(seed2, 2654435761) ^ Math.imul(stream + 1, 2246822519)) >>> 0;
      for (let word2 = 0; word2 < WORDS - 1; word2++) {
        mix3 = mix3 + 2654435769 >>> 0;
        this.#state[stream * WORDS + word2] = splitmix(mix3 ^ (word2 === 0 ? stream : seed2));
      }
      this.#state[stream * WORDS + WORDS - 1] = 1;
      for (let i = 0; i < WARM_UP; i++) this.next(stream);
    }
  }
  /** @returns 32 random bits. */
  next(stream) {
    const state = this.#state;
    const at = stream * WORDS;
    const a = state[at];
    const b = state[at + 1];
    const c = state[at + 2];
    const d = state[at + 3];
    const sum = a + b + d >>> 0;
    state[at + 3] = d + 1;
    state[at] = b ^ b >>> 9;
    state[at + 1] = c + (c << 3);
    state[at + 2] = (c << 21 | c >>> 11) + sum;
    return sum;
  }
  /** @returns in [0, 1). */
  uniform(stream) {
    return this.next(stream) / 4294967296;
  }
  bytes(stream, length4) {
    const bytes = new Uint8Array(length4);
    let word2 = 0;
    for (let i = 0; i < length4; i++) {
      if ((i & 3) === 0) word2 = this.next(stream);
      bytes[i] = word2;
      word2 >>>= 8;
    }
    return bytes;
  }
};
var Random = class {
  #streams;
  rng = (length4) => this.#streams.bytes(0, length4);
  constructor(seed2) {
    this.#streams = new RandomStreams(seed2, 1);
  }
  /** In [0, 1). */
  uniform() {
    return this.#streams.uniform(0);
  }
  /** Whole, in [0, below). */
  whole(below3) {
    return Math.floor(this.uniform() * below3);
  }
  between(low, high) {
    return low + (high - low) * this.uniform();
  }
  /** In place (Fisher and Yates). */
  shuffle(items) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.whole(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
  /** @returns `count` different whole numbers below `below`, or all of them; in random order. */
  sample(count, below3) {
    if (count * 3 > below3) {
      return this.shuffle(Array.from({ length: below3 }, (_, i) => i)).slice(0, count);
    }
    const chosen = /* @__PURE__ */ new Set();
    while (chosen.size < count) chosen.add(this.whole(below3));
    return [...chosen];
  }
};
function chance(seed2, a, b, c) {
  const mixed2 = splitmix(splitmix(splitmix(seed2 ^ Math.imul(a, 2654435761)) ^ b) ^ Math.imul(c, 2246822519));
  return mixed2 / 4294967296;
}
function splitmix(seed2) {
  let mixed2 = Math.imul(seed2 ^ seed2 >>> 16, 569420461);
  mixed2 = Math.imul(mixed2 ^ mixed2 >>> 15, 1935289751);
  return (mixed2 ^ mixed2 >>> 15) >>> 0;
}

// tools/sim/engine/wheel.ts
var TICKS_PER_MS = 8;
var NEVER = 4294967295;
var FINE_BITS = 13;
var COARSE_BITS = 12;
var FINE_SLOTS = 1 << FINE_BITS;
var COARSE_SLOTS = 1 << COARSE_BITS;
var FAR_BITS = FINE_BITS + COARSE_BITS;
var FAR_SLOTS = 1 << 32 - FAR_BITS;
var COARSE_BASE = FINE_SLOTS;
var FAR_BASE = FINE_SLOTS + COARSE_SLOTS;
var NONE = -1;
var STRIDE = 8;
var TICK = 0;
var NEXT = 1;
var KIND = 2;
var A = 3;
var B = 4;
var C = 5;
var EventWheel = class {
  nowTick = 0;
  /** The pool. An event is the place of its first cell; `KIND`, `A`, `B`, `C` are offsets. */
  cells = new Int32Array(1024 * STRIDE);
  /** By place / 8. */
  #payload = [];
  #heads = new Int32Array(FAR_BASE + FAR_SLOTS).fill(NONE);
  #tails = new Int32Array(FAR_BASE + FAR_SLOTS).fill(NONE);
  #free = NONE;
  #used = 0;
  #fineCount = 0;
  #pending = 0;
  get pending() {
    return this.#pending;
  }
  /** @param tick what lies in the past happens now, after what was scheduled before. */
  schedule(tick, kind, a, b, c, payload) {
    let event = this.#free;
    if (event === NONE) {
      event = this.#used;
      this.#used += STRIDE;
      if (event === this.cells.length) this.#grow();
    } else this.#free = this.cells[event + NEXT];
    const { cells } = this;
    cells[event + KIND] = kind;
    cells[event + A] = a;
    cells[event + B] = b;
    cells[event + C] = c;
    if (payload !== void 0) this.#payload[event / STRIDE] = payload;
    this.#pending += 1;
    this.#place(event, tick < this.nowTick ? this.nowTick : tick);
  }
  /** Moves time on to the next event, at most to `limitTick`.
   *  @returns the event, to be read and released, or -1 when there is none up to `limitTick`. */
  next(limitTick) {
    for (; ; ) {
      const slot = this.nowTick & FINE_SLOTS - 1;
      const event = this.#heads[slot];
      if (event !== NONE) {
        const after = this.cells[event + NEXT];
        this.#heads[slot] = after;
        if (after === NONE) this.#tails[slot] = NONE;
        this.#fineCount -= 1;
        this.#pending -= 1;
        return event;
      }
      if (this.nowTick >= limitTick) return NONE;
      if (this.#fineCount === 0) {
        if (!this.#jump(limitTick)) return NONE;
      } else {
        this.nowTick += 1;
        if ((this.nowTick & FINE_SLOTS - 1) === 0) this.#enter(this.nowTick >>> FINE_BITS);
      }
    }
  }
  /** The event's place is used again from here on. An event with a payload is taken first. */
  release(event) {
    this.cells[event + NEXT] = this.#free;
    this.#free = event;
  }
  /** @returns the payload; the event has none any more. */
  take(event) {
    const payload = this.#payload[event / STRIDE];
    if (payload !== void 0) this.#payload[event / STRIDE] = void 0;
    return payload;
  }
  #place(event, tick) {
    this.cells[event + TICK] = tick;
    this.cells[event + NEXT] = NONE;
    let slot;
    if (tick >>> FINE_BITS === this.nowTick >>> FINE_BITS) {
      slot = tick & FINE_SLOTS - 1;
      this.#fineCount += 1;
    } else if (tick >>> FAR_BITS === this.nowTick >>> FAR_BITS) {
      slot = COARSE_BASE + (tick >>> FINE_BITS & COARSE_SLOTS - 1);
    } else slot = FAR_BASE + (tick >>> FAR_BITS);
    const tail = this.#tails[slot];
    if (tail === NONE) this.#heads[slot] = event;
    else this.cells[tail + NEXT] = event;
    this.#tails[slot] = event;
  }
  /** Over blocks of time in which nothing happens. @returns whether there is something up to the limit. */
  #jump(limitTick) {
    const last = limitTick >>> FINE_BITS;
    for (let block = (this.nowTick >>> FINE_BITS) + 1; block <= last; block++) {
      this.nowTick = block * FINE_SLOTS;
      this.#enter(block);
      if (this.#fineCount > 0) return true;
    }
    this.nowTick = limitTick;
    return false;
  }
  #enter(block) {
    if ((block & COARSE_SLOTS - 1) === 0) this.#spread(FAR_BASE + (block >>> COARSE_BITS));
    this.#spread(COARSE_BASE + (block & COARSE_SLOTS - 1));
  }
  #spread(slot) {
    let event = this.#heads[slot];
    this.#heads[slot] = NONE;
    this.#tails[slot] = NONE;
    while (event !== NONE) {
      const after = this.cells[event + NEXT];
      this.#place(event, this.cells[event + TICK] >>> 0);
      event = after;
    }
  }
  #grow() {
    const cells = new Int32Array(this.cells.length * 2);
    cells.set(this.cells);
    this.cells = cells;
  }
};

// tools/sim/engine/hub-rows.ts
var OFF = 0;
var RUNNING = 1;
var STALLED = 2;
var KILLED = 3;
var CLOCK_ERROR_PPM = 100;
var CLOCK_ORIGIN_MS = 1e6;
var STRIDE_BITS = 3;
var STATE = 0;
var ARMED = 1;
var BUSY = 2;
var CLOCK_ORIGIN = 3;
var CLOCK_RATE = 4;
var TROUBLE = 5;
var OFF_SINCE = 6;
var BYTES_SENT = 7;
var HubRows = class {
  ids;
  indexOf = /* @__PURE__ */ new Map();
  epoch;
  machine;
  diskFull;
  wallOffsetMs;
  /** Inputs that wait for a hub that is stalled or busy. */
  inbox = /* @__PURE__ */ new Map();
  #cells;
  #kept;
  constructor(count, random, skewed) {
    const ids = [];
    this.epoch = new Uint32Array(count);
    this.machine = new Array(count).fill(void 0);
    this.diskFull = new Uint8Array(count);
    this.wallOffsetMs = new Float64Array(count);
    this.#kept = new Array(count).fill(void 0);
    this.#cells = new Float64Array(count << STRIDE_BITS);
    for (let hub = 0; hub < count; hub++) {
      const words = Array.from({ length: 4 }, () => random.next(hub).toString(16).padStart(8, "0"));
      ids.push(flat(words.join("")));
      this.indexOf.set(ids[hub], hub);
      this.#set(hub, ARMED, NEVER);
      this.#set(hub, TROUBLE, Number.NEGATIVE_INFINITY);
      this.#set(hub, CLOCK_ORIGIN, Math.floor(random.uniform(hub) * CLOCK_ORIGIN_MS));
      const error2 = skewed ? (random.uniform(hub) * 2 - 1) * CLOCK_ERROR_PPM : 0;
      this.#set(hub, CLOCK_RATE, 1 + error2 / 1e6);
    }
    this.ids = ids;
  }
  get count() {
    return this.ids.length;
  }
  state(hub) {
    return this.#get(hub, STATE);
  }
  setState(hub, state) {
    this.#set(hub, STATE, state);
  }
  armedTick(hub) {
    return this.#get(hub, ARMED);
  }
  setArmedTick(hub, tick) {
    this.#set(hub, ARMED, tick);
  }
  busyUntil(hub) {
    return this.#get(hub, BUSY);
  }
  /** Its processor works for so long on something that begins now, or when it is done with what it does. @returns when it is done. Unit: ticks. */
  work(hub, nowTick, ticks) {
    const until = Math.max(this.#get(hub, BUSY), nowTick) + ticks;
    this.#set(hub, BUSY, until);
    return until;
  }
  troubleTick(hub) {
    return this.#get(hub, TROUBLE);
  }
  setTroubleTick(hub, tick) {
    this.#set(hub, TROUBLE, tick);
  }
  offSince(hub) {
    return this.#get(hub, OFF_SINCE);
  }
  setOffSince(hub, tick) {
    this.#set(hub, OFF_SINCE, tick);
  }
  bytesSent(hub) {
    return this.#get(hub, BYTES_SENT);
  }
  addBytesSent(hub, bytes) {
    const at = (hub << STRIDE_BITS) + BYTES_SENT;
    this.#cells[at] = this.#cells[at] + bytes;
  }
  /** What this hub's monotonic clock shows. Unit: ms. */
  clockMs(hub, tick) {
    return this.#get(hub, CLOCK_ORIGIN) + tick / TICKS_PER_MS * this.#get(hub, CLOCK_RATE);
  }
  /** @returns the first tick at which this hub's clock shows at least `clockMs`; `NEVER` when that is beyond all simulated time. */
  tickOf(hub, clockMs) {
    const ticks = Math.ceil((clockMs - this.#get(hub, CLOCK_ORIGIN)) / this.#get(hub, CLOCK_RATE) * TICKS_PER_MS);
    return ticks < NEVER ? Math.max(0, ticks) : NEVER;
  }
  keep(hub, key2, value2) {
    if (this.diskFull[hub] === 1) return false;
    const kept = this.#kept[hub] ?? { values: /* @__PURE__ */ new Map(), last: void 0 };
    this.#kept[hub] = kept;
    kept.last = { key: key2, before: kept.values.get(key2) };
    kept.values.set(key2, value2);
    return true;
  }
  kept(hub) {
    return this.#kept[hub]?.values;
  }
  /** The newest write had not reached the disk. */
  tear(hub) {
    const kept = this.#kept[hub];
    if (kept?.last === void 0) return;
    if (kept.last.before === void 0) kept.values.delete(kept.last.key);
    else kept.values.set(kept.last.key, kept.last.before);
    kept.last = void 0;
  }
  /** A disk that was replaced by an empty one, or by an old copy of itself. */
  replaceDisk(hub, values = /* @__PURE__ */ new Map()) {
    this.#kept[hub] = { values: new Map(values), last: void 0 };
  }
  #get(hub, column) {
    return this.#cells[(hub << STRIDE_BITS) + column];
  }
  #set(hub, column, value2) {
    this.#cells[(hub << STRIDE_BITS) + column] = value2;
  }
};
function flat(text) {
  return Buffer.from(text, "latin1").toString("latin1");
}

// tools/sim/engine/link-rows.ts
var END_CLOSED = 0;
var END_OPENING = 1;
var END_OPEN = 2;
var ROWS_MAX = 1 << 22;
var ENDS_MAX = ROWS_MAX * 2;
var STRIDE_BITS2 = 3;
var HUB = 0;
var STATE2 = 1;
var LAST_ARRIVAL = 2;
var WAITING = 3;
var GENERATION = 4;
var LATENCY = 5;
var LOSS = 6;
var LATENCY_UNIT = 1024;
var LOSS_UNIT = 1e9;
var LinkRows = class {
  #cells = new Int32Array(256 << STRIDE_BITS2);
  #free = [];
  #rows = 0;
  get used() {
    return this.#rows - this.#free.length;
  }
  hub(end) {
    return this.#cells[(end << STRIDE_BITS2) + HUB];
  }
  state(end) {
    return this.#cells[(end << STRIDE_BITS2) + STATE2];
  }
  setState(end, state) {
    this.#cells[(end << STRIDE_BITS2) + STATE2] = state;
  }
  lastArrival(end) {
    return this.#cells[(end << STRIDE_BITS2) + LAST_ARRIVAL] >>> 0;
  }
  setLastArrival(end, tick) {
    this.#cells[(end << STRIDE_BITS2) + LAST_ARRIVAL] = tick;
  }
  /** Bytes that wait for this end's hub to read them. */
  waitingBytes(end) {
    return this.#cells[(end << STRIDE_BITS2) + WAITING];
  }
  addWaitingBytes(end, bytes) {
    const at = (end << STRIDE_BITS2) + WAITING;
    this.#cells[at] = this.#cells[at] + bytes;
  }
  generation(end) {
    return this.#cells[(end << STRIDE_BITS2) + GENERATION];
  }
  /** One way. Unit: ticks, fractions allowed. */
  latencyTicks(end) {
    return this.#cells[(end << STRIDE_BITS2) + LATENCY] / LATENCY_UNIT;
  }
  loss(end) {
    return this.#cells[(end << STRIDE_BITS2) + LOSS] / LOSS_UNIT;
  }
  /** @returns the row of a new link, both ends opening. */
  add(dialler, accepter, latencyTicks, loss) {
    const row = this.#free.pop() ?? this.#rows++;
    if (row >= ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} links at once`);
    if (row * 2 >= this.#cells.length >> STRIDE_BITS2) this.#grow();
    for (const [side, hub] of [dialler, accepter].entries()) {
      const at = row * 2 + side << STRIDE_BITS2;
      this.#cells[at + HUB] = hub;
      this.#cells[at + STATE2] = END_OPENING;
      this.#cells[at + LAST_ARRIVAL] = 0;
      this.#cells[at + WAITING] = 0;
      this.#cells[at + LATENCY] = Math.round(latencyTicks * LATENCY_UNIT);
      this.#cells[at + LOSS] = Math.round(loss * LOSS_UNIT);
    }
    return row;
  }
  remove(row) {
    const generation = this.generation(row * 2) + 1;
    for (const end of [row * 2, row * 2 + 1]) this.#cells[(end << STRIDE_BITS2) + GENERATION] = generation;
    this.#free.push(row);
  }
  /** What a hub calls this end: a number that is not used again. */
  idOf(end) {
    return this.generation(end) * ENDS_MAX + end + 1;
  }
  /** @returns the end, or -1 when that link is no more. */
  endOf(linkId) {
    const end = (linkId - 1) % ENDS_MAX;
    return this.generation(end) === (linkId - 1 - end) / ENDS_MAX ? end : -1;
  }
  #grow() {
    const cells = new Int32Array(this.#cells.length * 2);
    cells.set(this.#cells);
    this.#cells = cells;
  }
};

// tools/sim/engine/medium.ts
var MEDIUM_DEFAULTS = {
  jitter: 0.1,
  loss: 0,
  bytesPerSecond: 0,
  setupRoundTrips: 3,
  handshakeCpuMs: 2,
  frameCpuMs: 0,
  dialTimeoutMs: 5e3,
  socketBytesMax: 512 * 1024,
  discoveryMs: 250
};
var RTO_MIN_MS = 200;
var RTO_MAX_MS = 12e4;
var DUPLICATE_ACKS = 3;
var TRIES_MAX = 8;
var Medium = class {
  constructor(topology2, settings, seed2) {
    this.topology = topology2;
    this.settings = settings;
    this.seed = seed2;
    this.#group = new Uint16Array(topology2.hubs);
  }
  topology;
  settings;
  seed;
  /** Hubs of different groups do not hear each other. */
  #group;
  /** Directions that are cut: from · hubs + to. */
  #cut = /* @__PURE__ */ new Set();
  #grouped = false;
  /** Whether anything is cut at all: spares the rest of the question. */
  get broken() {
    return this.#grouped || this.#cut.size > 0;
  }
  hears(from, to) {
    if (this.#grouped && this.#group[from] !== this.#group[to]) return false;
    return this.#cut.size === 0 || !this.#cut.has(from * this.topology.hubs + to);
  }
  cut(from, to) {
    this.#cut.add(from * this.topology.hubs + to);
  }
  mend(from, to) {
    this.#cut.delete(from * this.topology.hubs + to);
  }
  /** Puts these hubs into a group of their own; group 0 is everybody's. */
  partition(hubs2, group) {
    for (const hub of hubs2) this.#group[hub] = group;
    this.#grouped = this.#group.some((of) => of !== 0);
  }
  mendAll() {
    this.#group.fill(0);
    this.#grouped = false;
    this.#cut.clear();
  }
  /**
   * What one packet towards `end` takes: latency, jitter, and what its loss costs. In a dense stream those that follow tell
   * the sender of the gap (fast retransmit, after three of them); a lone packet waits for the retransmission timer.
   * What is sent in one tick is one packet. Unit: ticks.
   * @param gapTicks since the packet before.
   */
  delayTicks(end, nowTick, latencyTicks, linkLoss, bytes, gapTicks) {
    const { jitter, loss, bytesPerSecond } = this.settings;
    let ticks = latencyTicks;
    if (jitter > 0) ticks += latencyTicks * jitter * chance(this.seed, end, nowTick, 0);
    if (bytesPerSecond > 0) ticks += bytes / bytesPerSecond * 1e3 * TICKS_PER_MS;
    const lost = loss + linkLoss - loss * linkLoss;
    if (lost > 0) {
      let waitTicks = Math.min(RTO_MIN_MS * TICKS_PER_MS, 2 * latencyTicks + DUPLICATE_ACKS * gapTicks);
      for (let tries = 1; tries < TRIES_MAX && chance(this.seed, end, nowTick, tries) < lost; tries++) {
        ticks += waitTicks;
        waitTicks = Math.max(waitTicks, RTO_MIN_MS * TICKS_PER_MS / 2) * 2;
      }
    }
    return ticks;
  }
};
function retransmissionTick(sinceTick, nowTick) {
  let atTick = sinceTick;
  for (let rtoMs = RTO_MIN_MS; atTick <= nowTick; rtoMs = Math.min(rtoMs * 2, RTO_MAX_MS))
    atTick += rtoMs * TICKS_PER_MS;
  return atTick;
}

// tools/sim/engine/connections.ts
var LINK_FRAME = 1;
var ROUTED_FRAME = 2;
var FIN = 3;
var RESET = 4;
var SYN = 5;
var OPENED = 6;
var DIAL_FAILED = 7;
var RESUME = 8;
var Connections = class {
  rows = new LinkRows();
  #host;
  /** What a cut path holds back, by the end that it is for. */
  #held = /* @__PURE__ */ new Map();
  /** The ends of each hub. */
  #endsOf;
  constructor(host) {
    this.#host = host;
    this.#endsOf = Array.from({ length: host.hubs.count }, () => []);
  }
  /** Ends of open links of a hub, oldest first. */
  openEnds(hub) {
    return this.#endsOf[hub].filter((end) => this.rows.state(end) === END_OPEN);
  }
  peerOf(end) {
    return this.rows.hub(end ^ 1);
  }
  /** @param seq of a link frame; 0 of a routed one. */
  transmit(hub, linkId, kind, seq, payload, bytes) {
    const { rows } = this;
    const { wire: wire2 } = this.#host;
    const end = rows.endOf(linkId);
    if (end < 0 || rows.hub(end) !== hub || rows.state(end) !== END_OPEN) return;
    if (wire2 === void 0) this.#stream(end ^ 1, kind, seq, payload, bytes);
    else if (kind === LINK_FRAME)
      this.#stream(end ^ 1, kind, seq, wire2.encodeLink(linkId, seq, payload), bytes);
    else this.#stream(end ^ 1, kind, seq, wire2.encodeRouted(linkId, payload), bytes);
  }
  /** The hub closes its end; the other one hears of it when the stream has been read. */
  close(hub, linkId, reason) {
    const end = this.rows.endOf(linkId);
    if (end < 0 || this.rows.hub(end) !== hub || this.rows.state(end) === END_CLOSED) return;
    this.#shut(end);
    if (this.rows.state(end ^ 1) !== END_CLOSED) this.#stream(end ^ 1, FIN, 0, reason, 0);
    this.#tidy(end);
  }
  dial(hub, target) {
    const latencyMs = this.#host.medium.topology.latencyMs(hub, target);
    const { wheel } = this.#host;
    const at = wheel.nowTick + (latencyMs ?? 0) * TICKS_PER_MS;
    if (latencyMs === void 0) this.#dialTimesOut(hub, target);
    else wheel.schedule(Math.round(at), SYN, hub, target, 0, latencyMs);
  }
  /** A process that ends: its kernel resets its links. Without power nobody says anything. */
  end(hub, silently) {
    const { wheel } = this.#host;
    for (const end of [...this.#endsOf[hub]]) {
      this.#shut(end);
      const other = end ^ 1;
      if (!silently && this.rows.state(other) !== END_CLOSED) {
        const at = wheel.nowTick + this.rows.latencyTicks(end);
        wheel.schedule(Math.round(at), RESET, other, this.rows.generation(other), 0, "reset");
      }
      this.#tidy(end);
    }
  }
  /** A board that has power again answers what its peers still try to send it with a reset. */
  revive(hub, offSinceTick, endsOpenElsewhere) {
    const { wheel } = this.#host;
    for (const end of endsOpenElsewhere) {
      if (this.rows.state(end) === END_CLOSED || this.rows.hub(end ^ 1) !== hub) continue;
      const at = retransmissionTick(offSinceTick, wheel.nowTick);
      wheel.schedule(at, RESET, end, this.rows.generation(end), 0, "reset");
    }
  }
  /** Ends at other hubs whose link led to this hub, which is gone. */
  orphans(hub) {
    return this.#endsOf[hub].map((end) => end ^ 1).filter((end) => this.rows.state(end) !== END_CLOSED);
  }
  /** After a path has been mended: TCP finds out when it tries again. */
  mended() {
    const { wheel, medium } = this.#host;
    for (const [end, held] of this.#held) {
      const { rows } = this;
      if (!medium.hears(rows.hub(end ^ 1), rows.hub(end))) continue;
      wheel.schedule(
        retransmissionTick(held.sinceTick, wheel.nowTick),
        RESUME,
        end,
        this.rows.generation(end),
        0,
        void 0
      );
    }
  }
  /** @returns whether the event was one of links. */
  happen(kind, a, b, c, payload) {
    switch (kind) {
      case LINK_FRAME:
      case ROUTED_FRAME:
      case FIN:
        if (b === this.rows.generation(a)) this.#arrived(a, kind, c, payload);
        return true;
      case RESET:
        if (b === this.rows.generation(a)) this.#reset(a, payload);
        return true;
      case SYN:
        this.#syn(a, b, payload);
        return true;
      case OPENED:
        if (b === this.rows.generation(a)) this.#opened(a);
        return true;
      case DIAL_FAILED:
        this.#host.input(a, { type: "dial-failed", hub: this.#idOf(b) }, -1, 0);
        return true;
      case RESUME:
        if (b === this.rows.generation(a)) this.#resume(a);
        return true;
      default:
        return false;
    }
  }
  #idOf(hub) {
    return this.#host.hubs.ids[hub];
  }
  #stream(towards2, kind, seq, payload, bytes) {
    const { rows } = this;
    const { wheel, medium } = this.#host;
    const latency = rows.latencyTicks(towards2);
    const before = rows.lastArrival(towards2);
    const gap = Math.max(0, wheel.nowTick + latency - before);
    const delay = medium.delayTicks(towards2, wheel.nowTick, latency, rows.loss(towards2), bytes, gap);
    const at = Math.max(Math.round(wheel.nowTick + delay), before);
    rows.setLastArrival(towards2, at);
    wheel.schedule(at, kind, towards2, rows.generation(towards2), seq, payload);
  }
  #arrived(end, kind, seq, payload) {
    const { rows } = this;
    const { hubs: hubs2, medium } = this.#host;
    const hub = rows.hub(end);
    const sender = rows.hub(end ^ 1);
    if (this.#held.size > 0 && this.#held.has(end) || medium.broken && !medium.hears(sender, hub)) {
      this.#hold(end, { kind, seq, payload });
      return;
    }
    const state = hubs2.state(hub);
    if (state === OFF) return;
    if (rows.state(end) === END_CLOSED) {
      this.#refuse(end);
      return;
    }
    if (kind === FIN) this.#reset(end, payload);
    else this.#deliver(end, hub, kind, seq, payload);
  }
  #deliver(end, hub, kind, seq, payload) {
    const linkId = this.rows.idOf(end);
    const heard = this.#heard(linkId, kind, seq, payload);
    const waiting = this.#host.hubs.state(hub) === STALLED ? ESTIMATED_BYTES : 0;
    if (waiting > 0) {
      const full = this.rows.waitingBytes(end) + waiting > this.#host.medium.settings.socketBytesMax;
      if (full) {
        this.#reset(end ^ 1, "the other end does not read");
        return;
      }
    }
    this.#host.input(hub, { type: "frame", linkId, heard }, end, waiting);
  }
  #heard(linkId, kind, seq, payload) {
    const { wire: wire2 } = this.#host;
    if (wire2 !== void 0) return wire2.decode(linkId, payload);
    return kind === LINK_FRAME ? { form: "link", seq, message: payload } : { form: "routed", frame: payload };
  }
  /** A frame for a link that this end has closed: the kernel says so. */
  #refuse(end) {
    const other = end ^ 1;
    if (this.rows.state(other) === END_CLOSED) return;
    const { wheel } = this.#host;
    const at = wheel.nowTick + this.rows.latencyTicks(end);
    wheel.schedule(Math.round(at), RESET, other, this.rows.generation(other), 0, "reset");
  }
  #hold(end, item2) {
    const held = this.#held.get(end);
    if (held !== void 0) {
      if (held.items.length < HELD_MAX) held.items.push(item2);
    } else this.#held.set(end, { sinceTick: this.#host.wheel.nowTick, items: [item2] });
  }
  #resume(end) {
    const held = this.#held.get(end);
    const { rows } = this;
    if (held === void 0 || !this.#host.medium.hears(rows.hub(end ^ 1), rows.hub(end))) return;
    this.#held.delete(end);
    const generation = this.rows.generation(end);
    for (const { kind, seq, payload } of held.items) {
      if (this.rows.generation(end) === generation) this.#arrived(end, kind, seq, payload);
    }
  }
  #syn(dialler, target, latencyMs) {
    const { wheel, hubs: hubs2, medium } = this.#host;
    const state = hubs2.state(target);
    if (hubs2.state(dialler) !== RUNNING) return;
    if (state === OFF || state === STALLED || !medium.hears(dialler, target) || !medium.hears(target, dialler)) {
      this.#dialTimesOut(dialler, target);
      return;
    }
    if (state === KILLED) {
      wheel.schedule(wheel.nowTick + Math.round(latencyMs * TICKS_PER_MS), DIAL_FAILED, dialler, target, 0, void 0);
      return;
    }
    const { setupRoundTrips, handshakeCpuMs } = medium.settings;
    const latencyTicks = latencyMs * TICKS_PER_MS;
    const row = this.rows.add(dialler, target, latencyTicks, medium.topology.loss(dialler, target));
    const proven = this.#handshakes(dialler, target, handshakeCpuMs);
    const accepted = proven + Math.max(0, setupRoundTrips * 2 - 2) * latencyTicks;
    for (const [end, at] of [
      [row * 2, accepted + latencyTicks],
      [row * 2 + 1, accepted]
    ]) {
      this.#endsOf[this.rows.hub(end)].push(end);
      this.rows.setLastArrival(end, Math.round(at));
      wheel.schedule(Math.round(at), OPENED, end, this.rows.generation(end), 0, void 0);
    }
  }
  /** Both processors prove and check, one handshake after the other. @returns when both have done so. */
  #handshakes(a, b, cpuMs) {
    const { wheel, hubs: hubs2 } = this.#host;
    let doneTick = wheel.nowTick;
    for (const hub of [a, b]) {
      doneTick = Math.max(doneTick, hubs2.work(hub, wheel.nowTick, cpuMs * TICKS_PER_MS));
    }
    return doneTick;
  }
  #dialTimesOut(hub, target) {
    const { wheel, medium } = this.#host;
    const at = wheel.nowTick + medium.settings.dialTimeoutMs * TICKS_PER_MS;
    wheel.schedule(at, DIAL_FAILED, hub, target, 0, void 0);
  }
  #opened(end) {
    const { rows } = this;
    const { hubs: hubs2, medium } = this.#host;
    const hub = rows.hub(end);
    const peer = rows.hub(end ^ 1);
    if (rows.state(end) !== END_OPENING) return;
    const dialled = (end & 1) === 0;
    if (hubs2.state(hub) === OFF || hubs2.state(hub) === KILLED) return;
    if (rows.state(end ^ 1) === END_CLOSED || !medium.hears(peer, hub) || !medium.hears(hub, peer)) {
      this.#shut(end);
      if (dialled) this.#dialTimesOut(hub, peer);
      this.#tidy(end);
      return;
    }
    rows.setState(end, END_OPEN);
    if (rows.state(end ^ 1) === END_OPEN) this.#host.linksChanged(hub, peer, true);
    this.#host.input(hub, { type: "link-opened", linkId: rows.idOf(end), dialled, peer: this.#idOf(peer) }, end, 0);
  }
  #reset(end, reason) {
    const { rows } = this;
    const hub = rows.hub(end);
    const state = rows.state(end);
    if (state === END_CLOSED) return;
    const linkId = rows.idOf(end);
    const peer = rows.hub(end ^ 1);
    this.#shut(end);
    if (state === END_OPEN) this.#host.input(hub, { type: "link-closed", linkId, reason }, -1, 0);
    else if ((end & 1) === 0) this.#host.input(hub, { type: "dial-failed", hub: this.#idOf(peer) }, -1, 0);
    this.#tidy(end);
  }
  #shut(end) {
    const { rows } = this;
    if (rows.state(end) === END_OPEN && rows.state(end ^ 1) === END_OPEN)
      this.#host.linksChanged(rows.hub(end), rows.hub(end ^ 1), false);
    rows.setState(end, END_CLOSED);
    this.#held.delete(end);
  }
  /** Gives the row back once both ends are closed. */
  #tidy(end) {
    const { rows } = this;
    if (rows.state(end) !== END_CLOSED || rows.state(end ^ 1) !== END_CLOSED) return;
    for (const side of [end, end ^ 1]) {
      const ends = this.#endsOf[rows.hub(side)];
      const at = ends.indexOf(side);
      if (at >= 0) ends.splice(at, 1);
    }
    this.#host.wire?.forget(rows.idOf(end));
    this.#host.wire?.forget(rows.idOf(end ^ 1));
    rows.remove(end >> 1);
  }
};
var ESTIMATED_BYTES = 256;
var HELD_MAX = 4096;

// tools/sim/engine/trace.ts
var TraceHash = class {
  #lanes = Int32Array.of(2166136261, 3421674724);
  add(value2) {
    const word2 = value2 | 0;
    const low = Math.imul(this.#lanes[0] ^ word2, 16777619);
    const high = Math.imul(this.#lanes[1] ^ word2 ^ word2 >>> 13, 2246822507);
    this.#lanes[0] = low ^ low >>> 15;
    this.#lanes[1] = high ^ high >>> 13;
  }
  addText(text) {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
  }
  /** A frame that is delivered. Its place and number in the link's stream, not its content: what it makes its hub do shows in what follows. */
  frame(tick, hub, linkId, heard) {
    this.add(tick);
    this.add(hub);
    this.add(linkId);
    if (heard.form === "routed") this.add(heard.frame.seq * 128 + heard.frame.hops);
    else {
      this.add(heard.seq);
      this.add(heard.message.type.length);
    }
  }
  effect(tick, hub, effect) {
    this.add(tick);
    this.add(hub);
    this.addText(effect.type);
    if (effect.type === "echo") this.add(effect.nonce);
    if (effect.type !== "notice") return;
    const { notice } = effect;
    this.addText(notice.type);
    if (notice.type !== "hub-state") return;
    this.addText(notice.hub);
    this.addText(notice.state);
  }
  /** 16 hex digits. */
  get hex() {
    return [...this.#lanes].reverse().map((word2) => (word2 >>> 0).toString(16).padStart(8, "0")).join("");
  }
};

// tools/sim/engine/traffic.ts
var Traffic = class {
  constructor(sizes) {
    this.sizes = sizes;
  }
  sizes;
  bytes = 0;
  frames = 0;
  #kinds = /* @__PURE__ */ new Map();
  #names = [];
  #frames = [];
  #bytes = [];
  /** @returns the frame's bytes. */
  linkFrame(message) {
    return this.#add(this.#kindOf(message), this.sizes.ofLink(message));
  }
  routedFrame(frame) {
    return this.#add(
      this.#kindNamed(frame.hops === 0 ? "routed.sent" : "routed.forwarded"),
      this.sizes.ofRouted(frame)
    );
  }
  /** Since the start, the largest first. */
  rows() {
    return this.#names.map((kind, at) => ({ kind, frames: this.#frames[at] ?? 0, bytes: this.#bytes[at] ?? 0 })).sort((a, b) => b.bytes - a.bytes);
  }
  framesOf(kind) {
    return this.#frames[this.#kinds.get(kind) ?? -1] ?? 0;
  }
  #kindOf(message) {
    const type = message.type;
    if (type === "GOSSIP" || type === "SYNC" || type === "LOOKUP" || type === "NEIGHBOUR") {
      const { op } = message;
      if (typeof op === "string") return this.#kindNamed(`${type}.${op}`);
    }
    return this.#kindNamed(type);
  }
  #kindNamed(name2) {
    const known = this.#kinds.get(name2);
    if (known !== void 0) return known;
    const at = this.#names.push(name2) - 1;
    this.#kinds.set(name2, at);
    this.#frames.push(0);
    this.#bytes.push(0);
    return at;
  }
  #add(kind, bytes) {
    this.bytes += bytes;
    this.frames += 1;
    this.#frames[kind] = this.#frames[kind] + 1;
    this.#bytes[kind] = this.#bytes[kind] + bytes;
    return bytes;
  }
};

// runtime/core/errors.ts
var ERRORS = {
  BAD_USAGE: { fault: "local", exitCode: 2, remedy: "Run the command with --help to see what it takes." },
  CONFIG_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Correct the named line of the file; `mindos hub --help` lists the settings."
  },
  CONFIG_UNREADABLE: { fault: "local", exitCode: 3, remedy: "Check that the file exists and that you may read it." },
  DATA_DIR_UNUSABLE: {
    fault: "local",
    exitCode: 3,
    remedy: "Choose another folder with --data, or make this one writable."
  },
  DATA_DIR_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy: "Stop the hub that uses this folder, or choose another folder with --data."
  },
  DISK_FULL: { fault: "local", exitCode: 5, remedy: "Free some space on this disk, then start the hub again." },
  STORE_CORRUPT: {
    fault: "local",
    exitCode: 5,
    remedy: "Move the folder aside and start again; the hub makes a new one and keeps the identity file."
  },
  IDENTITY_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore the identity file from a backup, or remove it so that the hub becomes a new one."
  },
  PORT_IN_USE: {
    fault: "local",
    exitCode: 3,
    remedy: "Stop the program that holds the port, or choose another with --port; 0 takes any free one."
  },
  ADDRESS_UNAVAILABLE: {
    fault: "local",
    exitCode: 3,
    remedy: "Listen on 127.0.0.1, or on an address that this machine has."
  },
  MULTICAST_UNAVAILABLE: {
    fault: "local",
    exitCode: 4,
    remedy: "Name the other hubs with --peers; `mindos doctor` tells whether multicast works here."
  },
  OWNER_NEEDED: {
    fault: "local",
    exitCode: 3,
    remedy: "Keep `host` at 127.0.0.1: a hub without an owner listens on loopback only."
  },
  HOME_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Restore home.json from a backup, or remove it and run `mindos join` with a new invitation."
  },
  HOME_EXISTS: {
    fault: "local",
    exitCode: 3,
    remedy: "`mindos home` shows it. To leave it, stop the hub and remove home.json from its folder."
  },
  HOME_MISSING: {
    fault: "local",
    exitCode: 3,
    remedy: "Run `mindos home create`, or `mindos join` with an invitation of a hub that has one."
  },
  NOT_OWNER: {
    fault: "local",
    exitCode: 3,
    remedy: "Do it on an owner's hub; owners are invited, and owners revoked, on the hub that made the home."
  },
  INVITATION_UNKNOWN: {
    fault: "local",
    exitCode: 5,
    remedy: "Run `mindos invite` again: it was used, or its time is over."
  },
  INVITATIONS_FULL: { fault: "local", exitCode: 5, remedy: "Use or cancel one of the open invitations first." },
  CODE_INVALID: {
    fault: "local",
    exitCode: 2,
    remedy: "Type the three words as `mindos invite` shows them, or its whole address that begins with mindos:."
  },
  INVITER_NOT_FOUND: {
    fault: "remote",
    exitCode: 4,
    remedy: "Check that the invitation is open, or name its address with --at HOST:PORT."
  },
  JOIN_REFUSED: {
    fault: "remote",
    exitCode: 5,
    remedy: "Ask for a new invitation, and type its code before its time is over."
  },
  DIGITS_DIFFER: {
    fault: "remote",
    exitCode: 5,
    remedy: "Do not go on: somebody may sit between the two hubs. Try again in a network that you trust."
  },
  HUB_REVOKED: {
    fault: "remote",
    exitCode: 5,
    remedy: "An owner has put this hub out. To let it in again, remove identity.json and home.json and invite it anew."
  },
  CERTIFICATE_EXPIRED: {
    fault: "local",
    exitCode: 5,
    remedy: "Check this machine's clock; if it is right, invite the hub again from an owner's hub."
  },
  EPOCH_BEHIND: {
    fault: "local",
    exitCode: 5,
    remedy: "Nothing to do: this hub's folder was restored from an old backup, and it has caught up by itself."
  },
  CLONED: {
    fault: "local",
    exitCode: 5,
    remedy: "Two hubs run from copies of one folder: on one of them remove identity.json and home.json, and invite it anew."
  },
  MODEL_MISSING: {
    fault: "local",
    exitCode: 5,
    remedy: "Run `npm run train -- climate-anomaly`, or reinstall so that the models folder is complete."
  },
  MODEL_INVALID: {
    fault: "local",
    exitCode: 5,
    remedy: "Replace the model's folder with the one that the release ships."
  },
  MODEL_TOO_LARGE: { fault: "local", exitCode: 5, remedy: "Use a smaller model, or raise `inference.modelBytesMax`." },
  RUNTIME_UNAVAILABLE: {
    fault: "local",
    exitCode: 5,
    remedy: 'Set `inference.backend` to "wasm", or run on x64 or arm64 where the native one exists.'
  },
  INFERENCE_FAILED: {
    fault: "local",
    exitCode: 5,
    remedy: "The request may be repeated; `mindos status` tells how often this happens."
  },
  BAD_INPUT: { fault: "local", exitCode: 2, remedy: "Correct the input as the message says." },
  RADIO_UNAVAILABLE: {
    fault: "local",
    exitCode: 4,
    remedy: "Plug in or enable a Bluetooth adapter and install BlueZ; the hub runs on without."
  },
  REPLAY_INVALID: {
    fault: "local",
    exitCode: 3,
    remedy: "Record the file again with `mindos record`, or name another one."
  },
  REPLAY_MISSING: {
    fault: "local",
    exitCode: 3,
    remedy: "Run `npm ci` in the project's folder, or name a recorded file with --replay."
  },
  HUB_NOT_RUNNING: {
    fault: "local",
    exitCode: 4,
    remedy: "Start one with `mindos hub`, or name its folder with --data."
  },
  HUB_REFUSED: {
    fault: "remote",
    exitCode: 5,
    remedy: "Read the message; `mindos status` and the hub's log tell more."
  },
  QUESTION_UNCLEAR: {
    fault: "local",
    exitCode: 2,
    remedy: "Ask about a temperature, a humidity, the warmest room, or whether anything is unusual."
  },
  QUESTION_TOO_LONG: { fault: "local", exitCode: 2, remedy: "Ask in at most 500 characters." },
  NOBODY_CAN_ANSWER: {
    fault: "remote",
    exitCode: 5,
    remedy: "Wait until a hub with that agent has linked, then ask again."
  },
  ANSWER_TIMEOUT: { fault: "remote", exitCode: 5, remedy: "Ask again, or allow more time with --timeout." },
  TOO_BUSY: { fault: "remote", exitCode: 5, remedy: "Ask again in a few seconds." },
  NOT_ALLOWED: { fault: "remote", exitCode: 5, remedy: "Use the token from the hub's own data folder." },
  FRAME_INVALID: { fault: "remote", exitCode: 5, remedy: "Nothing to do here: the frame was dropped and counted." },
  INTERNAL: { fault: "local", exitCode: 1, remedy: "This is a bug in MindOS: please report it with the message." }
};
var MindosError = class extends Error {
  constructor(code, message, options2) {
    super(message, options2);
    this.code = code;
    this.name = "MindosError";
  }
  code;
  get fault() {
    return ERRORS[this.code].fault;
  }
  get remedy() {
    return ERRORS[this.code].remedy;
  }
  get exitCode() {
    return ERRORS[this.code].exitCode;
  }
};
function messageOf(error2) {
  return error2 instanceof Error ? error2.message : String(error2);
}

// runtime/core/mesh.ts
var LOCATOR_LEVELS_MAX = 6;

// runtime/core/routed.ts
var HOPS_MAX = 127;

// runtime/core/bytes.ts
var HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
function bytesToHex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}
function hexToBytes(hex) {
  if (hex.length % 2 !== 0 || /[^0-9a-fA-F]/.test(hex)) throw new RangeError("not a hex string");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}
function bytesEqual(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
function concatBytes(...parts) {
  let length4 = 0;
  for (const part3 of parts) length4 += part3.length;
  const out = new Uint8Array(length4);
  let at = 0;
  for (const part3 of parts) {
    out.set(part3, at);
    at += part3.length;
  }
  return out;
}

// runtime/core/ids.ts
var HUB_ID_BYTES = 16;
var INTENT_ID_BYTES = 8;
function hubIdFromBytes(bytes) {
  return exactHex(bytes, HUB_ID_BYTES, "hub id");
}
function intentIdFromBytes(bytes) {
  return exactHex(bytes, INTENT_ID_BYTES, "intent id");
}
function idToBytes(id) {
  return hexToBytes(id);
}
function isHubId(text) {
  return /^[0-9a-f]{32}$/.test(text);
}
function isSensorId(text) {
  return /^ble:[0-9a-f]{12}$/.test(text);
}
function exactHex(bytes, length4, what) {
  if (bytes.length !== length4) throw new RangeError(`${what} is ${bytes.length} bytes, not ${length4}`);
  return bytesToHex(bytes);
}

// runtime/wire/aliases.ts
var ALIASES_MAX = 1024;
var HeardAliases = class {
  /** Created with the first binding: most hubs of a simulation, and links that only beat, never have one. */
  #bindings;
  #restarts = 0;
  /** How often alias 0 was bound: a sender that binds everything anew begins with it. */
  get restarts() {
    return this.#restarts;
  }
  get(alias) {
    return this.#bindings?.[alias];
  }
  /** @param alias below ALIASES_MAX; the caller has checked it. */
  set(alias, binding) {
    this.#bindings ??= [];
    this.#bindings[alias] = binding;
    if (alias === 0) this.#restarts += 1;
  }
  hubOf(alias) {
    return this.get(alias)?.hub;
  }
  bind(alias, hub) {
    this.set(alias, { hub, epoch: void 0, locator: void 0 });
  }
};
var SentAliases = class {
  #byHub;
  #byAlias = [];
  #hand = 0;
  /** What the frame in hand binds: to be forgotten should it not leave. */
  #fresh = [];
  /** A frame begins. */
  begin() {
    if (this.#fresh.length > 0) this.#fresh.length = 0;
  }
  /** The frame that began last does not leave: what it binds is bound anew by the next that needs it. */
  undo() {
    for (const entry2 of this.#fresh) {
      if (this.#byHub?.get(entry2.hub) !== entry2) continue;
      this.#byHub.delete(entry2.hub);
      this.#byAlias[entry2.alias] = void 0;
    }
    this.#fresh.length = 0;
  }
  /** The other end has lost track: every hub is bound anew, from alias 0 on. */
  clear() {
    this.#byHub = void 0;
    this.#byAlias = [];
    this.#hand = 0;
    this.#fresh.length = 0;
  }
  /** @returns undefined when the hub has no alias: `bind` gives it one. */
  find(hub) {
    const entry2 = this.#byHub?.get(hub);
    if (entry2 !== void 0) entry2.used = true;
    return entry2;
  }
  /** @returns an entry that the frame in hand must write out. */
  bind(hub) {
    const alias = this.#vacant();
    const entry2 = { alias, hub, epoch: void 0, locator: void 0, used: true };
    this.#byHub ??= /* @__PURE__ */ new Map();
    this.#byHub.set(hub, entry2);
    this.#byAlias[alias] = entry2;
    this.#fresh.push(entry2);
    return entry2;
  }
  /** The entry's epoch or locator is said anew by the frame in hand. */
  changed(entry2) {
    this.#fresh.push(entry2);
  }
  refer(hub) {
    const known = this.find(hub);
    return known === void 0 ? [this.bind(hub).alias, idToBytes(hub)] : known.alias;
  }
  #vacant() {
    if (this.#byAlias.length < ALIASES_MAX) return this.#byAlias.length;
    for (; ; ) {
      const alias = this.#hand;
      this.#hand = (alias + 1) % ALIASES_MAX;
      const entry2 = this.#byAlias[alias];
      if (entry2 === void 0) return alias;
      if (!entry2.used) {
        this.#byHub?.delete(entry2.hub);
        return alias;
      }
      entry2.used = false;
    }
  }
};
var hubAlias = {
  read(wire2, reader) {
    if (reader.references === void 0) return reader.fail("BAD_FIELD", "an alias where nothing binds one");
    if (typeof wire2 === "number") {
      return reader.references.hubOf(wire2) ?? reader.fail("UNKNOWN_ALIAS");
    }
    return readBinding(wire2, reader, reader.references);
  },
  write(hub, writer) {
    if (writer === void 0) throw new RangeError("an alias outside a link");
    return writer.refer(hub);
  }
};
function readBinding(wire2, reader, references) {
  const [alias, id] = Array.isArray(wire2) && wire2.length === 2 ? wire2 : [];
  if (!isAlias(alias) || !(id instanceof Uint8Array) || id.length !== HUB_ID_BYTES) {
    return reader.fail("BAD_FIELD", "expected an alias or [alias, hub id]");
  }
  const hub = hubIdFromBytes(id);
  references.bind(alias, hub);
  return hub;
}
function isAlias(value2) {
  return typeof value2 === "number" && Number.isInteger(value2) && value2 >= 0 && value2 < ALIASES_MAX;
}

// runtime/wire/cbor.ts
import { Encoder } from "cbor-x/encode";

// runtime/wire/cbor-limits.ts
function checkCbor(bytes, limits) {
  if (bytes.length > limits.bytesMax) {
    return { problem: "TOO_LARGE", detail: `${bytes.length} bytes, at most ${limits.bytesMax}` };
  }
  const scan = new Scan(bytes, limits);
  scan.item(1);
  if (scan.problem === void 0 && scan.at < bytes.length) scan.fail("TRAILING");
  return scan.problem === void 0 ? void 0 : { problem: scan.problem, detail: `at byte ${scan.at}` };
}
var SHORTER_FORMS_END = [24, 256, 65536, 4294967296];
var Scan = class {
  constructor(bytes, limits) {
    this.bytes = bytes;
    this.limits = limits;
  }
  bytes;
  limits;
  at = 0;
  problem;
  #items = 0;
  /** The argument of the head read last: a value, a length or a count. */
  #argument = 0;
  fail(problem2) {
    this.problem ??= problem2;
    return false;
  }
  item(depth) {
    const first = this.bytes[this.at];
    if (first === void 0) return this.fail("TRUNCATED");
    if (++this.#items > this.limits.itemsMax) return this.fail("TOO_MANY_ITEMS");
    if (first < 24 || first >= 32 && first < 56) {
      this.at += 1;
      return true;
    }
    const major = first >> 5;
    if (major === 7) return this.#simpleOrFloat(first);
    if (major === 6) return this.fail("TAG");
    if (!this.#head(first & 31)) return false;
    if (major <= 1) return true;
    if (major === 2) return this.#skip();
    if (major === 3) return this.#text();
    return major === 4 ? this.#array(depth) : this.#map(depth);
  }
  #head(info) {
    if (info < 24) {
      this.#argument = info;
      this.at += 1;
      return true;
    }
    if (info > 27) return this.fail(info === 31 ? "INDEFINITE" : "RESERVED");
    const width = 1 << info - 24;
    if (this.at + width >= this.bytes.length) return this.fail("TRUNCATED");
    let value2 = 0;
    for (let i = 1; i <= width; i++) value2 = value2 * 256 + (this.bytes[this.at + i] ?? 0);
    const negative = (this.bytes[this.at] ?? 0) >> 5 === 1;
    if (value2 > Number.MAX_SAFE_INTEGER - (negative ? 1 : 0)) return this.fail("INTEGER_RANGE");
    if (value2 < (SHORTER_FORMS_END[info - 24] ?? 0)) return this.fail("NOT_CANONICAL");
    this.#argument = value2;
    this.at += 1 + width;
    return true;
  }
  #skip() {
    if (this.#argument > this.bytes.length - this.at) return this.fail("TRUNCATED");
    this.at += this.#argument;
    return true;
  }
  #text() {
    const length4 = this.#argument;
    if (length4 > this.limits.textBytesMax) return this.fail("TEXT_TOO_LONG");
    if (length4 > this.bytes.length - this.at) return this.fail("TRUNCATED");
    const end = this.at + length4;
    let at = this.at;
    while (at < end && (this.bytes[at] ?? 0) < 128) at++;
    if (at < end && !isUtf8(this.bytes, this.at, at, end)) return this.fail("TEXT_INVALID");
    this.at = end;
    return true;
  }
  #array(depth) {
    const count = this.#argument;
    if (depth > this.limits.depthMax) return this.fail("TOO_DEEP");
    if (count > this.bytes.length - this.at) return this.fail("TRUNCATED");
    for (let i = 0; i < count; i++) if (!this.item(depth + 1)) return false;
    return true;
  }
  #map(depth) {
    const count = this.#argument;
    if (depth > this.limits.depthMax) return this.fail("TOO_DEEP");
    if (count * 2 > this.bytes.length - this.at) return this.fail("TRUNCATED");
    this.#items += 3;
    let previous = -1;
    let previousEnd = -1;
    for (let i = 0; i < count; i++) {
      const start2 = this.at;
      const major = (this.bytes[start2] ?? 255) >> 5;
      if (major !== 0 && major !== 1 && major !== 3)
        return this.fail(start2 < this.bytes.length ? "BAD_KEY" : "TRUNCATED");
      if (!this.item(depth + 1)) return false;
      if (previous >= 0) {
        const order = compareRanges(this.bytes, previous, previousEnd, start2, this.at);
        if (order >= 0) return this.fail(order === 0 ? "DUPLICATE_KEY" : "NOT_CANONICAL");
      }
      previous = start2;
      previousEnd = this.at;
      if (!this.item(depth + 1)) return false;
    }
    return true;
  }
  #simpleOrFloat(first) {
    if (first >= 244 && first <= 246) {
      this.at += 1;
      return true;
    }
    if (first === 255) return this.fail("INDEFINITE");
    if (first !== 251) return this.fail(first === 249 || first === 250 ? "FLOAT" : "SIMPLE");
    if (this.at + 9 > this.bytes.length) return this.fail("TRUNCATED");
    const value2 = readFloat64(this.bytes, this.at + 1);
    if (!Number.isFinite(value2)) return this.fail("FLOAT");
    if (Number.isSafeInteger(value2)) return this.fail("NOT_CANONICAL");
    this.at += 9;
    return true;
  }
};
var floatBytes = new Uint8Array(8);
var floatView = new DataView(floatBytes.buffer);
function readFloat64(bytes, at) {
  for (let i = 0; i < 8; i++) floatBytes[i] = bytes[at + i] ?? 0;
  return floatView.getFloat64(0);
}
function compareRanges(bytes, a, aEnd, b, bEnd) {
  const shared = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < shared; i++) {
    const order = (bytes[a + i] ?? 0) - (bytes[b + i] ?? 0);
    if (order !== 0) return order;
  }
  return aEnd - a - (bEnd - b);
}
function isUtf8(bytes, start2, at, end) {
  if (at === start2 && bytes[at] === 239 && bytes[at + 1] === 187 && bytes[at + 2] === 191) return false;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 128) {
      at += 1;
      continue;
    }
    const length4 = lead >= 240 ? 4 : lead >= 224 ? 3 : 2;
    if (lead < 194 || lead > 244 || at + length4 > end) return false;
    const second = bytes[at + 1] ?? 0;
    const low = lead === 224 ? 160 : lead === 240 ? 144 : 128;
    const high = lead === 237 ? 159 : lead === 244 ? 143 : 191;
    if (second < low || second > high) return false;
    for (let i = 2; i < length4; i++) if (((bytes[at + i] ?? 0) & 192) !== 128) return false;
    at += length4;
  }
  return true;
}

// runtime/core/text.ts
var UNPRINTABLE = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;
function printable(text, charsMax) {
  return text.slice(0, charsMax).replace(UNPRINTABLE, "\uFFFD");
}

// runtime/wire/text.ts
function utf8Length(text) {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 128) continue;
    bytes += unit < 2048 ? 1 : 2;
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}
function isPrintable(text) {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit >= 127) return printable(text, text.length) === text;
  }
  return true;
}
function isWellFormed(text) {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (!isSurrogate(unit)) continue;
    if (!(isHigh(unit) && isLow(text.charCodeAt(i + 1)))) return false;
    i++;
  }
  return true;
}
function cleanText(text, bytesMax) {
  const clean = isPrintable(text) ? text : printable(text, bytesMax);
  if (utf8Length(clean) <= bytesMax) return clean;
  let bytes = 0;
  let end = 0;
  for (const character of clean) {
    bytes += utf8Length(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return clean.slice(0, end);
}
function isHigh(unit) {
  return (unit & 64512) === 55296;
}
function isLow(unit) {
  return (unit & 64512) === 56320;
}
function isSurrogate(point) {
  return point >= 55296 && point <= 57343;
}

// runtime/wire/cbor.ts
var options = {
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  int64AsNumber: true,
  copyBuffers: true
};
var cborX = new Encoder(options);
var DEPTH_MAX = 16;
function encodeCbor(value2) {
  return new Uint8Array(cborX.encode(prepare(value2, 1)));
}
function decodeCbor(bytes, limits) {
  const problem2 = checkCbor(bytes, limits);
  if (problem2 !== void 0) return problem2;
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return { value: cborX.decode(view) };
  } catch {
    return { problem: "UNREADABLE", detail: "the decoder refused what the scanner accepted" };
  }
}
function prepare(value2, depth) {
  switch (typeof value2) {
    case "number":
      return prepareNumber(value2);
    case "string":
      if (!isWellFormed(value2)) throw new MindosError("BAD_INPUT", "a text has a lone surrogate");
      if (value2.charCodeAt(0) === 65279) throw new MindosError("BAD_INPUT", "a text begins with a byte order mark");
      return value2;
    case "boolean":
      return value2;
  }
  if (value2 === null) return value2;
  if (value2 instanceof Uint8Array) return value2;
  if (depth > DEPTH_MAX) throw new MindosError("BAD_INPUT", `a value is nested deeper than ${DEPTH_MAX}`);
  if (Array.isArray(value2)) return value2.map((item2) => prepare(item2, depth + 1));
  if (value2 instanceof Map) return prepareMap(value2, depth);
  throw new MindosError("BAD_INPUT", `a value of type ${typeof value2} has no CBOR form here`);
}
function prepareNumber(value2) {
  if (!Number.isFinite(value2)) throw new MindosError("BAD_INPUT", "NaN and infinity do not travel");
  const large = value2 > 4294967295 || value2 < -4294967296;
  return large && Number.isSafeInteger(value2) ? BigInt(value2) : value2;
}
function prepareMap(map, depth) {
  const entries = isSorted(map) ? map : [...map].sort(([a], [b]) => compareKeys(a, b));
  const prepared = /* @__PURE__ */ new Map();
  for (const [key2, value2] of entries) prepared.set(prepare(key2, depth), prepare(value2, depth + 1));
  return prepared;
}
function isSorted(map) {
  let sorted = true;
  let previous;
  for (const key2 of map.keys()) {
    if (typeof key2 === "number" ? !Number.isSafeInteger(key2) : typeof key2 !== "string") {
      throw new MindosError("BAD_INPUT", "a map key is neither an integer nor a text");
    }
    if (previous !== void 0 && compareKeys(previous, key2) > 0) sorted = false;
    previous = key2;
  }
  return sorted;
}
function compareKeys(a, b) {
  if (typeof a === "number") {
    if (typeof b !== "number") return -1;
    if (a >= 0) return b >= 0 ? a - b : -1;
    return b >= 0 ? 1 : b - a;
  }
  if (typeof b === "number") return 1;
  const aBytes = utf8Length(a);
  const bBytes = utf8Length(b);
  if (aBytes !== bBytes) return aBytes - bBytes;
  if (aBytes === a.length && bBytes === b.length) return a < b ? -1 : a > b ? 1 : 0;
  return compareCodePoints(a, b);
}
function compareCodePoints(a, b) {
  const as = [...a];
  const bs = [...b];
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const order = (as[i]?.codePointAt(0) ?? 0) - (bs[i]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

// runtime/wire/codec.ts
import * as v from "valibot";
var SKIP = /* @__PURE__ */ Symbol("skip");
var Reader = class {
  /** @param references absent for what may come from any link: nothing in it is an alias. */
  constructor(references) {
    this.references = references;
  }
  references;
  problem;
  /** Unknown even keys and unknown registered numbers that were left out. */
  ignored = 0;
  #path = "";
  #expected = "";
  /** @param expected names and numbers of ours, never text from the remote */
  fail(problem2, expected = "") {
    this.problem = problem2;
    this.#expected = expected;
  }
  /** Called on the way out, innermost name first. */
  within(name2) {
    this.#path = this.#path === "" ? name2 : `${name2}.${this.#path}`;
  }
  toProblem() {
    const detail = this.#expected === "" ? this.#path : `${this.#path}: ${this.#expected}`;
    return { problem: this.problem ?? "BAD_FIELD", detail };
  }
};
function leaf({ expected, schema, fromWire, toWire }) {
  return {
    read(wire2, reader) {
      if (!v.is(schema, wire2)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const value2 = fromWire(wire2);
      if (value2 === SKIP) reader.ignored += 1;
      return value2;
    },
    write(value2) {
      const wire2 = toWire(value2);
      if (!v.is(schema, wire2)) throw new Misfit("", `expected ${expected}`);
      return wire2;
    }
  };
}
function list(item2, itemsMax, itemsMin = 0) {
  const expected = `a list of ${itemsMin} \u2026 ${itemsMax}`;
  const fits = (length4) => length4 >= itemsMin && length4 <= itemsMax;
  return {
    read(wire2, reader) {
      if (!Array.isArray(wire2) || !fits(wire2.length)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const values = [];
      for (const [index, element] of wire2.entries()) {
        const value2 = item2.read(element, reader);
        if (value2 === void 0) return reader.within(String(index));
        if (value2 !== SKIP) values.push(value2);
      }
      return values;
    },
    write(values, writer) {
      if (!fits(values.length)) throw new Misfit("", `expected ${expected}, got ${values.length}`);
      return values.map((value2, index) => {
        try {
          return item2.write(value2, writer);
        } catch (error2) {
          throw misfitWithin(String(index), error2);
        }
      });
    }
  };
}
var KEY_MIN = -256;
var KEY_MAX = 255;
function record(fields) {
  const entries = Object.entries(fields).map(([name2, field]) => ({ name: name2, ...field }));
  entries.sort((a, b) => compareKeys(a.key, b.key));
  const known = new Set(entries.map((entry2) => entry2.key));
  if (known.size !== entries.length) throw new TypeError("two fields have one key");
  return {
    fields: entries.map(({ key: key2, name: name2, optional, whenAbsent }) => ({
      key: key2,
      name: name2,
      required: optional !== true && whenAbsent === void 0
    })),
    read: (wire2, reader) => readRecord(entries, known, wire2, reader),
    write: (value2, writer) => writeRecord(entries, value2, writer)
  };
}
function readRecord(entries, known, wire2, reader) {
  if (!(wire2 instanceof Map)) return reader.fail("BAD_FIELD", "expected a map");
  const record2 = {};
  let found = 0;
  for (const { key: key2, name: name2, codec, optional, whenAbsent } of entries) {
    const element = wire2.get(key2);
    if (element === void 0) {
      if (whenAbsent !== void 0) record2[name2] = whenAbsent.value;
      else if (optional !== true) {
        reader.fail("MISSING_FIELD");
        return reader.within(name2);
      }
      continue;
    }
    found += 1;
    const value2 = codec.read(element, reader);
    if (value2 === void 0) return reader.within(name2);
    if (value2 === SKIP) {
      if (optional === true) continue;
      reader.fail("BAD_FIELD", "unknown number");
      return reader.within(name2);
    }
    if (whenAbsent?.is(value2)) {
      reader.fail("NOT_CANONICAL", "a default is left out");
      return reader.within(name2);
    }
    record2[name2] = value2;
  }
  return found === wire2.size || readUnknown(known, wire2, reader) ? record2 : void 0;
}
function readUnknown(known, wire2, reader) {
  for (const key2 of wire2.keys()) {
    if (typeof key2 !== "number" || key2 < KEY_MIN || key2 > KEY_MAX) {
      reader.fail("BAD_FIELD", `expected keys ${KEY_MIN} \u2026 ${KEY_MAX}`);
      return false;
    }
    if (known.has(key2)) continue;
    if (key2 % 2 !== 0) {
      reader.fail("UNKNOWN_KEY", `key ${key2}`);
      return false;
    }
    reader.ignored += 1;
  }
  return true;
}
function writeRecord(entries, value2, writer) {
  const map = /* @__PURE__ */ new Map();
  for (const { key: key2, name: name2, codec, optional, whenAbsent } of entries) {
    const element = value2[name2];
    if (element === void 0) {
      if (optional === true) continue;
      throw new Misfit(name2, "missing");
    }
    if (whenAbsent?.is(element)) continue;
    try {
      map.set(key2, codec.write(element, writer));
    } catch (error2) {
      throw misfitWithin(name2, error2);
    }
  }
  return map;
}
var Misfit = class extends MindosError {
  constructor(path, reason, cause) {
    super("BAD_INPUT", path === "" ? reason : `${path}: ${reason}`, { cause });
    this.path = path;
    this.reason = reason;
  }
  path;
  reason;
};
function misfitWithin(name2, error2) {
  if (!(error2 instanceof Misfit)) return new Misfit(name2, messageOf(error2), error2);
  return new Misfit(error2.path === "" ? name2 : `${name2}.${error2.path}`, error2.reason, error2.cause);
}

// runtime/wire/fields.ts
import * as v2 from "valibot";

// runtime/wire/decimal.ts
var EXPONENT_MIN = -18;
var MANTISSA_MAX = 4294967295;
var POWERS = Array.from({ length: 1 - EXPONENT_MIN }, (_, digits) => Number(`1e${digits}`));
function toDecimal(value2) {
  if (Number.isInteger(value2) || !Number.isFinite(value2)) return value2;
  for (let digits = 1; digits < POWERS.length; digits++) {
    const power = POWERS[digits] ?? 1;
    const scaled = value2 * power;
    if (scaled > MANTISSA_MAX + 1 || scaled < -MANTISSA_MAX - 1) return value2;
    const mantissa = Math.round(scaled);
    if (mantissa / power === value2 && Math.abs(mantissa) <= MANTISSA_MAX) return [mantissa, -digits];
  }
  return value2;
}
function fromDecimal(decimal) {
  if (typeof decimal === "number") return typeof toDecimal(decimal) === "number" ? decimal : void 0;
  const [mantissa, exponent] = decimal;
  const power = POWERS[-exponent];
  if (power === void 0 || exponent >= 0 || !Number.isInteger(mantissa)) return void 0;
  if (Math.abs(mantissa) > MANTISSA_MAX || mantissa % 10 === 0) return void 0;
  return mantissa / power;
}

// runtime/core/quantity.ts
var QUANTITIES = {
  temperature: "Cel",
  humidity: "%RH",
  pressure: "Pa",
  illuminance: "lx",
  battery: "%EL",
  voltage: "V",
  current: "A",
  power: "W",
  energy: "J",
  mass: "kg",
  dew_point: "Cel",
  count: "",
  co2: "ppm",
  tvoc: "ug/m3",
  pm1: "ug/m3",
  pm2_5: "ug/m3",
  pm4: "ug/m3",
  pm10: "ug/m3",
  moisture: "%",
  distance: "m",
  duration: "s",
  rotation: "deg",
  rotational_speed: "1/min",
  direction: "deg",
  speed: "m/s",
  acceleration: "m/s2",
  gyroscope: "deg/s",
  uv_index: "",
  volume: "m3",
  volume_storage: "m3",
  volume_flow: "m3/s",
  gas: "m3",
  water: "m3",
  conductivity: "S/m",
  precipitation: "m",
  timestamp: "s",
  channel: "",
  /** 0 dark, 1 twilight, 2 bright. */
  light_level: "",
  /** Wraps at 256: any change says that the device's own settings changed. */
  settings_revision: "",
  movement_counter: "",
  tx_power: "dBm",
  text: "",
  raw: "",
  /** Binary states: 0 or 1. The name says what 1 means. */
  state: "",
  battery_low: "",
  battery_charging: "",
  carbon_monoxide_detected: "",
  cold: "",
  connected: "",
  door_open: "",
  garage_open: "",
  gas_detected: "",
  heat: "",
  light_detected: "",
  unlocked: "",
  moisture_detected: "",
  motion: "",
  moving: "",
  occupancy: "",
  opening: "",
  plugged_in: "",
  power_on: "",
  presence: "",
  problem: "",
  running: "",
  unsafe: "",
  smoke: "",
  sound: "",
  tamper: "",
  vibration: "",
  window_open: "",
  /** Events: the value is the event's code in its format; see the decoder. */
  button: "",
  /** Steps; turned left is negative. */
  dimmer: "",
  command: ""
};
function isQuantity(text) {
  return Object.hasOwn(QUANTITIES, text);
}

// runtime/wire/quantity-numbers.ts
var QUANTITY_NUMBERS = {
  temperature: 0,
  humidity: 1,
  pressure: 2,
  illuminance: 3,
  battery: 4,
  voltage: 5,
  current: 6,
  power: 7,
  energy: 8,
  mass: 9,
  dew_point: 10,
  count: 11,
  co2: 12,
  tvoc: 13,
  pm1: 14,
  pm2_5: 15,
  pm4: 16,
  pm10: 17,
  moisture: 18,
  distance: 19,
  duration: 20,
  rotation: 21,
  direction: 22,
  speed: 23,
  acceleration: 24,
  gyroscope: 25,
  uv_index: 26,
  volume: 27,
  volume_storage: 28,
  volume_flow: 29,
  gas: 30,
  water: 31,
  conductivity: 32,
  precipitation: 33,
  timestamp: 34,
  channel: 35,
  movement_counter: 36,
  tx_power: 37,
  text: 38,
  raw: 39,
  state: 40,
  battery_low: 41,
  battery_charging: 42,
  carbon_monoxide_detected: 43,
  cold: 44,
  connected: 45,
  door_open: 46,
  garage_open: 47,
  gas_detected: 48,
  heat: 49,
  light_detected: 50,
  unlocked: 51,
  moisture_detected: 52,
  motion: 53,
  moving: 54,
  occupancy: 55,
  opening: 56,
  plugged_in: 57,
  power_on: 58,
  presence: 59,
  problem: 60,
  running: 61,
  unsafe: 62,
  smoke: 63,
  sound: 64,
  tamper: 65,
  vibration: 66,
  window_open: 67,
  button: 68,
  dimmer: 69,
  rotational_speed: 70,
  light_level: 71,
  settings_revision: 72,
  command: 73
};
var QUANTITY_NUMBER_MAX = 65535;
var byNumber = /* @__PURE__ */ new Map();
for (const [name2, number3] of Object.entries(QUANTITY_NUMBERS)) {
  if (!isQuantity(name2) || byNumber.has(number3)) throw new TypeError(`quantity "${name2}" has the number of another`);
  byNumber.set(number3, name2);
}
function quantityOfNumber(number3) {
  return byNumber.get(number3);
}

// runtime/wire/fields.ts
var UINT32_MAX = 4294967295;
var same = (value2) => value2;
function integer(min, max) {
  const schema = v2.pipe(v2.number(), v2.safeInteger(), v2.minValue(min), v2.maxValue(max));
  return leaf({ expected: `an integer ${min} \u2026 ${max}`, schema, fromWire: same, toWire: same });
}
var uint32 = integer(0, UINT32_MAX);
var uint53 = integer(0, Number.MAX_SAFE_INTEGER);
var boolean2 = leaf({
  expected: "true or false",
  schema: v2.boolean(),
  fromWire: same,
  toWire: same
});
function isDecimal(wire2) {
  if (typeof wire2 === "number") return Number.isFinite(wire2) && fromDecimal(wire2) !== void 0;
  if (!Array.isArray(wire2) || wire2.length !== 2) return false;
  const [mantissa, exponent] = wire2;
  if (typeof mantissa !== "number" || typeof exponent !== "number") return false;
  return fromDecimal([mantissa, exponent]) !== void 0;
}
var real = leaf({
  expected: "an integer, [mantissa, exponent] or a float64",
  schema: v2.custom(isDecimal),
  fromWire: (wire2) => fromDecimal(wire2) ?? Number.NaN,
  toWire: toDecimal
});
function byteString(length4) {
  const schema = v2.pipe(v2.instance(Uint8Array), v2.length(length4));
  return leaf({ expected: `${length4} bytes`, schema, fromWire: (wire2) => wire2.slice(), toWire: same });
}
function boundedBytes(bytesMin, bytesMax) {
  const schema = v2.pipe(v2.instance(Uint8Array), v2.minLength(bytesMin), v2.maxLength(bytesMax));
  return leaf({ expected: `${bytesMin} to ${bytesMax} bytes`, schema, fromWire: (wire2) => wire2.slice(), toWire: same });
}
var hubId = leaf({
  expected: "a hub id",
  schema: v2.pipe(v2.instance(Uint8Array), v2.length(HUB_ID_BYTES)),
  fromWire: hubIdFromBytes,
  toWire: (id) => isHubId(id) ? idToBytes(id) : id
});
var intentId = leaf({
  expected: "an intent id",
  schema: v2.pipe(v2.instance(Uint8Array), v2.length(INTENT_ID_BYTES)),
  fromWire: intentIdFromBytes,
  toWire: idToBytes
});
var sensorId = leaf({
  expected: "a sensor id",
  schema: v2.pipe(v2.instance(Uint8Array), v2.length(6)),
  fromWire: (wire2) => `ble:${bytesToHex(wire2)}`,
  toWire: (id) => isSensorId(id) ? hexToBytes(id.slice(4)) : id
});
function label(bytesMax) {
  const fits = (text) => utf8Length(text) <= bytesMax && isPrintable(text);
  return leaf({
    expected: `at most ${bytesMax} bytes of printable text`,
    schema: v2.pipe(v2.string(), v2.check(fits)),
    fromWire: same,
    toWire: (text) => typeof text === "string" ? cleanText(text, bytesMax) : text
  });
}
function identifier(bytesMax) {
  const schema = v2.pipe(v2.string(), v2.maxLength(bytesMax), v2.regex(/^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]*$/));
  return leaf({ expected: `an identifier of at most ${bytesMax} characters`, schema, fromWire: same, toWire: same });
}
function registered(what, numbers, max = 255) {
  const names = new Map(Object.entries(numbers).map(([name2, number3]) => [number3, name2]));
  return leaf({
    expected: `the number of a ${what}`,
    schema: v2.pipe(v2.number(), v2.safeInteger(), v2.minValue(0), v2.maxValue(max)),
    fromWire: (wire2) => names.get(wire2) ?? SKIP,
    toWire: (name2) => Object.hasOwn(numbers, name2) ? numbers[name2] : name2
  });
}
var origin = registered("origin", { live: 0, replay: 1 });
var quantitySchema = v2.pipe(v2.number(), v2.safeInteger(), v2.minValue(0), v2.maxValue(QUANTITY_NUMBER_MAX));
var quantity = leaf({
  expected: "the number of a quantity",
  schema: quantitySchema,
  fromWire: (wire2) => quantityOfNumber(wire2) ?? SKIP,
  toWire: (name2) => Object.hasOwn(QUANTITY_NUMBERS, name2) ? QUANTITY_NUMBERS[name2] : name2
});
var FLAT_TEXT_BYTES_MAX = 256;
function isFlatName(name2) {
  return typeof name2 === "string" && /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/.test(name2) && !(name2 in Object.prototype);
}
var flatText = label(FLAT_TEXT_BYTES_MAX);
var scalar = {
  read(wire2, reader) {
    if (typeof wire2 === "boolean") return wire2;
    return typeof wire2 === "string" ? flatText.read(wire2, reader) : real.read(wire2, reader);
  },
  write(value2) {
    if (typeof value2 === "boolean") return value2;
    return typeof value2 === "string" ? flatText.write(value2) : real.write(value2);
  }
};
function flatMap(entriesMax) {
  const expected = `at most ${entriesMax} names with a text, a number or a boolean each`;
  const schema = v2.pipe(v2.instance(Map), v2.maxSize(entriesMax));
  return {
    read(wire2, reader) {
      if (!v2.is(schema, wire2)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const flat2 = {};
      let index = 0;
      for (const [name2, element] of wire2) {
        if (!isFlatName(name2)) reader.fail("BAD_FIELD", "expected a name");
        const value2 = isFlatName(name2) ? scalar.read(element, reader) : void 0;
        if (value2 === void 0 || value2 === SKIP) return reader.within(String(index));
        flat2[name2] = value2;
        index += 1;
      }
      return flat2;
    },
    write(flat2) {
      const map = /* @__PURE__ */ new Map();
      for (const [name2, value2] of Object.entries(flat2)) {
        if (value2 === void 0) continue;
        if (!isFlatName(name2)) throw new RangeError(`expected names like "sensor_id", not ${JSON.stringify(name2)}`);
        map.set(name2, scalar.write(value2));
      }
      if (map.size > entriesMax) throw new RangeError(`expected ${expected}`);
      return map;
    }
  };
}
var TOPIC_BYTES_MAX = 48;
var MODEL_BYTES_MAX = 64;
var PLACE_BYTES_MAX = 120;
var place = label(PLACE_BYTES_MAX);
var quantityText = quantity;
var EVIDENCE_MAX = 256;
var evidence = record({
  hub: { key: 1, codec: hubId },
  sensor: { key: 2, codec: sensorId },
  place: { key: 4, codec: place, optional: true },
  quantity: { key: 6, codec: quantityText, optional: true },
  value: { key: 8, codec: real, optional: true },
  wallMs: { key: 10, codec: uint53, optional: true }
});

// runtime/wire/messages/admission.ts
var CERTIFICATE_BYTES_MAX = 304;
var REVOCATION_BYTES_MAX = 448;
var CHAIN_MAX = 2;
var REVOCATIONS_PER_MESSAGE_MAX = 16;
var chain = list(boundedBytes(1, CERTIFICATE_BYTES_MAX), CHAIN_MAX, 1);
var OPS = {
  commit: 0,
  offer: 1,
  reveal: 2,
  confirm: 3,
  grant: 4,
  refuse: 5,
  renew: 6
};
var REFUSALS = {
  noInvitation: 0,
  badCommitment: 1,
  badProof: 2,
  unexpected: 3,
  declined: 4,
  tooLate: 5
};
var admit = record({
  op: { key: 1, codec: registered("op", OPS) },
  commitment: { key: 2, codec: byteString(32), optional: true },
  nonce: { key: 3, codec: byteString(16), optional: true },
  publicKey: { key: 4, codec: byteString(32), optional: true },
  rootKey: { key: 5, codec: byteString(32), optional: true },
  name: { key: 6, codec: label(120), optional: true },
  mac: { key: 7, codec: byteString(32), optional: true },
  signature: { key: 8, codec: byteString(64), optional: true },
  chain: { key: 9, codec: chain, optional: true },
  reason: { key: 10, codec: registered("reason", REFUSALS), optional: true }
});
var revoke = record({
  revocations: { key: 1, codec: list(boundedBytes(1, REVOCATION_BYTES_MAX), REVOCATIONS_PER_MESSAGE_MAX, 1) }
});

// runtime/wire/messages/overlay.ts
import * as v3 from "valibot";
var VIEW_MAX = 128;
var RECORDS_MAX = 8;
var ADDRESSES_MAX = 4;
var WALK_MAX = 15;
var STEPS_PER_MS = 10;
var STEPS_PER_ERROR = 100;
var STEPS_MAX = 6e4;
var ERROR_STEPS_MAX = 150;
var DIMENSIONS = 8;
var hostSchema = v3.pipe(v3.string(), v3.maxLength(64), v3.regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$|^::[A-Za-z0-9.:]*$/));
var portSchema = v3.pipe(v3.number(), v3.safeInteger(), v3.minValue(1), v3.maxValue(65535));
var hubAddress = leaf({
  expected: "[host, port]",
  schema: v3.strictTuple([hostSchema, portSchema]),
  fromWire: ([host, port]) => ({ host, port }),
  toWire: ({ host, port }) => [host, port]
});
var stepSchema = v3.pipe(v3.number(), v3.safeInteger(), v3.minValue(-STEPS_MAX), v3.maxValue(STEPS_MAX));
var coordinateSchema = v3.pipe(
  v3.array(stepSchema),
  v3.length(DIMENSIONS + 2),
  v3.check((steps) => {
    const [height = -1, error2 = -1] = steps.slice(DIMENSIONS);
    return height >= 0 && error2 >= 0 && error2 <= ERROR_STEPS_MAX;
  })
);
var coordinate = leaf({
  expected: "the 10 numbers of a coordinate",
  schema: coordinateSchema,
  fromWire: (steps) => ({
    vector: steps.slice(0, DIMENSIONS).map((step) => step / STEPS_PER_MS),
    heightMs: (steps[DIMENSIONS] ?? 0) / STEPS_PER_MS,
    error: (steps[DIMENSIONS + 1] ?? 0) / STEPS_PER_ERROR
  }),
  toWire: ({ vector, heightMs, error: error2 }) => [
    ...vector.map((value2) => Math.round(value2 * STEPS_PER_MS)),
    Math.round(heightMs * STEPS_PER_MS),
    Math.round(error2 * STEPS_PER_ERROR)
  ]
});
var peerRecord = record({
  hub: { key: 1, codec: hubId },
  addresses: { key: 3, codec: list(hubAddress, ADDRESSES_MAX) },
  coordinate: { key: 4, codec: coordinate, optional: true }
});
var OPS2 = {
  view: 0,
  join: 1,
  "forward-join": 2,
  shuffle: 3,
  shuffled: 4,
  meet: 5,
  heal: 6,
  disconnect: 7
};
var neighbour = record({
  op: {
    key: 1,
    codec: registered("neighbour operation", OPS2),
    whenAbsent: { value: "view", is: (op) => op === "view" }
  },
  wanted: { key: 2, codec: boolean2, optional: true },
  ttl: { key: 3, codec: integer(0, WALK_MAX), optional: true },
  coordinate: { key: 4, codec: coordinate, optional: true },
  target: { key: 5, codec: hubId, optional: true },
  needy: { key: 6, codec: boolean2, optional: true },
  peers: { key: 7, codec: list(peerRecord, RECORDS_MAX), optional: true },
  added: { key: 9, codec: list(hubId, VIEW_MAX), optional: true },
  removed: { key: 11, codec: list(hubId, VIEW_MAX), optional: true }
});

// runtime/wire/messages/link.ts
var BOOT_BYTES = 8;
var HUB_NAME_BYTES_MAX = 120;
var LINK_SEQ_MAX = 255;
var hello = record({
  versions: { key: 1, codec: list(integer(1, 255), 8) },
  id: { key: 2, codec: hubId },
  epoch: { key: 3, codec: uint53 },
  boot: { key: 4, codec: byteString(BOOT_BYTES) },
  name: { key: 5, codec: label(HUB_NAME_BYTES_MAX) },
  chain: { key: 6, codec: list(boundedBytes(1, CERTIFICATE_BYTES_MAX), CHAIN_MAX) },
  addresses: { key: 7, codec: list(hubAddress, ADDRESSES_MAX) }
});
var ping = record({
  ackOf: { key: 1, codec: integer(0, LINK_SEQ_MAX), optional: true }
});
var ERROR_DETAIL_BYTES_MAX = 200;
var error = record({
  code: { key: 1, codec: identifier(32) },
  fault: { key: 2, codec: registered("fault", { local: 0, remote: 1 }) },
  detail: { key: 3, codec: label(ERROR_DETAIL_BYTES_MAX) },
  intentId: { key: 4, codec: intentId, optional: true },
  hub: { key: 6, codec: hubId, optional: true }
});

// runtime/core/intent.ts
var VERBS = {
  sense: 1,
  summarise: 2,
  detect: 3,
  read: 4,
  watch: 5,
  remember: 6,
  notify: 7,
  actuate: 8,
  ask: 9
};
var PRIVACY_LABELS = ["hub", "home", "anyone"];

// runtime/wire/messages/asking.ts
var ARGUMENTS_MAX = 16;
var FACTS_MAX = 256;
var FACT_ENTRIES_MAX = 16;
var privacyNumbers = Object.fromEntries(PRIVACY_LABELS.map((name2, number3) => [name2, number3]));
var NO_ARGUMENTS = Object.freeze({});
var intent = record({
  id: { key: 1, codec: intentId },
  verb: { key: 2, codec: registered("verb", VERBS) },
  args: {
    key: 3,
    codec: flatMap(ARGUMENTS_MAX),
    whenAbsent: { value: NO_ARGUMENTS, is: (args) => Object.values(args).every((value2) => value2 === void 0) }
  },
  priority: { key: 4, codec: integer(0, 7) },
  remainingMs: { key: 5, codec: uint32 },
  topic: { key: 13, codec: identifier(TOPIC_BYTES_MAX) },
  privacy: {
    key: 14,
    codec: registered("privacy label", privacyNumbers),
    whenAbsent: { value: "home", is: (label2) => label2 === "home" }
  }
});
var result = record({
  intentId: { key: 1, codec: intentId },
  facts: { key: 2, codec: list(flatMap(FACT_ENTRIES_MAX), FACTS_MAX) },
  evidence: { key: 3, codec: list(evidence, EVIDENCE_MAX) },
  hub: { key: 4, codec: hubId }
});
var cancel = record({
  intentId: { key: 1, codec: intentId }
});

// runtime/core/messages-broadcast.ts
var MESSAGE_ID_BYTES = 6;
var IHAVE_BYTES = MESSAGE_ID_BYTES + 1;

// runtime/wire/messages/broadcast.ts
var BROADCAST_PAYLOAD_BYTES_MAX = 60 * 1024;
var IDS_MAX = 128;
var IDS_BYTES_MAX = IDS_MAX * Math.max(IHAVE_BYTES, MESSAGE_ID_BYTES);
var ops = { gossip: 0, ihave: 1, graft: 2, prune: 3 };
var scopes = { everyone: 0, cell: 1 };
var scopeField = {
  codec: registered("broadcast scope", scopes),
  whenAbsent: { value: "everyone", is: (scope) => scope === "everyone" }
};
var gossip = record({
  op: {
    key: 1,
    codec: registered("gossip operation", ops),
    whenAbsent: { value: "gossip", is: (op) => op === "gossip" }
  },
  scope: { key: 3, ...scopeField },
  src: { key: 5, codec: hubId, optional: true },
  epoch: { key: 7, codec: uint53, optional: true },
  seq: { key: 9, codec: uint53, optional: true },
  round: { key: 11, codec: integer(0, 255), optional: true },
  payload: { key: 13, codec: boundedBytes(0, BROADCAST_PAYLOAD_BYTES_MAX), optional: true },
  ids: { key: 15, codec: boundedBytes(MESSAGE_ID_BYTES, IDS_BYTES_MAX), optional: true }
});

// runtime/core/messages-directory.ts
var LOOKUP_RANK_MAX = 3;
var LOOKUP_LIFETIME_S_MAX = 3600;
var PLACE_PROOF_BYTES = 96;

// runtime/wire/messages/directory.ts
var NONE2 = { value: 0, is: (value2) => value2 === 0 };
var locator = list(hubId, LOCATOR_LEVELS_MAX);
var place2 = record({
  epoch: { key: 1, codec: uint53 },
  version: { key: 2, codec: uint53 },
  locator: { key: 3, codec: locator },
  lifetimeS: { key: 4, codec: integer(1, LOOKUP_LIFETIME_S_MAX) },
  proof: { key: 5, codec: byteString(PLACE_PROOF_BYTES), optional: true }
});
var asker = record({
  hub: { key: 1, codec: hubId },
  locator: { key: 2, codec: locator }
});
var region = record({
  level: { key: 1, codec: integer(1, LOCATOR_LEVELS_MAX) },
  id: { key: 2, codec: hubId }
});
var lookup = record({
  op: { key: 1, codec: registered("lookup operation", { register: 0, ask: 1, answer: 2, search: 3 }) },
  hub: { key: 2, codec: hubId },
  hops: { key: 3, codec: integer(0, HOPS_MAX), whenAbsent: NONE2 },
  rank: { key: 5, codec: integer(0, LOOKUP_RANK_MAX), whenAbsent: NONE2 },
  place: { key: 7, codec: place2, optional: true },
  asker: { key: 9, codec: asker, optional: true },
  region: { key: 11, codec: region, optional: true }
});

// runtime/wire/messages/echo.ts
var echo = record({
  nonce: { key: 1, codec: uint32 },
  hops: { key: 2, codec: integer(0, HOPS_MAX), optional: true }
});

// runtime/core/messages-liveness.ts
var MEMBER_UPDATES_MAX = 32;
var MEMBER_OBSERVERS_MAX = 3;
var MEMBER_PROOF_BYTES = 96;

// runtime/wire/messages/liveness.ts
var NOBODY = Object.freeze([]);
var memberUpdate = record({
  hub: { key: 1, codec: hubId },
  state: { key: 2, codec: registered("state", { alive: 0, suspect: 1, dead: 2, left: 3 }) },
  epoch: { key: 3, codec: uint53 },
  incarnation: { key: 5, codec: uint32, whenAbsent: { value: 0, is: (incarnation) => incarnation === 0 } },
  observers: {
    key: 7,
    codec: list(hubId, MEMBER_OBSERVERS_MAX),
    whenAbsent: { value: NOBODY, is: (observers) => observers.length === 0 }
  },
  proof: { key: 9, codec: byteString(MEMBER_PROOF_BYTES), optional: true }
});
var members = record({
  updates: { key: 1, codec: list(memberUpdate, MEMBER_UPDATES_MAX, 1) }
});
var probe = record({
  subject: { key: 1, codec: hubId },
  verdict: { key: 3, codec: registered("verdict", { silent: 0, alive: 1 }), optional: true },
  to: { key: 5, codec: hubId, optional: true },
  by: { key: 7, codec: hubId, optional: true }
});

// runtime/wire/messages/offers.ts
var NEIGHBOURS_MAX = 64;
var TOPICS_MAX = 64;
var PLACES_MAX = 64;
var MODELS_MAX = 32;
var advert = record({
  hub: { key: 1, codec: hubId },
  version: { key: 2, codec: uint53 },
  name: { key: 3, codec: label(HUB_NAME_BYTES_MAX) },
  topics: { key: 4, codec: list(identifier(TOPIC_BYTES_MAX), TOPICS_MAX) },
  places: { key: 5, codec: list(place, PLACES_MAX) },
  sensorCount: { key: 6, codec: uint32 },
  neighbours: { key: 7, codec: list(hubId, NEIGHBOURS_MAX) }
});
var neighbourLoad = record({
  hub: { key: 1, codec: hubId },
  rttMs: { key: 2, codec: real }
});
var load = record({
  queueLength: { key: 1, codec: uint32 },
  freeMemoryMiB: { key: 2, codec: real },
  cpuLoad: { key: 3, codec: real },
  sensors: { key: 4, codec: uint32 },
  warmModels: { key: 5, codec: list(identifier(MODEL_BYTES_MAX), MODELS_MAX) },
  neighbours: { key: 6, codec: list(neighbourLoad, NEIGHBOURS_MAX) }
});

// runtime/core/messages-outbox.ts
var PARCEL_CONTENT_BYTES_MAX = 61440;
var PARCEL_WINDOW = 1024;
var PARCEL_TTL_S_MAX = 259200;

// runtime/wire/messages/outbox.ts
var parcel = record({
  op: { key: 1, codec: registered("parcel operation", { parcel: 0, ack: 1, custody: 2, taken: 3 }) },
  stream: { key: 2, codec: uint53 },
  number: { key: 3, codec: uint53 },
  behind: { key: 5, codec: integer(0, PARCEL_WINDOW - 1), optional: true },
  priority: { key: 7, codec: integer(0, 7), optional: true },
  ttlS: { key: 9, codec: integer(0, PARCEL_TTL_S_MAX), optional: true },
  kind: { key: 11, codec: integer(0, 255), optional: true },
  content: { key: 13, codec: boundedBytes(0, PARCEL_CONTENT_BYTES_MAX), optional: true },
  origin: { key: 15, codec: hubId, optional: true },
  to: { key: 17, codec: hubId, optional: true },
  above: { key: 19, codec: boundedBytes(0, PARCEL_WINDOW / 8), optional: true }
});

// runtime/wire/messages/routing.ts
import * as v4 from "valibot";
var ROUTE_ENTRIES_MAX = 64;
var UINT16_MAX = 65535;
var METRIC_MAX = 16777215;
var HOPS_MAX2 = 127;
var seqno = integer(0, UINT16_MAX);
var metric = integer(0, METRIC_MAX);
var size = integer(0, UINT16_MAX);
var hops = integer(0, HOPS_MAX2);
var SIZES_AT = 4;
var updateSchema = v4.pipe(v4.array(v4.unknown()), v4.minLength(3), v4.maxLength(SIZES_AT + LOCATOR_LEVELS_MAX));
var requestSchema = v4.pipe(v4.array(v4.unknown()), v4.length(3));
var update = {
  read(wire2, reader) {
    if (!v4.is(updateSchema, wire2)) return reader.fail("BAD_FIELD", "expected [hub, seqno, metric, version, sizes]");
    const [wireHub = null, wireSeqno = null, wireMetric = null, wireVersion, ...wireSizes] = wire2;
    if (wireVersion === 0 && wireSizes.length === 0) return reader.fail("NOT_CANONICAL", "a default is left out");
    const hub = part(hubAlias, wireHub, reader);
    const number3 = part(seqno, wireSeqno, reader);
    const version = wireVersion === void 0 ? 0 : part(seqno, wireVersion, reader);
    const distance2 = wireMetric === null ? void 0 : part(metric, wireMetric, reader);
    const sizes = wireSizes.length === 0 ? NO_SIZES : part(list(size, LOCATOR_LEVELS_MAX), wireSizes, reader);
    if (hub === void 0 || number3 === void 0 || version === void 0 || sizes === void 0) return void 0;
    if (wireMetric === null) return { hub, seqno: number3, version, sizes };
    return distance2 === void 0 ? void 0 : { hub, seqno: number3, metric: distance2, version, sizes };
  },
  write(value2, writer) {
    const items = [
      hubAlias.write(value2.hub, writer),
      seqno.write(value2.seqno),
      value2.metric === void 0 ? null : metric.write(value2.metric)
    ];
    if (value2.version !== 0 || value2.sizes.length > 0) items.push(seqno.write(value2.version));
    for (const count of value2.sizes) items.push(size.write(count));
    return items;
  }
};
var NO_SIZES = Object.freeze([]);
var request = {
  read(wire2, reader) {
    if (!v4.is(requestSchema, wire2)) return reader.fail("BAD_FIELD", "expected [hub, seqno, hops]");
    const [wireHub = null, wireSeqno = null, wireHops = null] = wire2;
    const hub = part(hubAlias, wireHub, reader);
    const number3 = part(seqno, wireSeqno, reader);
    const left = part(hops, wireHops, reader);
    if (hub === void 0 || number3 === void 0 || left === void 0) return void 0;
    return { hub, seqno: number3, hops: left };
  },
  write(value2, writer) {
    return [hubAlias.write(value2.hub, writer), seqno.write(value2.seqno), hops.write(value2.hops)];
  }
};
function part(codec, wire2, reader) {
  const value2 = codec.read(wire2, reader);
  return value2 === SKIP ? void 0 : value2;
}
var route = record({
  locator: { key: 1, codec: list(hubAlias, LOCATOR_LEVELS_MAX), optional: true },
  updates: { key: 3, codec: list(update, ROUTE_ENTRIES_MAX), optional: true },
  withdrawn: { key: 5, codec: list(hubAlias, ROUTE_ENTRIES_MAX), optional: true },
  requests: { key: 7, codec: list(request, ROUTE_ENTRIES_MAX), optional: true },
  digest: { key: 9, codec: uint32, optional: true },
  full: { key: 11, codec: boolean2, optional: true },
  again: { key: 13, codec: boolean2, optional: true }
});

// runtime/wire/messages/sensing.ts
import * as v5 from "valibot";
var READINGS_MAX = 64;
var READING_TEXT_BYTES_MAX = 512;
var SENSOR_NAME_BYTES_MAX = 248;
var itemIndex = integer(0, 255);
var itemText = label(READING_TEXT_BYTES_MAX);
var itemSchema = v5.pipe(v5.array(v5.unknown()), v5.minLength(2), v5.maxLength(4));
var item = {
  read(wire2, reader) {
    if (!v5.is(itemSchema, wire2)) return reader.fail("BAD_FIELD", "expected [quantity, value, index, text]");
    const [wireQuantity = null, wireValue = null, wireIndex, wireText] = wire2;
    if (wireIndex === 0 && wireText === void 0) return reader.fail("NOT_CANONICAL", "a default is left out");
    const index = wireIndex === void 0 ? 0 : readPart(itemIndex, wireIndex, reader);
    const text = wireText === void 0 ? "" : readPart(itemText, wireText, reader);
    const value2 = readPart(real, wireValue, reader);
    if (index === void 0 || text === void 0 || value2 === void 0) return void 0;
    const which = quantity.read(wireQuantity, reader);
    if (which === void 0 || which === SKIP) return which;
    return wireText === void 0 ? { quantity: which, value: value2, index } : { quantity: which, value: value2, index, text };
  },
  write({ quantity: which, value: value2, index, text }) {
    const wire2 = [quantity.write(which), real.write(value2)];
    if (index !== 0 || text !== void 0) wire2.push(itemIndex.write(index));
    if (text !== void 0) wire2.push(itemText.write(text));
    return wire2;
  }
};
function readPart(codec, wire2, reader) {
  const value2 = codec.read(wire2, reader);
  return value2 === SKIP ? void 0 : value2;
}
var reading = record({
  sensor: { key: 1, codec: sensorId },
  readings: { key: 2, codec: list(item, READINGS_MAX, 1) },
  wallMs: { key: 3, codec: uint53 },
  rssiDbm: { key: 4, codec: integer(-128, 127) },
  origin: { key: 5, codec: origin },
  sequence: { key: 6, codec: uint53, optional: true },
  place: { key: 8, codec: place, optional: true },
  name: { key: 10, codec: label(SENSOR_NAME_BYTES_MAX), optional: true },
  format: { key: 12, codec: identifier(32), optional: true },
  encrypted: { key: 14, codec: boolean2, optional: true }
});
var detection = record({
  id: { key: 1, codec: identifier(128) },
  kind: { key: 2, codec: registered("kind of detection", { anomaly: 0 }) },
  sensor: { key: 3, codec: sensorId },
  score: { key: 4, codec: real },
  threshold: { key: 5, codec: real },
  model: { key: 6, codec: identifier(MODEL_BYTES_MAX) },
  startedWallMs: { key: 7, codec: uint53 },
  endedWallMs: { key: 8, codec: uint53, optional: true },
  origin: { key: 9, codec: origin },
  place: { key: 10, codec: place, optional: true },
  summary: { key: 11, codec: label(280) },
  evidence: { key: 13, codec: list(evidence, EVIDENCE_MAX) }
});

// runtime/core/messages-state.ts
var POSITION_END = 2 ** 48;
var POSITION_BYTES = 6;
var FINGERPRINT_BYTES = 6;
var LISTED_BYTES = POSITION_BYTES + 4;

// runtime/wire/messages/state.ts
var SYNC_RANGES_MAX = 1024;
var SYNC_WANTS_MAX = 1024;
var SYNC_ENTRIES_MAX = 512;
var STATE_KEY_BYTES_MAX = 64;
var STATE_VALUE_BYTES_MAX = 4096;
var LISTED_BYTES_MAX = 512 * LISTED_BYTES;
var positionBytes = boundedBytes(0, POSITION_BYTES);
var fingerprint = boundedBytes(FINGERPRINT_BYTES, FINGERPRINT_BYTES);
var listed = boundedBytes(0, LISTED_BYTES_MAX);
var registry = integer(0, 255);
var key = boundedBytes(1, STATE_KEY_BYTES_MAX);
var value = boundedBytes(0, STATE_VALUE_BYTES_MAX);
var position = {
  read(wire2, reader) {
    const bytes = read(positionBytes, wire2, reader);
    if (bytes === void 0) return void 0;
    if (bytes.length === 0) return POSITION_END;
    if (bytes.at(-1) === 0 && bytes.length > 1) return reader.fail("NOT_CANONICAL", "zeros at the end are left out");
    let at = 0;
    for (let i = 0; i < POSITION_BYTES; i++) at = at * 256 + (bytes[i] ?? 0);
    return at;
  },
  write(at) {
    if (at === POSITION_END) return new Uint8Array(0);
    if (!Number.isInteger(at) || at < 0 || at > POSITION_END) throw new RangeError("expected a position");
    const bytes = new Uint8Array(POSITION_BYTES);
    let rest = at;
    for (let i = POSITION_BYTES - 1; i >= 0; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    let length4 = POSITION_BYTES;
    while (length4 > 1 && bytes[length4 - 1] === 0) length4 -= 1;
    return bytes.slice(0, length4);
  }
};
var range = {
  read(wire2, reader) {
    const items = readItems(wire2, 1, 3, reader);
    if (items === void 0) return void 0;
    const upper = read(position, items[0], reader);
    if (upper === void 0) return void 0;
    if (items.length === 1) return { upper };
    if (items.length === 2) {
      const print = read(fingerprint, items[1], reader);
      return print === void 0 ? void 0 : { upper, fingerprint: print };
    }
    if (items[1] !== 0) return reader.fail("BAD_FIELD", "expected 0 before a list");
    const all = read(listed, items[2], reader);
    if (all === void 0) return void 0;
    return all.length % LISTED_BYTES === 0 ? { upper, listed: all } : reader.fail("BAD_FIELD", "expected whole items");
  },
  write({ upper, fingerprint: print, listed: all }) {
    if (print !== void 0) return [position.write(upper), fingerprint.write(print)];
    return all === void 0 ? [position.write(upper)] : [position.write(upper), 0, listed.write(all)];
  }
};
var want = {
  read(wire2, reader) {
    const items = readItems(wire2, 1, 3, reader);
    if (items === void 0) return void 0;
    const at = read(position, items[0], reader);
    if (at === void 0) return void 0;
    if (items.length === 1) return { position: at };
    const major = read(uint53, items[1], reader);
    const minor = read(uint53, items[2], reader);
    return major === void 0 || minor === void 0 ? void 0 : { position: at, major, minor };
  },
  write({ position: at, major, minor }) {
    if (major === void 0 || minor === void 0) return [position.write(at)];
    return [position.write(at), uint53.write(major), uint53.write(minor)];
  }
};
var entry = {
  read(wire2, reader) {
    const items = readItems(wire2, 5, 5, reader);
    if (items === void 0) return void 0;
    const which = read(registry, items[0], reader);
    const name2 = read(key, items[1], reader);
    const major = read(uint53, items[2], reader);
    const minor = read(uint53, items[3], reader);
    const bytes = read(value, items[4], reader);
    if (which === void 0 || name2 === void 0 || major === void 0 || minor === void 0 || bytes === void 0)
      return void 0;
    return { registry: which, key: bytesToHex(name2), major, minor, value: bytes };
  },
  write(one) {
    return [
      registry.write(one.registry),
      key.write(hexToBytes(one.key)),
      uint53.write(one.major),
      uint53.write(one.minor),
      value.write(one.value)
    ];
  }
};
function readItems(wire2, min, max, reader) {
  if (Array.isArray(wire2) && wire2.length >= min && wire2.length <= max) return wire2;
  return reader.fail("BAD_FIELD", `expected an array of ${min} \u2026 ${max}`);
}
function read(codec, wire2, reader) {
  const result2 = codec.read(wire2 ?? null, reader);
  return result2 === SKIP ? void 0 : result2;
}
var no = { codec: boolean2, whenAbsent: { value: false, is: (flag) => !flag } };
var none = { value: [], is: (items) => items.length === 0 };
var sync = record({
  session: { key: 1, codec: uint32, optional: true },
  scope: { key: 3, ...scopeField },
  open: { key: 5, ...no },
  more: { key: 7, ...no },
  ranges: { key: 9, codec: list(range, SYNC_RANGES_MAX), whenAbsent: none },
  wants: { key: 11, codec: list(want, SYNC_WANTS_MAX), whenAbsent: none },
  entries: { key: 13, codec: list(entry, SYNC_ENTRIES_MAX), whenAbsent: none }
});

// runtime/wire/messages.ts
var SPECIFIED = {
  HELLO: { number: 0, form: "link", control: true, body: hello },
  PING: { number: 1, form: "link", control: true, body: ping },
  MEMBERS: { number: 2, form: "link", control: true, body: members },
  GOSSIP: { number: 5, form: "link", control: false, body: gossip },
  SYNC: { number: 6, form: "link", control: false, body: sync },
  NEIGHBOUR: { number: 3, form: "link", control: true, body: neighbour },
  ROUTE: { number: 4, form: "link", control: true, body: route },
  ADVERT: { number: 7, form: "routed", control: true, body: advert },
  LOAD: { number: 8, form: "routed", control: true, body: load },
  READING: { number: 9, form: "routed", control: false, body: reading },
  INTENT: { number: 10, form: "routed", control: true, body: intent },
  RESULT: { number: 15, form: "routed", control: false, body: result },
  CANCEL: { number: 16, form: "routed", control: true, body: cancel },
  ERROR: { number: 20, form: "either", control: true, body: error },
  DETECTION: { number: 22, form: "routed", control: false, body: detection },
  LOOKUP: { number: 28, form: "link", control: true, body: lookup },
  PARCEL: { number: 30, form: "routed", control: false, body: parcel },
  PROBE: { number: 24, form: "either", control: true, body: probe },
  ECHO: { number: 26, form: "routed", control: true, body: echo },
  REVOKE: { number: 19, form: "either", control: true, body: revoke },
  ADMIT: { number: 32, form: "either", control: true, body: admit }
};
var RESERVED = {
  BID: 11,
  AWARD: 12,
  CONTEXT: 13,
  PROGRESS: 14,
  COALITION: 17,
  RECEIPT: 18
};
var MESSAGES = [
  ...Object.keys(SPECIFIED).map(specifiedMessage),
  ...Object.entries(RESERVED).map(([name2, number3]) => ({ name: name2, number: number3 }))
].sort((a, b) => a.number - b.number);
var byNumber2 = new Map(MESSAGES.map((message) => [message.number, message]));
if (byNumber2.size !== MESSAGES.length) throw new TypeError("two messages have one number");
var byName = new Map(MESSAGES.map((message) => [message.name, message]));
function messageOfNumber(number3) {
  return byNumber2.get(number3);
}
function messageOfName(name2) {
  const message = byName.get(name2);
  return message?.body === void 0 ? void 0 : message;
}
function specifiedMessage(name2) {
  const { number: number3, form, control, body } = SPECIFIED[name2];
  return { name: name2, number: number3, form, control, body };
}

// runtime/wire/routed-header.ts
var SEQ_MAX = 2 ** 48 - 1;
var EPOCH_MAX = 4294967295;
var TYPE_MAX = 255;
var HEADER_BYTES_MAX = 384;
var ROUTED_HEAD = 134;
var UINT = 0;
var BYTES = 2;
var ARRAY = 4;
var NULL = 246;
var HeaderReader = class {
  constructor(aliases) {
    this.aliases = aliases;
  }
  aliases;
  #bytes = new Uint8Array(0);
  #at = 0;
  #problem;
  #where = "";
  /** @returns a frame whose payload is a view of `bytes`, or what is wrong with the header. Bindings hold even if so. */
  read(bytes) {
    this.#bytes = bytes;
    this.#at = 1;
    this.#problem = void 0;
    const number3 = this.#number(UINT, TYPE_MAX, "type");
    const src = this.#address("src");
    if (src !== void 0 && src.epoch === void 0) this.#fail("BAD_FRAME", "src: bound without an epoch");
    const dst = this.#address("dst");
    const hops2 = this.#number(UINT, HOPS_MAX, "hops");
    const seq = this.#number(UINT, SEQ_MAX, "seq");
    if (this.#at >= bytes.length) this.#fail("TRUNCATED", "body");
    if (this.#problem !== void 0 || src?.epoch === void 0 || dst === void 0) {
      return { problem: this.#problem ?? "BAD_FRAME", detail: `header: ${this.#where}` };
    }
    return {
      src: src.hub,
      srcEpoch: src.epoch,
      dst: dst.hub,
      locator: dst.locator,
      hops: hops2,
      seq,
      payload: { number: number3, encoded: bytes.subarray(this.#at) }
    };
  }
  #fail(problem2, where) {
    if (this.#problem !== void 0) return;
    this.#problem = problem2;
    this.#where = where;
  }
  /** The argument of a head of this major type, in its shortest form. */
  #number(major, max, where) {
    if (this.#problem !== void 0) return 0;
    const bytes = this.#bytes;
    const head = bytes[this.#at];
    if (head === void 0) return this.#fail("TRUNCATED", where) ?? 0;
    if (head >> 5 !== major) return this.#fail("BAD_FRAME", where) ?? 0;
    const info = head & 31;
    if (info < 24) {
      this.#at += 1;
      if (info > max) this.#fail("BAD_FRAME", where);
      return info;
    }
    if (info > 27) return this.#fail(info === 31 ? "INDEFINITE" : "RESERVED", where) ?? 0;
    const width = 1 << info - 24;
    if (this.#at + width >= bytes.length) return this.#fail("TRUNCATED", where) ?? 0;
    let value2 = 0;
    for (let i = 1; i <= width; i++) value2 = value2 * 256 + (bytes[this.#at + i] ?? 0);
    this.#at += 1 + width;
    if (value2 < (info === 24 ? 24 : 2 ** (width * 4))) this.#fail("NOT_CANONICAL", where);
    else if (value2 > max) this.#fail("BAD_FRAME", where);
    return value2;
  }
  #address(where) {
    if (this.#problem !== void 0) return void 0;
    if ((this.#bytes[this.#at] ?? 0) >> 5 === ARRAY) return this.#binding(where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    if (this.#problem !== void 0) return void 0;
    return this.aliases.get(alias) ?? this.#fail("UNKNOWN_ALIAS", where);
  }
  /** `[alias, hub id, epoch, locator]`, cut after the last that is there; an epoch that is not is null. */
  #binding(where) {
    const count = this.#number(ARRAY, 4, where);
    if (count < 2) return this.#fail("BAD_FRAME", where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    const hub = this.#hubId(where);
    if (hub !== void 0) this.aliases.bind(alias, hub);
    const epoch = count > 2 ? this.#epoch(count === 4, where) : void 0;
    const locator2 = count > 3 ? this.#locator(where) : void 0;
    if (this.#problem !== void 0 || hub === void 0) return void 0;
    const binding = { hub, epoch, locator: locator2 };
    this.aliases.set(alias, binding);
    return binding;
  }
  #epoch(mayBeNull, where) {
    if (mayBeNull && this.#bytes[this.#at] === NULL) {
      this.#at += 1;
      return void 0;
    }
    return this.#number(UINT, EPOCH_MAX, where);
  }
  #locator(where) {
    const count = this.#number(ARRAY, LOCATOR_LEVELS_MAX, where);
    const locator2 = [];
    for (let i = 0; i < count; i++) {
      const hub = this.#landmark(where);
      if (hub === void 0) return void 0;
      locator2.push(hub);
    }
    return locator2;
  }
  /** An alias, or `[alias, hub id]`. */
  #landmark(where) {
    if ((this.#bytes[this.#at] ?? 0) >> 5 !== ARRAY) return this.#address(where)?.hub;
    if (this.#number(ARRAY, 2, where) !== 2) return this.#fail("BAD_FRAME", where);
    const alias = this.#number(UINT, ALIASES_MAX - 1, where);
    const hub = this.#hubId(where);
    if (hub !== void 0) this.aliases.bind(alias, hub);
    return hub;
  }
  #hubId(where) {
    if (this.#number(BYTES, HUB_ID_BYTES, where) !== HUB_ID_BYTES) return this.#fail("BAD_FRAME", where);
    if (this.#at + HUB_ID_BYTES > this.#bytes.length) return this.#fail("TRUNCATED", where);
    this.#at += HUB_ID_BYTES;
    return hubIdFromBytes(this.#bytes.subarray(this.#at - HUB_ID_BYTES, this.#at));
  }
};
var HeaderWriter = class {
  bytes = new Uint8Array(HEADER_BYTES_MAX);
  length = 0;
  /** @param number of the message. The caller has checked the numbers' ranges. */
  write(frame, number3, aliases) {
    this.bytes[0] = ROUTED_HEAD;
    this.length = 1;
    this.#number(UINT, number3);
    this.#source(frame.src, frame.srcEpoch, aliases);
    this.#destination(frame.dst, frame.locator, aliases);
    this.#number(UINT, frame.hops);
    this.#number(UINT, frame.seq);
  }
  #source(hub, epoch, aliases) {
    const known = aliases.find(hub);
    if (known !== void 0 && known.epoch === epoch) return this.#number(UINT, known.alias);
    const entry2 = known ?? aliases.bind(hub);
    if (known !== void 0) aliases.changed(known);
    entry2.epoch = epoch;
    this.#binding(entry2, aliases);
  }
  #destination(hub, locator2, aliases) {
    const known = aliases.find(hub);
    if (known !== void 0 && isSame(known.locator, locator2)) return this.#number(UINT, known.alias);
    const entry2 = known ?? aliases.bind(hub);
    if (known !== void 0) aliases.changed(known);
    entry2.locator = locator2;
    this.#binding(entry2, aliases);
  }
  #binding({ alias, hub, epoch, locator: locator2 }, aliases) {
    this.#number(ARRAY, locator2 !== void 0 ? 4 : epoch !== void 0 ? 3 : 2);
    this.#number(UINT, alias);
    this.#hubId(hub);
    if (epoch !== void 0) this.#number(UINT, epoch);
    else if (locator2 !== void 0) this.bytes[this.length++] = NULL;
    if (locator2 === void 0) return;
    this.#number(ARRAY, locator2.length);
    for (const landmark of locator2) {
      const known = aliases.find(landmark);
      if (known !== void 0) {
        this.#number(UINT, known.alias);
        continue;
      }
      this.#number(ARRAY, 2);
      this.#number(UINT, aliases.bind(landmark).alias);
      this.#hubId(landmark);
    }
  }
  #hubId(hub) {
    if (!isHubId(hub)) throw new MindosError("BAD_INPUT", "an address is not a hub id");
    this.#number(BYTES, HUB_ID_BYTES);
    this.bytes.set(idToBytes(hub), this.length);
    this.length += HUB_ID_BYTES;
  }
  #number(major, value2) {
    const { bytes } = this;
    const info = value2 < 24 ? value2 : value2 < 256 ? 24 : value2 < 65536 ? 25 : value2 < 4294967296 ? 26 : 27;
    bytes[this.length++] = major << 5 | info;
    const width = info < 24 ? 0 : 1 << info - 24;
    let rest = value2;
    for (let i = this.length + width - 1; i >= this.length; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.length += width;
  }
};
function isSame(a, b) {
  if (a === b) return true;
  if (a === void 0 || b === void 0 || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// runtime/wire/frame.ts
var DEPTH_MAX2 = 8;
var TEXT_BYTES_MAX = 4096;
var FRAME_LIMITS = {
  bytesMax: 64 * 1024,
  depthMax: DEPTH_MAX2,
  itemsMax: 16384,
  textBytesMax: TEXT_BYTES_MAX
};
var CONTROL_LIMITS = {
  bytesMax: 8 * 1024,
  depthMax: DEPTH_MAX2,
  itemsMax: 1024,
  textBytesMax: TEXT_BYTES_MAX
};
var BODY_LIMITS = { ...FRAME_LIMITS, bytesMax: FRAME_LIMITS.bytesMax - HEADER_BYTES_MAX };
function isProblem(result2) {
  return "problem" in result2;
}
function isRouted(bytes) {
  return bytes[0] === ROUTED_HEAD;
}
function encodeLinkFrame(seq, message, writer) {
  const entry2 = entryOf(message.type, "link");
  checkLocal(Number.isSafeInteger(seq) && seq >= 0, "seq is a whole number");
  const body = writeBody(entry2, message, writer);
  const shortSeq = seq % (LINK_SEQ_MAX + 1);
  const bytes = encodeCbor(body.size === 0 ? [entry2.number, shortSeq] : [entry2.number, shortSeq, body]);
  return checkLength(bytes, entry2, limitsOf(entry2).bytesMax, "frame");
}
function decodeLinkFrame(bytes, references) {
  const number3 = peekType(bytes);
  if (number3 === void 0) return problem("BAD_FRAME", "not an array of 2, 3 or 6 that begins with a type");
  const entry2 = readEntry(number3, "link");
  if (isProblem(entry2)) return entry2;
  const decoded = decodeCbor(bytes, limitsOf(entry2));
  if (isProblem(decoded)) return { problem: decoded.problem, detail: `${entry2.name}: ${decoded.detail}` };
  const [, seq, body = NO_BODY] = decoded.value;
  if (!isShortSeq(seq)) return problem("BAD_FRAME", `${entry2.name}: seq`);
  if (body !== NO_BODY && body instanceof Map && body.size === 0)
    return problem("NOT_CANONICAL", `${entry2.name}: an empty body is left out`);
  const read2 = readBody(entry2, body, references);
  return isProblem(read2) ? read2 : { seq, ...read2 };
}
function encodePayload(payload) {
  if ("encoded" in payload) {
    checkLocal(isUint(payload.number, TYPE_MAX), `a message's number is 0 \u2026 ${TYPE_MAX}`);
    checkLocal(payload.encoded.length <= BODY_LIMITS.bytesMax, "a payload longer than a frame holds");
    return payload;
  }
  const entry2 = entryOf(payload.type, "routed");
  const encoded = encodeCbor(writeBody(entry2, payload, void 0));
  return { number: entry2.number, encoded: checkLength(encoded, entry2, bodyLimitsOf(entry2).bytesMax, "body") };
}
function decodePayload(payload) {
  if (!("encoded" in payload)) return { message: payload };
  const entry2 = readEntry(payload.number, "routed");
  if (isProblem(entry2)) return entry2;
  const decoded = decodeCbor(payload.encoded, bodyLimitsOf(entry2));
  if (isProblem(decoded)) return { problem: decoded.problem, detail: `${entry2.name}: ${decoded.detail}` };
  return readBody(entry2, decoded.value, void 0);
}
function checkLocal(holds, message) {
  if (!holds) throw new MindosError("BAD_INPUT", message);
}
function isUint(value2, max) {
  return typeof value2 === "number" && Number.isInteger(value2) && value2 >= 0 && value2 <= max;
}
function isShortSeq(value2) {
  return isUint(value2, LINK_SEQ_MAX);
}
function problem(code, detail) {
  return { problem: code, detail };
}
function limitsOf({ control }) {
  return control ? CONTROL_LIMITS : FRAME_LIMITS;
}
function bodyLimitsOf({ control }) {
  return control ? CONTROL_LIMITS : BODY_LIMITS;
}
function allows(entry2, form) {
  return entry2.form === "either" || entry2.form === form;
}
function peekType(bytes) {
  const [head, first, second] = bytes;
  if (head !== 130 && head !== 131) return void 0;
  if (first === void 0 || first < 24) return first;
  return first === 24 && second !== void 0 && second >= 24 ? second : void 0;
}
function readEntry(number3, form) {
  const entry2 = messageOfNumber(number3);
  if (entry2 === void 0) return problem(number3 % 2 === 0 ? "IGNORED" : "UNSUPPORTED", `type ${number3}`);
  if (entry2.body === void 0) return problem("UNSUPPORTED", `${entry2.name} is reserved`);
  return allows(entry2, form) ? entry2 : problem("BAD_FRAME", `${entry2.name} does not travel in the ${form} form`);
}
function entryOf(name2, form) {
  const entry2 = messageOfName(name2);
  if (entry2 === void 0) throw new MindosError("BAD_INPUT", `${name2} is not specified`);
  checkLocal(allows(entry2, form), `${name2} does not travel in the ${form} form`);
  return entry2;
}
function checkLength(bytes, { name: name2 }, bytesMax, what) {
  checkLocal(bytes.length <= bytesMax, `${name2}: a ${what} of ${bytes.length} bytes, at most ${bytesMax}`);
  return bytes;
}
function writeBody(entry2, message, writer) {
  try {
    return entry2.body.write(message, writer);
  } catch (error2) {
    throw new MindosError("BAD_INPUT", `${entry2.name}: ${messageOf(error2)}`, { cause: error2 });
  }
}
var NO_BODY = /* @__PURE__ */ new Map();
function readBody(entry2, wire2, references) {
  const reader = new Reader(references);
  const body = entry2.body.read(wire2, reader);
  if (body === void 0 || body === SKIP) {
    reader.within(entry2.name);
    return reader.toProblem();
  }
  const message = { type: entry2.name, ...body };
  return reader.ignored === 0 ? { message } : { message, ignored: reader.ignored };
}

// runtime/wire/link-codec.ts
var SHORT_SEQ_VALUES = 256;
var UNKNOWN_ALIAS = "UNKNOWN_ALIAS";
var header = new HeaderWriter();
var LinkCodec = class {
  #sent = new SentAliases();
  #heard = new HeardAliases();
  #reader = new HeaderReader(this.#heard);
  #sentSeq = 0;
  #heardSeq = 0;
  /** Frames with an unknown alias since the other end began to bind anew. */
  #unknownAliases = 0;
  #restarts = 0;
  /** @returns bytes of their own. They must go out over the link in the order in which they were made, or `unsent` be called.
   *  @throws MindosError BAD_INPUT, see `encodeLinkFrame`; nothing is bound then. */
  encode(frame) {
    this.#sent.begin();
    try {
      return "payload" in frame ? this.#encodeRouted(frame) : this.#encodeLink(frame);
    } catch (error2) {
      this.#sent.undo();
      throw error2;
    }
  }
  /** The link did not take the frame that was encoded last: what it would have bound is bound by a later one. */
  unsent() {
    this.#sent.undo();
  }
  /** Never throws. */
  decode(bytes) {
    if (bytes.length > FRAME_LIMITS.bytesMax)
      return { problem: "TOO_LARGE", detail: `${bytes.length} bytes, at most ${FRAME_LIMITS.bytesMax}` };
    const heard = isRouted(bytes) ? this.#decodeRouted(bytes) : this.#decodeLink(bytes);
    return isProblem(heard) && heard.problem === "UNKNOWN_ALIAS" ? this.#complain(heard) : heard;
  }
  #encodeLink({ seq, message }) {
    if (seq <= this.#sentSeq) throw new MindosError("BAD_INPUT", `seq ${seq} after ${this.#sentSeq}`);
    const ackOf = message.type === "PING" ? message.ackOf : void 0;
    const short = ackOf === void 0 ? message : { type: "PING", ackOf: ackOf % SHORT_SEQ_VALUES };
    const bytes = encodeLinkFrame(seq, short, this.#sent);
    this.#sentSeq = seq;
    return bytes;
  }
  #encodeRouted(frame) {
    checkLocal(isUint(frame.hops, HOPS_MAX), `hops is 0 \u2026 ${HOPS_MAX}`);
    checkLocal(isUint(frame.seq, SEQ_MAX), `seq is 0 \u2026 ${SEQ_MAX}`);
    checkLocal(isUint(frame.srcEpoch, EPOCH_MAX), `an epoch is 0 \u2026 ${EPOCH_MAX}`);
    checkLocal(
      (frame.locator?.length ?? 0) <= LOCATOR_LEVELS_MAX,
      `a locator has at most ${LOCATOR_LEVELS_MAX} levels`
    );
    const { number: number3, encoded } = encodePayload(frame.payload);
    header.write(frame, number3, this.#sent);
    const { length: length4 } = header;
    const bytes = new Uint8Array(length4 + encoded.length);
    for (let i = 0; i < length4; i++) bytes[i] = header.bytes[i] ?? 0;
    bytes.set(encoded, length4);
    return bytes;
  }
  #decodeRouted(bytes) {
    const frame = this.#reader.read(bytes);
    return isProblem(frame) ? frame : { form: "routed", frame };
  }
  #decodeLink(bytes) {
    const frame = decodeLinkFrame(bytes, this.#heard);
    if (isProblem(frame)) return frame;
    const seq = nextWithBits(frame.seq, this.#heardSeq + 1);
    this.#heardSeq = seq;
    const { message } = frame;
    if (message.type === "ERROR" && message.code === UNKNOWN_ALIAS) this.#sent.clear();
    if (message.type !== "PING" || message.ackOf === void 0) return { form: "link", ...frame, seq };
    const ackOf = lastWithBits(message.ackOf, this.#sentSeq);
    if (ackOf < 0) return { problem: "BAD_FIELD", detail: "PING.ackOf: of no frame that was sent" };
    return { form: "link", ...frame, seq, message: { ...message, ackOf } };
  }
  /** Told at the 1st, 2nd, 4th, 8th, … such frame: those on their way when the first was told need no answer each. */
  #complain(unheard) {
    if (this.#restarts !== this.#heard.restarts) this.#unknownAliases = 0;
    this.#restarts = this.#heard.restarts;
    this.#unknownAliases += 1;
    const isPowerOfTwo = (this.#unknownAliases & this.#unknownAliases - 1) === 0;
    if (!isPowerOfTwo) return unheard;
    return { ...unheard, answer: { type: "ERROR", code: UNKNOWN_ALIAS, fault: "remote", detail: unheard.detail } };
  }
};
function nextWithBits(bits, min) {
  return min + (bits - min & SHORT_SEQ_VALUES - 1);
}
function lastWithBits(bits, max) {
  return max - (max - bits & SHORT_SEQ_VALUES - 1);
}

// tools/sim/engine/wire-mode.ts
var WireMode = class {
  /** By link id, which is not used twice: what comes late finds no codec of a newer link. */
  #codecs = /* @__PURE__ */ new Map();
  /** @param linkId of the sending end. */
  encodeLink(linkId, seq, message) {
    return this.#codec(linkId).encode({ seq, message });
  }
  encodeRouted(linkId, frame) {
    return this.#codec(linkId).encode(frame);
  }
  /** @param linkId of the receiving end.
   *  @throws Error for what cannot be read: every sender here is our own codec. */
  decode(linkId, bytes) {
    const heard = this.#codec(linkId).decode(bytes);
    if ("problem" in heard) throw new Error(`our own frame cannot be read: ${heard.problem}: ${heard.detail}`);
    return heard;
  }
  forget(linkId) {
    this.#codecs.delete(linkId);
  }
  #codec(linkId) {
    let codec = this.#codecs.get(linkId);
    if (codec === void 0) {
      codec = new LinkCodec();
      this.#codecs.set(linkId, codec);
    }
    return codec;
  }
};

// tools/sim/engine/simulation.ts
var WAKE = 20;
var DRAIN = 21;
var FOUND = 22;
var CALL = 23;
var SPINS_MAX = 1e3;
var WALL_START_MS = Date.UTC(2026, 0, 1);
var Simulation = class {
  topology;
  wheel = new EventWheel();
  hubs;
  medium;
  connections;
  wire;
  traffic;
  trace = new TraceHash();
  observers = [];
  counts = /* @__PURE__ */ new Map();
  events = 0;
  #options;
  #random;
  #rng;
  #current = 0;
  #spinTick = 0;
  #spins = 0;
  constructor(options2) {
    const { topology: topology2, seed: seed2, sizes } = options2;
    this.#options = options2;
    this.topology = topology2;
    this.#random = new RandomStreams(seed2, topology2.hubs);
    this.hubs = new HubRows(
      topology2.hubs,
      new RandomStreams(seed2 ^ 469, topology2.hubs),
      options2.skewedClocks === true
    );
    this.medium = new Medium(topology2, { ...MEDIUM_DEFAULTS, ...options2.medium }, seed2 ^ 16081);
    this.wire = options2.wire === true ? new WireMode() : void 0;
    this.connections = new Connections(this);
    this.traffic = new Traffic(sizes);
    this.#rng = (length4) => this.#random.bytes(this.#current, length4);
  }
  get nowMs() {
    return this.wheel.nowTick / TICKS_PER_MS;
  }
  idOf(hub) {
    return this.hubs.ids[hub];
  }
  isRunning(hub) {
    return this.hubs.state(hub) === RUNNING;
  }
  /** Has power, and its process is not stopped. */
  wallMs(hub) {
    return WALL_START_MS + this.nowMs + this.hubs.wallOffsetMs[hub];
  }
  /** Calls `run` at that time, or now when it has passed. */
  at(ms, run) {
    this.wheel.schedule(Math.round(ms * TICKS_PER_MS), CALL, 0, 0, 0, run);
  }
  /** Runs everything up to `untilMs`. */
  run(untilMs) {
    const limit = Math.round(untilMs * TICKS_PER_MS);
    const { wheel } = this;
    for (let event = wheel.next(limit); event >= 0; event = wheel.next(limit)) {
      const { cells } = wheel;
      const kind = cells[event + KIND];
      const a = cells[event + A];
      const b = cells[event + B];
      const c = cells[event + C] >>> 0;
      const payload = kind === WAKE ? void 0 : wheel.take(event);
      wheel.release(event);
      this.events += 1;
      if (kind === WAKE) this.#wake(a);
      else if (!this.connections.happen(kind, a, b, c, payload)) this.#happen(kind, a, b, payload);
    }
  }
  /** Switches on a hub that is off or killed: a new epoch, with what it kept. Discovery tells its neighbours. */
  start(hub) {
    const { hubs: hubs2 } = this;
    const before = hubs2.state(hub);
    if (before === RUNNING || before === STALLED) return;
    const orphans = before === OFF ? this.connections.orphans(hub) : [];
    hubs2.epoch[hub] = hubs2.epoch[hub] + 1;
    hubs2.setArmedTick(hub, NEVER);
    hubs2.machine[hub] = this.#options.machine.boot({
      hub: this.idOf(hub),
      index: hub,
      epoch: hubs2.epoch[hub],
      boot: this.#random.bytes(hub, 8),
      addresses: this.peerRecord(hub).addresses,
      wallMs: () => this.wallMs(hub)
    });
    this.#setState(hub, RUNNING);
    this.connections.revive(hub, hubs2.offSince(hub), orphans);
    for (const [key2, value2] of hubs2.kept(hub) ?? []) this.input(hub, { type: "restore", key: key2, value: value2 });
    this.#discover(hub);
    if (hubs2.armedTick(hub) === NEVER) this.#arm(hub);
  }
  /** SIGKILL: the kernel resets its links. */
  kill(hub) {
    if (this.hubs.state(hub) === OFF || this.hubs.state(hub) === KILLED) return;
    this.#gone(hub, KILLED);
    this.connections.end(hub, false);
  }
  /** Power loss: silence; with `torn`, the newest write is lost. */
  powerOff(hub, torn = false) {
    if (this.hubs.state(hub) === OFF) return;
    this.#gone(hub, OFF);
    this.hubs.setOffSince(hub, this.wheel.nowTick);
    this.connections.end(hub, true);
    if (torn) this.hubs.tear(hub);
  }
  /** SIGSTOP. */
  stall(hub) {
    if (this.hubs.state(hub) === RUNNING) this.#setState(hub, STALLED);
  }
  /** SIGCONT: late timers first, then what waits in the sockets, as an event loop does. */
  resume(hub) {
    if (this.hubs.state(hub) !== STALLED) return;
    this.#setState(hub, RUNNING);
    this.hubs.setArmedTick(hub, NEVER);
    this.#handle(hub, TICK2);
    this.#drain(hub);
  }
  /** Something from outside for a hub's machine: a ping, a publication, a discovery. */
  input(hub, input, end = -1, bytes = 0) {
    const { hubs: hubs2 } = this;
    const state = hubs2.state(hub);
    if (state === OFF || state === KILLED) return;
    if (state === RUNNING && (hubs2.inbox.size === 0 || !hubs2.inbox.has(hub)) && hubs2.busyUntil(hub) < this.wheel.nowTick + 1) {
      this.#handle(hub, input);
      return;
    }
    const waiting = hubs2.inbox.get(hub);
    if (end >= 0) this.connections.rows.addWaitingBytes(end, bytes);
    if (waiting !== void 0) waiting.push({ input, end, bytes });
    else {
      hubs2.inbox.set(hub, [{ input, end, bytes }]);
      if (state === RUNNING) this.#drainLater(hub);
    }
  }
  linksChanged(a, b, open) {
    for (const observer of this.observers) observer.link?.(a, b, open);
  }
  peerRecord(hub) {
    return { hub: this.idOf(hub), addresses: [{ host: `hub-${hub}`, port: 1883 }] };
  }
  /** Nobody may be blamed for what it does not answer from now on: the plan has done something to it. */
  trouble(hub) {
    this.hubs.setTroubleTick(hub, this.wheel.nowTick);
  }
  #happen(kind, a, b, payload) {
    if (kind === FOUND) {
      if (this.medium.hears(a, b)) this.input(a, { type: "found", peer: this.peerRecord(b) });
    } else if (kind === DRAIN) this.#drain(a);
    else if (kind === CALL) payload();
    else throw new Error(`event of kind ${kind}`);
  }
  #discover(hub) {
    const { hubs: hubs2, wheel, medium } = this;
    const spreadTicks = medium.settings.discoveryMs * TICKS_PER_MS;
    for (const other of this.topology.neighboursOf(hub)) {
      if (hubs2.state(other) === OFF || hubs2.state(other) === KILLED) continue;
      for (const [finder, found] of [
        [hub, other],
        [other, hub]
      ]) {
        const at = wheel.nowTick + Math.floor(chance(this.#options.seed, finder, found, hubs2.epoch[hub]) * spreadTicks);
        wheel.schedule(at, FOUND, finder, found, 0, void 0);
      }
    }
  }
  #gone(hub, state) {
    this.hubs.machine[hub] = void 0;
    this.hubs.inbox.delete(hub);
    this.hubs.setArmedTick(hub, NEVER);
    this.#setState(hub, state);
  }
  #setState(hub, state) {
    this.hubs.setState(hub, state);
    this.trouble(hub);
    for (const observer of this.observers) observer.hubState?.(hub, state);
  }
  #wake(hub) {
    const { hubs: hubs2, wheel } = this;
    if (hubs2.armedTick(hub) !== wheel.nowTick || hubs2.state(hub) !== RUNNING) return;
    hubs2.setArmedTick(hub, NEVER);
    const deadlineMs = hubs2.machine[hub]?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (hubs2.tickOf(hub, deadlineMs) > wheel.nowTick) this.#arm(hub);
    else this.input(hub, TICK2);
  }
  #handle(hub, input) {
    const { hubs: hubs2, wheel } = this;
    const machine2 = hubs2.machine[hub];
    if (machine2 === void 0) return;
    this.#current = hub;
    if (input.type === "frame") this.trace.frame(wheel.nowTick, hub, input.linkId, input.heard);
    let effects;
    try {
      effects = machine2.handle(input, hubs2.clockMs(hub, wheel.nowTick), this.#rng);
    } catch (error2) {
      this.#broke(hub, `${input.type}: ${error2 instanceof Error ? error2.stack ?? error2.message : String(error2)}`);
      return;
    }
    const { frameCpuMs } = this.medium.settings;
    if (frameCpuMs > 0 && input.type === "frame") {
      hubs2.work(hub, wheel.nowTick, frameCpuMs * TICKS_PER_MS);
    }
    if (this.#options.bend !== void 0) effects = this.#options.bend(hub, input, effects);
    for (let i = 0; i < effects.length; i++) this.#carryOut(hub, effects[i]);
    if (hubs2.machine[hub] === machine2) this.#arm(hub);
  }
  #arm(hub) {
    const { hubs: hubs2, wheel } = this;
    const deadlineMs = hubs2.machine[hub]?.deadlineMs;
    if (deadlineMs === void 0 || deadlineMs === Number.POSITIVE_INFINITY) return;
    let tick = hubs2.tickOf(hub, deadlineMs);
    if (tick <= wheel.nowTick) tick = this.#spinGuard(hub);
    if (tick >= hubs2.armedTick(hub)) return;
    hubs2.setArmedTick(hub, tick);
    wheel.schedule(tick, WAKE, hub, 0, 0, void 0);
  }
  /** A deadline that has passed already: one tick later, so that time goes on. */
  #spinGuard(hub) {
    const now = this.wheel.nowTick;
    this.#spins = this.#spinTick === now ? this.#spins + 1 : 0;
    this.#spinTick = now;
    if (this.#spins === SPINS_MAX + this.hubs.count) this.#broke(hub, "its deadline never lies ahead");
    return now + 1;
  }
  #drainLater(hub) {
    const at = Math.ceil(this.hubs.busyUntil(hub));
    this.wheel.schedule(Math.max(at, this.wheel.nowTick), DRAIN, hub, 0, 0, void 0);
  }
  #drain(hub) {
    const { hubs: hubs2 } = this;
    const waiting = hubs2.inbox.get(hub);
    if (waiting === void 0 || hubs2.state(hub) !== RUNNING) return;
    let at = 0;
    while (at < waiting.length && hubs2.state(hub) === RUNNING) {
      if (hubs2.busyUntil(hub) >= this.wheel.nowTick + 1) break;
      const { input, end, bytes } = waiting[at++];
      if (end >= 0) this.connections.rows.addWaitingBytes(end, -bytes);
      this.#handle(hub, input);
    }
    if (hubs2.inbox.get(hub) !== waiting) return;
    if (at === waiting.length) hubs2.inbox.delete(hub);
    else {
      waiting.splice(0, at);
      if (hubs2.state(hub) === RUNNING) this.#drainLater(hub);
    }
  }
  #carryOut(hub, effect) {
    switch (effect.type) {
      case "send": {
        const bytes = this.traffic.linkFrame(effect.message);
        this.hubs.addBytesSent(hub, bytes);
        this.connections.transmit(hub, effect.linkId, LINK_FRAME, effect.seq, effect.message, bytes);
        return;
      }
      case "forward": {
        const bytes = this.traffic.routedFrame(effect.frame);
        this.hubs.addBytesSent(hub, bytes);
        for (const observer of this.observers) observer.routedFrame?.(hub, effect.frame.hops);
        this.connections.transmit(hub, effect.linkId, ROUTED_FRAME, 0, effect.frame, bytes);
        return;
      }
      case "close":
        this.connections.close(hub, effect.linkId, effect.reason);
        break;
      case "dial": {
        const target = this.#dialled(effect.hub, effect.addresses[0]?.host);
        if (target === void 0) this.input(hub, { type: "dial-failed", hub: effect.hub });
        else this.connections.dial(hub, target);
        break;
      }
      case "keep":
        if (!this.hubs.keep(hub, effect.key, effect.value)) this.#count("sim.diskFull", 1);
        return;
      case "count":
        this.#count(effect.name, effect.by);
        return;
      default:
        break;
    }
    this.trace.effect(this.wheel.nowTick, hub, effect);
    for (const observer of this.observers) observer.effect?.(hub, effect);
  }
  #dialled(hub, host) {
    const number3 = /^hub-(\d+)$/.exec(host ?? "")?.[1];
    return this.hubs.indexOf.get(hub) ?? (number3 === void 0 ? void 0 : Number(number3));
  }
  #count(name2, by) {
    this.counts.set(name2, (this.counts.get(name2) ?? 0) + by);
  }
  #broke(hub, what) {
    for (const observer of this.observers) observer.broken?.(hub, what);
    this.kill(hub);
  }
};
var TICK2 = { type: "tick" };

// tools/sim/faults.ts
function applyFault(sim, fault) {
  switch (fault.type) {
    case "start":
      for (const hub of fault.hubs) sim.start(hub);
      return;
    case "kill":
      for (const hub of fault.hubs) sim.kill(hub);
      return;
    case "power-off":
    case "tear":
      for (const hub of fault.hubs) sim.powerOff(hub, fault.type === "tear");
      return;
    case "stall":
      for (const hub of fault.hubs) sim.stall(hub);
      return;
    case "resume":
      for (const hub of fault.hubs) sim.resume(hub);
      return;
    case "fill-disk":
    case "free-disk":
      for (const hub of fault.hubs) sim.hubs.diskFull[hub] = fault.type === "fill-disk" ? 1 : 0;
      return;
    case "new-disk":
      for (const hub of fault.hubs) sim.hubs.replaceDisk(hub);
      return;
    case "clock":
      for (const hub of fault.hubs) sim.hubs.wallOffsetMs[hub] = (sim.hubs.wallOffsetMs[hub] ?? 0) + fault.byMs;
      return;
    case "loss":
      sim.medium.settings.loss = fault.share;
      return;
    default:
      applyToPaths(sim, fault);
  }
}
function applyToPaths(sim, fault) {
  const { medium } = sim;
  switch (fault.type) {
    case "partition":
      medium.partition(fault.hubs, fault.group);
      for (const hub of fault.hubs) troubleAround(sim, hub);
      break;
    case "mend-all":
      medium.mendAll();
      for (let hub = 0; hub < sim.hubs.count; hub++) sim.trouble(hub);
      break;
    default:
      for (const [a, b] of fault.links) {
        if (fault.type === "mend") medium.mend(a, b);
        else medium.cut(a, b);
        if (fault.type === "mend") medium.mend(b, a);
        else if (fault.type === "cut") medium.cut(b, a);
        sim.trouble(a);
        sim.trouble(b);
      }
  }
  sim.connections.mended();
}
function troubleAround(sim, hub) {
  sim.trouble(hub);
  for (const other of sim.topology.neighboursOf(hub)) sim.trouble(other);
}
function isHealthy(sim, hub, graceMs) {
  if (sim.hubs.state(hub) !== RUNNING) return false;
  if (sim.wheel.nowTick - sim.hubs.troubleTick(hub) < graceMs * TICKS_PER_MS) return false;
  if (!sim.medium.broken) return true;
  for (const other of sim.topology.neighboursOf(hub)) {
    if (!sim.medium.hears(hub, other) || !sim.medium.hears(other, hub)) return false;
  }
  return true;
}

// tools/sim/hostile.ts
var HOSTILE_KINDS = ["flood", "forge", "black-hole", "replay"];
var FLOOD_COPIES = 50;
var FORGED_INCREASE = 1e3;
var REPLAYED_MAX = 64;
function hostility(hubs2, nowMs, idOf) {
  if (hubs2.length === 0) return void 0;
  const bends = new Map(hubs2.map(({ hub, kind, fromMs }) => [hub, { fromMs, bend: bendOf(kind) }]));
  return (hub, _input, effects) => {
    const found = bends.get(hub);
    return found === void 0 || nowMs() < found.fromMs ? effects : found.bend(effects, idOf(hub));
  };
}
function bendOf(kind) {
  switch (kind) {
    case "flood":
      return (effects) => effects.flatMap((effect) => isFrame(effect) ? new Array(FLOOD_COPIES).fill(effect) : [effect]);
    case "black-hole":
      return (effects, own) => effects.filter((effect) => effect.type !== "forward" || effect.frame.src === own);
    case "forge":
      return (effects) => effects.map((effect) => effect.type === "send" ? { ...effect, message: forged(effect.message) } : effect);
    case "replay":
      return replaying();
  }
}
function isFrame(effect) {
  return effect.type === "send" || effect.type === "forward";
}
function replaying() {
  const said = [];
  return (effects) => effects.flatMap((effect) => {
    if (!isFrame(effect)) return [effect];
    said.push(effect);
    if (said.length > REPLAYED_MAX) said.shift();
    return [effect, said[0]];
  });
}
var RAISED = /* @__PURE__ */ new Set(["incarnation", "epoch", "seqno", "version", "seq", "metric"]);
function forged(message) {
  if (message.type === "PING" || message.type === "HELLO") return message;
  return bent(message);
}
function bent(value2) {
  if (Array.isArray(value2)) return value2.map(bent);
  if (value2 === null || typeof value2 !== "object" || value2 instanceof Uint8Array || value2 instanceof Map) return value2;
  return Object.fromEntries(
    Object.entries(value2).map(([key2, item2]) => {
      if (RAISED.has(key2) && typeof item2 === "number") return [key2, item2 + FORGED_INCREASE];
      if (key2 === "state" && item2 === "alive") return [key2, "dead"];
      return [key2, bent(item2)];
    })
  );
}

// tools/sim/measures/bounds.ts
var EVERY_MS = 5e3;
var SAMPLE = 100;
var BoundsWatch = class {
  #sim;
  #violations;
  #random;
  constructor(sim, seed2, endMs, violations) {
    this.#sim = sim;
    this.#violations = violations;
    this.#random = new Random(seed2 ^ 45269);
    sim.observers.push(this);
    for (let ms = EVERY_MS; ms < endMs; ms += EVERY_MS) sim.at(ms, () => this.#look());
  }
  routedFrame(hub, hops2) {
    if (hops2 > HOPS_MAX) this.#violations.add("hop-limit", `hub ${hub} passes a frame on after ${hops2} hops`);
  }
  broken(hub, what) {
    this.#violations.add("machine-broke", `hub ${hub}: ${what}`);
  }
  /** Everybody knows of everybody in its cell (of those that do not say what their cell is: of everybody) whether it lives. */
  agree() {
    const sim = this.#sim;
    for (const hub of this.#sample()) {
      const { members: members2, cell } = sim.hubs.machine[hub]?.inspect?.() ?? {};
      if (members2 === void 0 || !sim.isRunning(hub)) continue;
      const inCell = cell === void 0 ? void 0 : new Set(cell);
      for (const [id, state] of members2) {
        const other = sim.hubs.indexOf.get(id);
        if (other === void 0 || other === hub || inCell?.has(id) === false) continue;
        const lives = sim.isRunning(other);
        if (lives === (state === "alive")) continue;
        const truth = lives ? "lives" : "does not live";
        this.#violations.add("membership", `hub ${hub} holds hub ${other} for ${state}; it ${truth}`);
      }
    }
  }
  #look() {
    for (const hub of this.#sample()) {
      for (const { table, size: size2, max } of this.#sim.hubs.machine[hub]?.inspect?.().tables ?? []) {
        if (size2 > max) this.#violations.add("table-bound", `hub ${hub}: ${table} holds ${size2}, at most ${max}`);
      }
    }
  }
  #sample() {
    return this.#random.sample(Math.min(SAMPLE, this.#sim.hubs.count), this.#sim.hubs.count);
  }
};

// tools/sim/measures/figures.ts
function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

// tools/sim/measures/deaths.ts
var GRACE_MS = 1e4;
var NOTICEABLE_MS = 5e3;
var DeathsMeasure = class {
  #sim;
  #violations;
  #absences = /* @__PURE__ */ new Map();
  #detections = [];
  #undetected = 0;
  #false = 0;
  constructor(sim, violations) {
    this.#sim = sim;
    this.#violations = violations;
    sim.observers.push(this);
  }
  hubState(hub, state) {
    const absence = this.#absences.get(hub);
    if (state === RUNNING) {
      if (absence !== void 0) this.#returned(hub, absence);
      return;
    }
    for (const other of this.#absences.values()) other.watchers.delete(hub);
    if (absence !== void 0) return;
    const { connections } = this.#sim;
    const watchers = connections.openEnds(hub).map((end) => connections.peerOf(end));
    this.#absences.set(hub, {
      sinceMs: this.#sim.nowMs,
      watchers: new Set(watchers.filter((watcher) => this.#sim.isRunning(watcher)))
    });
  }
  effect(hub, effect) {
    if (effect.type !== "notice") return;
    const { notice } = effect;
    if (notice.type === "hub-state" && notice.state === "dead") this.#dead(hub, notice.hub);
    else if (notice.type === "cut") for (const subject of notice.hubs) this.#dead(hub, subject);
  }
  figures() {
    const sorted = this.#detections.sort((a, b) => a - b);
    const hours = this.#sim.hubs.count * this.#sim.nowMs / 36e5;
    return {
      falseDead: this.#false,
      hubHours: hours,
      detections: sorted.length,
      undetected: this.#undetected + [...this.#absences.values()].reduce((sum, { watchers }) => sum + watchers.size, 0),
      detectP50Ms: quantile(sorted, 0.5),
      detectP99Ms: quantile(sorted, 0.99),
      detectMaxMs: sorted.at(-1) ?? null
    };
  }
  #dead(observer, subjectId) {
    const sim = this.#sim;
    const subject = sim.hubs.indexOf.get(subjectId);
    if (subject === void 0) return;
    const absence = this.#absences.get(subject);
    if (absence !== void 0) {
      if (absence.watchers.delete(observer)) this.#detections.push(sim.nowMs - absence.sinceMs);
      return;
    }
    if (!isHealthy(sim, subject, GRACE_MS)) return;
    if (sim.medium.broken && !isHealthy(sim, observer, GRACE_MS)) return;
    this.#false += 1;
    this.#violations.add("false-death", `hub ${observer} calls hub ${subject} dead, which lives and answers`);
  }
  #returned(hub, { sinceMs, watchers }) {
    this.#absences.delete(hub);
    if (this.#sim.nowMs - sinceMs < NOTICEABLE_MS) return;
    for (const watcher of watchers) if (this.#sim.hubs.state(watcher) !== OFF) this.#undetected += 1;
  }
};

// tools/sim/measures/reach.ts
var PAIRS_MAX = 1e3;
var PAIRS_PER_HUB = 5;
var EVERY_MS2 = 100;
var WARM_MS = 2e3;
var LATE_MS = 1e3;
var SHARE = 0.999;
var LOST = 65535;
var ReachMeasure = class {
  pairs = [];
  #sim;
  #window;
  #rounds;
  #warmRounds;
  #startMs;
  /** By pair and round: how long the answer took, `LOST` until it comes. Unit: ms. */
  #answers = new Uint16Array(0);
  #nonceBase;
  hopsMax = 0;
  constructor(sim, window, order) {
    this.#sim = sim;
    this.#window = window;
    this.#startMs = Math.max(0, window.fromMs - WARM_MS);
    this.#warmRounds = Math.ceil((window.fromMs - this.#startMs) / EVERY_MS2);
    this.#rounds = this.#warmRounds + Math.floor((window.toMs - window.fromMs) / EVERY_MS2);
    this.#nonceBase = order * 5e7;
    sim.observers.push(this);
    sim.at(this.#startMs, () => {
      this.#choose();
      this.#ask(0);
    });
  }
  effect(hub, effect) {
    if (effect.type !== "echo") return;
    const slot = effect.nonce - this.#nonceBase;
    if (slot < 0 || slot >= this.#answers.length) return;
    const pair = this.pairs[Math.floor(slot / this.#rounds)];
    if (pair === void 0 || pair[0] !== hub || this.#sim.idOf(pair[1]) !== effect.from) return;
    const tookMs = Math.round(this.#sim.nowMs - (this.#startMs + slot % this.#rounds * EVERY_MS2));
    if (this.#answers[slot] === LOST) this.#answers[slot] = Math.min(tookMs, LOST - 1);
    this.hopsMax = Math.max(this.hopsMax, effect.hops);
  }
  /** To be asked once the window has passed by a second.
   *  `…Ms`: after the blow, until 99.9 % of the pairs were restored for good; null: not within the window. */
  figures() {
    const { name: name2 } = this.#window;
    const restored = [];
    const outages = [];
    for (let pair = 0; pair < this.pairs.length; pair++) {
      const answers = this.#answers.subarray(pair * this.#rounds + this.#warmRounds, (pair + 1) * this.#rounds);
      restored.push(restoredMs(answers));
      outages.push(longestOutageMs(answers));
    }
    restored.sort((a, b) => a - b);
    const whole = restored[Math.ceil(restored.length * SHARE) - 1];
    return {
      [`${name2}Ms`]: whole === void 0 || whole === Number.POSITIVE_INFINITY ? null : whole,
      [`${name2}Pairs`]: this.pairs.length,
      [`${name2}Unreached`]: restored.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
      [`${name2}LostOver1s`]: outages.filter((ms) => ms > 1e3).length,
      [`${name2}HopsMax`]: this.hopsMax,
      [`${name2}AnswerP50Ms`]: this.#answerMs(0.5),
      [`${name2}AnswerP99Ms`]: this.#answerMs(0.99)
    };
  }
  #answerMs(quantile2) {
    const took = this.#answers.filter((ms) => ms !== LOST).sort();
    return took[Math.ceil(took.length * quantile2) - 1] ?? null;
  }
  /** Pairs that the medium will still connect after the blow. */
  #choose() {
    const { topology: topology2, medium } = this.#sim;
    const random = new Random(this.#window.draw ^ WALL_START_MS);
    const without = new Set(this.#window.without);
    const component = topology2.components(
      (hub) => this.#sim.isRunning(hub) && !without.has(hub),
      (a, b) => medium.hears(a, b) && medium.hears(b, a)
    );
    const wanted = Math.min(PAIRS_MAX, topology2.hubs * PAIRS_PER_HUB);
    for (let tries = 0; tries < wanted * 1e3 && this.pairs.length < wanted; tries++) {
      const from = random.whole(topology2.hubs);
      const to = random.whole(topology2.hubs);
      if (from !== to && component[from] >= 0 && component[from] === component[to]) {
        this.pairs.push([from, to]);
      }
    }
    this.#answers = new Uint16Array(this.pairs.length * this.#rounds).fill(LOST);
  }
  #ask(round) {
    const sim = this.#sim;
    for (const [pair, [from, to]] of this.pairs.entries()) {
      if (!sim.isRunning(from)) continue;
      sim.input(from, { type: "ping", to: sim.idOf(to), nonce: this.#nonceBase + pair * this.#rounds + round });
    }
    if (round + 1 < this.#rounds) sim.at(this.#startMs + (round + 1) * EVERY_MS2, () => this.#ask(round + 1));
  }
};
function isPrompt(tookMs) {
  return tookMs <= LATE_MS;
}
function restoredMs(answers) {
  let round = answers.length - 1;
  while (round >= 0 && isPrompt(answers[round])) round -= 1;
  if (round < 0) return 0;
  if (round === answers.length - 1) return Number.POSITIVE_INFINITY;
  return (round + 1) * EVERY_MS2 + answers[round + 1];
}
function longestOutageMs(answers) {
  let longest = 0;
  let run = 0;
  for (const tookMs of answers) {
    run = isPrompt(tookMs) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest * EVERY_MS2;
}

// tools/sim/measures/work.ts
var SETTLE_MS = 1e4;
var GOSSIP = "GOSSIP.gossip";
var PARCEL_TTL_MS = 36e5;
var WorkMeasure = class {
  #sim;
  #violations;
  #random;
  #broadcasts = /* @__PURE__ */ new Map();
  #parcels = /* @__PURE__ */ new Map();
  #spreadMs = [];
  #tokens = 0;
  #expected = 0;
  #arrived = 0;
  #copiesBefore = 0;
  #copies = 0;
  #deliveries = 0;
  constructor(sim, plan, seed2, violations) {
    this.#sim = sim;
    this.#violations = violations;
    this.#random = new Random(seed2 ^ 12353);
    sim.observers.push(this);
    const { broadcasts, parcels } = plan;
    if (broadcasts !== void 0) {
      sim.at(broadcasts.fromMs, () => {
        this.#copiesBefore = sim.traffic.framesOf(GOSSIP);
      });
      for (let ms = broadcasts.fromMs; ms < broadcasts.toMs; ms += broadcasts.everyMs)
        sim.at(ms, () => this.#publish());
      sim.at(broadcasts.toMs + SETTLE_MS, () => {
        this.#copies = sim.traffic.framesOf(GOSSIP) - this.#copiesBefore;
      });
    }
    if (parcels !== void 0) {
      for (let ms = parcels.fromMs; ms < parcels.toMs; ms += parcels.everyMs) sim.at(ms, () => this.#send());
    }
  }
  hubState(hub, state) {
    if (state === RUNNING) for (const { got } of this.#broadcasts.values()) got[hub] = 0;
  }
  effect(hub, effect) {
    if (effect.type !== "deliver" || effect.message.type !== "CANCEL") return;
    const token = effect.message.intentId;
    const broadcast = this.#broadcasts.get(token);
    if (broadcast !== void 0) this.#heard(hub, broadcast);
    const parcel2 = this.#parcels.get(token);
    if (parcel2 === void 0) return;
    parcel2.deliveries += 1;
    if (parcel2.to !== hub) this.#violations.add("misdelivered", `a parcel for hub ${parcel2.to} reached hub ${hub}`);
    if (parcel2.deliveries > 1) this.#violations.add("duplicate", `hub ${hub} got a parcel ${parcel2.deliveries} times`);
  }
  figures() {
    const parcels = [...this.#parcels.values()];
    const spread2 = this.#spreadMs.sort((a, b) => a - b);
    return {
      ...this.#expected === 0 ? {} : { broadcastDelivered: this.#arrived / this.#expected },
      ...this.#deliveries === 0 || this.#copies === 0 ? {} : { broadcastCopies: this.#copies / this.#deliveries },
      ...spread2.length === 0 ? {} : { broadcastLastP50Ms: quantile(spread2, 0.5), broadcastLastMaxMs: quantile(spread2, 1) },
      ...parcels.length === 0 ? {} : {
        parcels: parcels.length,
        parcelsDelivered: parcels.filter(({ deliveries }) => deliveries > 0).length / parcels.length
      }
    };
  }
  #publish() {
    const sim = this.#sim;
    const from = this.#runningHub();
    if (from === void 0) return;
    const token = this.#token();
    const wellBefore = Uint8Array.from(
      { length: sim.hubs.count },
      (_, hub) => isHealthy(sim, hub, SETTLE_MS) ? 1 : 0
    );
    const got = new Uint8Array(sim.hubs.count);
    got[from] = 1;
    const broadcast = { sentMs: sim.nowMs, from, wellBefore, got, delivered: 0, lastMs: sim.nowMs };
    this.#broadcasts.set(token, broadcast);
    sim.input(from, { type: "publish", scope: "everyone", message: { type: "CANCEL", intentId: token } });
    sim.at(sim.nowMs + SETTLE_MS, () => this.#settle(token, broadcast));
  }
  #heard(hub, broadcast) {
    if (hub !== broadcast.from && broadcast.got[hub] === 1) {
      this.#violations.add("duplicate", `hub ${hub} got a broadcast of hub ${broadcast.from} twice`);
    }
    if (broadcast.got[hub] === 0) broadcast.delivered += 1;
    broadcast.got[hub] = 1;
    broadcast.lastMs = this.#sim.nowMs;
  }
  #settle(token, broadcast) {
    const sim = this.#sim;
    this.#deliveries += broadcast.delivered;
    this.#spreadMs.push(broadcast.lastMs - broadcast.sentMs);
    const component = sim.topology.components((hub) => sim.isRunning(hub));
    for (let hub = 0; hub < sim.hubs.count; hub++) {
      if (hub === broadcast.from || broadcast.wellBefore[hub] === 0 || !isHealthy(sim, hub, SETTLE_MS)) continue;
      if (component[hub] !== component[broadcast.from]) continue;
      this.#expected += 1;
      this.#arrived += broadcast.got[hub];
    }
    this.#broadcasts.delete(token);
  }
  #send() {
    const from = this.#runningHub();
    const to = this.#runningHub();
    if (from === void 0 || to === void 0 || from === to) return;
    const token = this.#token();
    this.#parcels.set(token, { to, deliveries: 0 });
    this.#sim.input(from, {
      type: "send",
      to: this.#sim.idOf(to),
      message: { type: "CANCEL", intentId: token },
      reliable: { priority: 4, ttlMs: PARCEL_TTL_MS }
    });
  }
  #runningHub() {
    for (let tries = 0; tries < 100; tries++) {
      const hub = this.#random.whole(this.#sim.hubs.count);
      if (this.#sim.isRunning(hub)) return hub;
    }
    return void 0;
  }
  #token() {
    this.#tokens += 1;
    return this.#tokens.toString(16).padStart(16, "0");
  }
};

// runtime/wire/frame-size.ts
var MQTT_BYTES = 4;
var MQTT_TOPIC_BYTES = 3;
var ALIAS = 24;
var settled = { refer: () => ALIAS };
var payloadBytes = /* @__PURE__ */ new WeakMap();
function frameBytes(frame) {
  const cborBytes2 = "payload" in frame ? routedBytes(frame) : linkBytes(frame);
  const rest = MQTT_TOPIC_BYTES + cborBytes2;
  return MQTT_BYTES - MQTT_TOPIC_BYTES + (rest < 128 ? 1 : rest < 16384 ? 2 : 3) + rest;
}
function linkBytes({ seq, message }) {
  const seqBytes = headBytes(seq & LINK_SEQ_MAX);
  if (message.type === "PING")
    return 2 + seqBytes + (message.ackOf === void 0 ? 0 : 2 + headBytes(message.ackOf & LINK_SEQ_MAX));
  const { number: number3, bytes } = bodyOf(message, settled);
  return 1 + headBytes(number3) + seqBytes + (bytes === 1 ? 0 : bytes);
}
function routedBytes({ hops: hops2, seq, payload }) {
  const header3 = 1 + 2 * headBytes(ALIAS) + headBytes(hops2) + headBytes(seq);
  if ("encoded" in payload) return header3 + headBytes(payload.number) + payload.encoded.length;
  let bytes = payloadBytes.get(payload);
  if (bytes === void 0) {
    const body = bodyOf(payload, void 0);
    bytes = headBytes(body.number) + body.bytes;
    payloadBytes.set(payload, bytes);
  }
  return header3 + bytes;
}
function bodyOf(message, writer) {
  const entry2 = messageOfName(message.type);
  if (entry2 === void 0) throw new TypeError(`${message.type} is not specified`);
  return { number: entry2.number, bytes: cborBytes(entry2.body.write(message, writer)) };
}
function cborBytes(value2) {
  switch (typeof value2) {
    case "number":
      return numberBytes(value2);
    case "string": {
      const bytes2 = utf8Length(value2);
      return headBytes(bytes2) + bytes2;
    }
    case "boolean":
      return 1;
  }
  if (value2 === null) return 1;
  if (value2 instanceof Uint8Array) return headBytes(value2.length) + value2.length;
  let bytes = 0;
  if (value2 instanceof Map) {
    for (const [key2, item2] of value2) bytes += cborBytes(key2) + cborBytes(item2);
    return headBytes(value2.size) + bytes;
  }
  const items = value2;
  for (const item2 of items) bytes += cborBytes(item2);
  return headBytes(items.length) + bytes;
}
function numberBytes(value2) {
  if (!Number.isSafeInteger(value2)) return 9;
  return headBytes(value2 < 0 ? -1 - value2 : value2);
}
function headBytes(argument) {
  if (argument < 24) return 1;
  if (argument < 256) return 2;
  if (argument < 65536) return 3;
  return argument < 4294967296 ? 5 : 9;
}

// tools/sim/sizes.ts
var PING_BYTES = 9;
var PING_ANSWER_BYTES = 13;
var WIRE_SIZES = {
  ofLink(message) {
    if (message.type === "PING") return message.ackOf === void 0 ? PING_BYTES : PING_ANSWER_BYTES;
    return frameBytes({ seq: 0, message });
  },
  ofRouted: (frame) => frameBytes(frame)
};

// tools/sim/topology/topology.ts
var Topology = class {
  name;
  hubs;
  places;
  edges;
  #offsets;
  #targets;
  #latencyMs;
  #loss;
  #openLatencyMs;
  constructor(parts) {
    this.name = parts.name;
    this.hubs = parts.hubs;
    this.places = parts.places;
    this.#openLatencyMs = parts.openLatencyMs;
    const edges = onceEach(parts.edges, parts.hubs);
    this.edges = edges.length;
    this.#offsets = new Uint32Array(parts.hubs + 1);
    for (const { a, b } of edges) {
      this.#offsets[a + 1] = this.#offsets[a + 1] + 1;
      this.#offsets[b + 1] = this.#offsets[b + 1] + 1;
    }
    for (let hub = 0; hub < parts.hubs; hub++) {
      this.#offsets[hub + 1] = this.#offsets[hub + 1] + this.#offsets[hub];
    }
    this.#targets = new Uint32Array(edges.length * 2);
    this.#latencyMs = new Float32Array(edges.length * 2);
    this.#loss = new Float32Array(edges.length * 2);
    const fill = this.#offsets.slice();
    const put = (from, to, edge) => {
      const at = fill[from];
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
  get open() {
    return this.#openLatencyMs !== void 0;
  }
  neighboursOf(hub) {
    return this.#targets.subarray(this.#offsets[hub], this.#offsets[hub + 1]);
  }
  degreeOf(hub) {
    return this.#offsets[hub + 1] - this.#offsets[hub];
  }
  /** One way; undefined when they cannot hear each other. Unit: ms. */
  latencyMs(a, b) {
    const at = this.#find(a, b);
    return at < 0 ? this.#openLatencyMs?.(a, b) : this.#latencyMs[at];
  }
  loss(a, b) {
    const at = this.#find(a, b);
    return at < 0 ? 0 : this.#loss[at];
  }
  /** @returns for each hub the number of its component; hubs that are not `alive` have −1. In an open network all are one. */
  components(alive, joined = () => true) {
    const component = new Int32Array(this.hubs).fill(-1);
    const queue = new Uint32Array(this.hubs);
    let count = 0;
    for (let start2 = 0; start2 < this.hubs; start2++) {
      if (component[start2] !== -1 || !alive(start2)) continue;
      component[start2] = count;
      queue[0] = start2;
      for (let head = 0, tail = 1; head < tail; head++) {
        const hub = queue[head];
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
  #find(a, b) {
    const end = this.#offsets[a + 1];
    for (let at = this.#offsets[a]; at < end; at++) if (this.#targets[at] === b) return at;
    return -1;
  }
};
function onceEach(edges, hubs2) {
  const seen = /* @__PURE__ */ new Set();
  return edges.filter(({ a, b }) => {
    if (!(a >= 0 && b >= 0 && a < hubs2 && b < hubs2)) throw new RangeError(`an edge ${a}\u2013${b} of ${hubs2} hubs`);
    const key2 = Math.min(a, b) * hubs2 + Math.max(a, b);
    if (a === b || seen.has(key2)) return false;
    seen.add(key2);
    return true;
  });
}

// tools/sim/topology/generated.ts
var GRID_LATENCY_MS = 1;
var GRID_SPACING_M = 100;
var LAN_LATENCY_MS = 0.5;
var RADIO_LATENCY_MS = { min: 1, max: 5 };
var OPEN_BASE_MS = 1;
var OPEN_MS_PER_KM = 0.01;
function grid(width, height) {
  const edges = [];
  const places = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hub = y * width + x;
      places.push({ x: x * GRID_SPACING_M, y: y * GRID_SPACING_M });
      if (x + 1 < width) edges.push({ a: hub, b: hub + 1, latencyMs: GRID_LATENCY_MS, loss: 0 });
      if (y + 1 < height) edges.push({ a: hub, b: hub + width, latencyMs: GRID_LATENCY_MS, loss: 0 });
    }
  }
  return new Topology({ name: `grid:${width}x${height}`, hubs: width * height, edges, places });
}
function home(hubs2) {
  return new Topology({ name: "home", hubs: hubs2, edges: fullMesh(Array.from({ length: hubs2 }, (_, i) => i)) });
}
function fullMesh(hubs2) {
  return hubs2.flatMap((a, i) => hubs2.slice(i + 1).map((b) => ({ a, b, latencyMs: LAN_LATENCY_MS, loss: 0 })));
}
function geometric(hubs2, degree, random) {
  const side = Math.sqrt(hubs2 * Math.PI / degree);
  const places = Array.from({ length: hubs2 }, () => ({ x: random.uniform() * side, y: random.uniform() * side }));
  const squares = new Squares(places, side);
  const edges = [];
  for (let a = 0; a < hubs2; a++) {
    for (const b of squares.around(a, 1)) {
      if (b > a && distance(places, a, b) <= 1) edges.push(radio(a, b, random));
    }
  }
  join(hubs2, edges, places, squares, random);
  return new Topology({ name: `geometric:${degree}`, hubs: hubs2, edges, places });
}
function openNetwork(hubs2, random) {
  const places = Array.from({ length: hubs2 }, () => ({ x: random.uniform() * 1e6, y: random.uniform() * 1e6 }));
  const openLatencyMs = (a, b) => OPEN_BASE_MS + distance(places, a, b) / 1e3 * OPEN_MS_PER_KM;
  const edges = [];
  for (let hub = 1; hub < hubs2; hub++) {
    for (const other of random.sample(Math.min(3, hub), hub)) {
      edges.push({ a: hub, b: other, latencyMs: openLatencyMs(hub, other), loss: 0 });
    }
  }
  return new Topology({ name: "open", hubs: hubs2, edges, places, openLatencyMs });
}
function city(hubs2, random) {
  const homes = [];
  for (let next = 0; next < hubs2; ) {
    const size2 = Math.min(3 + random.whole(6), hubs2 - next);
    homes.push(Array.from({ length: size2 }, (_, i) => next + i));
    next += size2;
  }
  const streets = geometric(homes.length, 5, random);
  const pick2 = (home2) => homes[home2][random.whole(homes[home2].length)] ?? 0;
  const edges = homes.flatMap(fullMesh);
  const places = homes.flatMap((members2, home2) => members2.map(() => (streets.places ?? [])[home2]));
  for (let home2 = 0; home2 < homes.length; home2++) {
    for (const other of streets.neighboursOf(home2)) {
      if (other > home2) edges.push(radio(pick2(home2), pick2(other), random));
    }
  }
  for (let line = 0; line < homes.length / 50; line++) {
    edges.push({ a: pick2(random.whole(homes.length)), b: pick2(random.whole(homes.length)), latencyMs: 8, loss: 0 });
  }
  return new Topology({ name: "city", hubs: hubs2, edges, places });
}
function distance(places, a, b) {
  const from = places[a];
  const to = places[b];
  return Math.hypot(from.x - to.x, from.y - to.y);
}
function radio(a, b, random) {
  return { a, b, latencyMs: random.between(RADIO_LATENCY_MS.min, RADIO_LATENCY_MS.max), loss: 0 };
}
var Squares = class {
  constructor(places, side) {
    this.places = places;
    this.#columns = Math.ceil(side) + 1;
    for (const [hub, { x, y }] of places.entries()) {
      const square = Math.floor(y) * this.#columns + Math.floor(x);
      const there = this.#bySquare.get(square);
      if (there === void 0) this.#bySquare.set(square, [hub]);
      else there.push(hub);
    }
  }
  places;
  #bySquare = /* @__PURE__ */ new Map();
  #columns;
  /** All within `reach` squares in each direction, itself left out. */
  around(hub, reach) {
    const { x, y } = this.places[hub];
    const found = [];
    for (let row = Math.floor(y) - reach; row <= Math.floor(y) + reach; row++) {
      for (let column = Math.floor(x) - reach; column <= Math.floor(x) + reach; column++) {
        if (row < 0 || column < 0 || column >= this.#columns) continue;
        for (const other of this.#bySquare.get(row * this.#columns + column) ?? [])
          if (other !== hub) found.push(other);
      }
    }
    return found;
  }
};
function join(hubs2, edges, places, squares, random) {
  for (; ; ) {
    const component = new Topology({ name: "", hubs: hubs2, edges }).components(() => true);
    const members2 = /* @__PURE__ */ new Map();
    for (const [hub, of] of component.entries()) {
      const those = members2.get(of);
      if (those === void 0) members2.set(of, [hub]);
      else those.push(hub);
    }
    if (members2.size <= 1) return;
    const largest = [...members2.values()].reduce((a, b) => b.length > a.length ? b : a);
    for (const those of members2.values()) {
      if (those === largest) continue;
      edges.push(radio(...nearestOutside(those, component, places, squares), random));
    }
  }
}
function nearestOutside(members2, component, places, squares) {
  for (let reach = 1; ; reach *= 2) {
    let best;
    for (const hub of members2) {
      for (const other of squares.around(hub, reach)) {
        if (component[other] === component[hub]) continue;
        if (best === void 0 || distance(places, hub, other) < distance(places, ...best)) best = [hub, other];
      }
    }
    if (best !== void 0) return best;
  }
}

// tools/sim/topology/measured.ts
import { readFileSync } from "node:fs";
import { dirname, join as join2 } from "node:path";
import { fileURLToPath } from "node:url";
var MEASURED = {
  munich: "freifunk-munich.json",
  stuttgart: "freifunk-stuttgart.json",
  ulm: "freifunk-ulm.json",
  leipzig: "freifunk-leipzig.json",
  grid49: "grid4-0049.json",
  grid100: "grid4-0100.json",
  mesh17: "17_node_mesh_network.json"
};
var DATA_FOLDER = join2(dirname(fileURLToPath(import.meta.url)), "../../../../shared/data/topologies");
var LATENCY_MS = 1;
var RADIO_TRIES = 7;
var LOSS_MAX = 0.2;
var QUALITY_MIN = 0.1;
var M_PER_DEGREE = 111320;
function measured(name2, random) {
  const file = MEASURED[name2];
  if (file === void 0) throw new RangeError(`no topology "${name2}"`);
  let text;
  try {
    text = readFileSync(join2(DATA_FOLDER, file), "utf8");
  } catch (error2) {
    if (error2.code === "ENOENT") return void 0;
    throw error2;
  }
  const raw = JSON.parse(text);
  const index = /* @__PURE__ */ new Map();
  const numberOf = (id) => {
    const known = index.get(String(id)) ?? index.size;
    index.set(String(id), known);
    return known;
  };
  const edges = raw.links.map((link) => {
    const quality = qualityOf(link);
    return {
      a: numberOf(link.source),
      b: numberOf(link.target),
      latencyMs: LATENCY_MS / quality,
      loss: lossOf(quality)
    };
  });
  const nodes = [];
  for (const node2 of raw.nodes ?? []) {
    const hub = index.get(String(node2.id));
    if (hub !== void 0) nodes[hub] = node2;
  }
  return new Topology({ name: name2, hubs: index.size, edges, places: placesOf(nodes, index.size, edges, random) });
}
function qualityOf({ source_tq: a = 1, target_tq: b = 1 }) {
  const known = [a, b].filter((quality) => quality > 0);
  return Math.max(QUALITY_MIN, Math.min(1, ...known));
}
function lossOf(quality) {
  return Math.min(LOSS_MAX, (1 - quality) ** RADIO_TRIES);
}
function placesOf(nodes, hubs2, edges, random) {
  const known = nodes.flatMap(
    (node2) => node2?.x === void 0 || node2.y === void 0 ? [] : [{ x: node2.x, y: node2.y }]
  );
  if (known.length === 0) return void 0;
  const middle = { x: median(known.map(({ x }) => x)), y: median(known.map(({ y }) => y)) };
  const perDegreeOfLongitude = M_PER_DEGREE * Math.cos(middle.x * Math.PI / 180);
  const places = Array.from({ length: hubs2 }, (_, hub) => {
    const { x, y } = nodes[hub] ?? {};
    if (x === void 0 || y === void 0) return void 0;
    return { x: (y - middle.y) * perDegreeOfLongitude, y: (x - middle.x) * M_PER_DEGREE };
  });
  const neighbours = Array.from({ length: hubs2 }, () => []);
  for (const { a, b } of edges) {
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  for (let round = 0; round < 20; round++) {
    for (let hub = 0; hub < hubs2; hub++) {
      const around = (neighbours[hub] ?? []).flatMap((other) => places[other] ?? []);
      if (nodes[hub]?.x !== void 0 || around.length === 0) continue;
      places[hub] = { x: mean(around.map(({ x }) => x)), y: mean(around.map(({ y }) => y)) };
    }
  }
  return places.map((place3) => place3 ?? { x: random.between(-5e3, 5e3), y: random.between(-5e3, 5e3) });
}
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
function mean(values) {
  return values.reduce((sum, value2) => sum + value2, 0) / values.length;
}

// tools/sim/topology/parse.ts
var TOPOLOGY_WORDS = `home, city, open, grid:WxH, geometric:DEGREE, ${Object.keys(MEASURED).join(", ")}`;
var MissingData = class extends Error {
};
function topologyOf(text, hubs2, seed2) {
  const random = new Random(seed2 ^ 28816);
  if (text === "home") return home(hubs2);
  if (text === "city") return city(hubs2, random);
  if (text === "open") return openNetwork(hubs2, random);
  const size2 = /^grid:(\d{1,4})x(\d{1,4})$/.exec(text);
  if (size2 !== null) return grid(Number(size2[1]), Number(size2[2]));
  if (text === "grid") return squareGrid(hubs2);
  const degree = /^geometric(?::(\d{1,2}(?:\.\d)?))?$/.exec(text);
  if (degree !== null) return geometric(hubs2, Number(degree[1] ?? 6), random);
  if (MEASURED[text] === void 0) throw new RangeError(`no topology "${text}"; there are: ${TOPOLOGY_WORDS}`);
  const found = measured(text, random);
  if (found === void 0) {
    throw new MissingData(
      `the topology "${text}" needs ../shared/data/topologies/${MEASURED[text]}, which is not here`
    );
  }
  return found;
}
function squareGrid(hubs2) {
  const width = Math.max(1, Math.round(Math.sqrt(hubs2)));
  return grid(width, Math.max(1, Math.round(hubs2 / width)));
}

// tools/sim/violations.ts
var KEPT_MAX = 20;
var Violations = class {
  kept = [];
  count = 0;
  #nowMs;
  constructor(nowMs) {
    this.#nowMs = nowMs;
  }
  add(invariant, detail) {
    this.count += 1;
    if (this.kept.length < KEPT_MAX) this.kept.push({ atMs: this.#nowMs(), invariant, detail });
  }
};

// tools/sim/run.ts
var STEP_MS = 250;
var AFTERMATH_MS = 1e3;
function planOf(options2) {
  const { scenario: scenario2, seed: seed2, hubs: hubs2, minutes: minutes2 } = options2;
  const topology2 = topologyOf(options2.topology, hubs2, seed2);
  const plan = options2.plan ?? scenario2.plan({ topology: topology2, random: new Random(seed2 ^ 37282), minutes: minutes2 });
  return { topology: topology2, plan };
}
function runScenario(options2) {
  const startedMs = performance.now();
  const { topology: topology2, plan } = planOf(options2);
  const before = heapBytes(options2.memory);
  const sim = simulationOf(options2, topology2, plan);
  const violations = new Violations(() => sim.nowMs);
  const deaths = new DeathsMeasure(sim, violations);
  const work = new WorkMeasure(sim, plan, options2.seed, violations);
  const bounds = new BoundsWatch(sim, options2.seed, plan.endMs, violations);
  for (const fault of plan.faults) sim.at(fault.atMs, () => applyFault(sim, fault));
  start(sim, plan, options2.seed);
  const reach = (plan.reach ?? []).map((window, order) => new ReachMeasure(sim, window, order));
  const quiet = new QuietSpan(sim, plan);
  options2.prepare?.(sim, plan);
  let shownMs = startedMs;
  for (let ms = 0; ms < plan.endMs + AFTERMATH_MS; ) {
    ms = Math.min(ms + STEP_MS, plan.endMs + AFTERMATH_MS);
    sim.run(ms);
    if (options2.progress === void 0 || performance.now() - shownMs < 1e3) continue;
    shownMs = performance.now();
    options2.progress(ms, plan.endMs, sim.events);
  }
  if (plan.agreedMs !== void 0) bounds.agree();
  const figures = Object.assign(
    {},
    deaths.figures(),
    work.figures(),
    quiet.figures(),
    ...reach.map((one) => one.figures())
  );
  demand(plan, figures, violations);
  const after = heapBytes(options2.memory);
  return {
    scenario: options2.scenario.name,
    machine: options2.machine.name,
    topology: topology2.name,
    hubs: topology2.hubs,
    seed: options2.seed,
    simulatedMs: plan.endMs,
    traceHash: sim.trace.hex,
    figures,
    traffic: sim.traffic.rows(),
    counts: sim.counts,
    violationCount: violations.count,
    violations: violations.kept,
    events: sim.events,
    wallMs: performance.now() - startedMs,
    heapBytesPerHub: before === null || after === null ? null : Math.round((after - before) / topology2.hubs)
  };
}
function simulationOf(options2, topology2, plan) {
  let sim;
  const bend = hostility(
    plan.hostile ?? [],
    () => sim?.nowMs ?? 0,
    (hub) => sim?.idOf(hub) ?? ""
  );
  sim = new Simulation({
    topology: topology2,
    machine: options2.machine,
    seed: options2.seed,
    sizes: WIRE_SIZES,
    ...plan.medium === void 0 ? {} : { medium: plan.medium },
    skewedClocks: plan.skewedClocks === true,
    ...bend === void 0 ? {} : { bend },
    wire: options2.wire === true
  });
  return sim;
}
function start(sim, plan, seed2) {
  const random = new Random(seed2 ^ 22439);
  const late = new Set(plan.lateHubs);
  for (let hub = 0; hub < sim.hubs.count; hub++) {
    const atMs = random.uniform() * plan.startWithinMs;
    if (!late.has(hub)) sim.at(atMs, () => sim.start(hub));
  }
}
function demand(plan, figures, violations) {
  for (const { name: name2, demanded } of plan.reach ?? []) {
    const unreached = figures[`${name2}Unreached`] ?? 0;
    if (demanded === true && unreached > 0) {
      violations.add(
        "reach",
        `${unreached} of ${figures[`${name2}Pairs`]} pairs do not reach each other at the end of "${name2}"`
      );
    }
  }
  for (const key2 of ["broadcastDelivered", "parcelsDelivered"]) {
    const share = figures[key2];
    if (share !== void 0 && share !== null && share < 1)
      violations.add("delivery", `${key2}: ${(share * 100).toFixed(3)} %`);
  }
}
var QuietSpan = class {
  #sim;
  #fromBytes = 0;
  #bytes;
  #seconds = 0;
  constructor(sim, { quiet }) {
    this.#sim = sim;
    if (quiet === void 0) return;
    sim.at(quiet.fromMs, () => {
      this.#fromBytes = sim.traffic.bytes;
    });
    sim.at(quiet.toMs, () => {
      this.#bytes = sim.traffic.bytes - this.#fromBytes;
      this.#seconds = (quiet.toMs - quiet.fromMs) / 1e3;
    });
  }
  figures() {
    if (this.#bytes === void 0) return {};
    return { controlBytesPerSecond: this.#bytes / this.#seconds / this.#sim.hubs.count };
  }
};
function heapBytes(wanted) {
  if (wanted !== true) return null;
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// tools/sim/cuts.ts
function cut(topology2, shape, share, random) {
  const count = Math.round(topology2.hubs * share);
  const chosen = BY_SHAPE[shape](topology2, count, random).slice(0, count);
  return chosen.sort((a, b) => a - b);
}
var BY_SHAPE = {
  disc: (topology2, count, random) => {
    const centre = random.whole(topology2.hubs);
    const { places } = topology2;
    if (places === void 0) return breadthFirst(topology2, centre).slice(0, count);
    return sortedBy(topology2.hubs, (hub) => distance(places, centre, hub));
  },
  "half-plane": (topology2, count, random) => {
    const { places } = topology2;
    if (places === void 0) return breadthFirst(topology2, random.whole(topology2.hubs)).slice(0, count);
    const angle = random.uniform() * 2 * Math.PI;
    return sortedBy(topology2.hubs, (hub) => {
      const { x, y } = places[hub] ?? { x: 0, y: 0 };
      return x * Math.cos(angle) + y * Math.sin(angle);
    });
  },
  subtree,
  random: (topology2, count, random) => random.sample(count, topology2.hubs)
};
function subtree(topology2, count, random) {
  const root = hubOfHighestDegree(topology2);
  const order = breadthFirst(topology2, root);
  const parent = new Int32Array(topology2.hubs).fill(-1);
  const size2 = new Int32Array(topology2.hubs).fill(1);
  const seen = new Uint8Array(topology2.hubs);
  seen[root] = 1;
  for (const hub of order) {
    for (const next of topology2.neighboursOf(hub)) {
      if (seen[next] === 1) continue;
      seen[next] = 1;
      parent[next] = hub;
    }
  }
  for (const hub of [...order].reverse()) {
    const up = parent[hub];
    if (up >= 0) size2[up] = size2[up] + size2[hub];
  }
  const taken = new Uint8Array(topology2.hubs);
  const chosen = [];
  const bySize = random.shuffle([...order]).sort((a, b) => size2[b] - size2[a]);
  for (const top of bySize) {
    if (top === root || taken[top] === 1 || size2[top] > count - chosen.length) continue;
    for (const hub of size2[top] === 1 ? [top] : below(top, order, parent)) {
      if (taken[hub] === 0) chosen.push(hub);
      taken[hub] = 1;
    }
    if (chosen.length >= count) break;
  }
  return chosen;
}
function below(top, order, parent) {
  const inside = /* @__PURE__ */ new Set([top]);
  for (const hub of order) if (inside.has(parent[hub])) inside.add(hub);
  return [...inside];
}
function breadthFirst(topology2, root) {
  const seen = new Uint8Array(topology2.hubs);
  const order = [];
  const visit = (hub) => {
    if (seen[hub] === 1) return;
    seen[hub] = 1;
    order.push(hub);
  };
  visit(root);
  for (let head = 0, next = 0; order.length < topology2.hubs || head < order.length; ) {
    if (head === order.length) visit(next++);
    else for (const other of topology2.neighboursOf(order[head++])) visit(other);
  }
  return order;
}
function hubOfHighestDegree(topology2) {
  let best = 0;
  for (let hub = 1; hub < topology2.hubs; hub++) if (topology2.degreeOf(hub) > topology2.degreeOf(best)) best = hub;
  return best;
}
function sortedBy(hubs2, key2) {
  const keys = Float64Array.from({ length: hubs2 }, (_, hub) => key2(hub));
  return Array.from({ length: hubs2 }, (_, hub) => hub).sort(
    (a, b) => keys[a] - keys[b] || a - b
  );
}

// tools/sim/scenarios/city-off-the-grid.ts
var SETTLE_MS2 = 4e4;
var DARK_MS = 3e4;
var LIGHT_MS = 4e4;
function cityOffTheGrid(percent, shape) {
  return {
    name: `city-off-the-grid-${percent}${shape === "disc" ? "" : `-${shape}`}`,
    about: `${percent} % of the hubs lose power (${shape}), and return half a minute later`,
    topology: "grid:20x20",
    hubs: 400,
    minutes: 2,
    search: { topology: "geometric:6", hubs: 48 },
    plan({ topology: topology2, random }) {
      const dark = cut(topology2, shape, percent / 100, random);
      const lightMs = SETTLE_MS2 + DARK_MS;
      return {
        startWithinMs: 1e3,
        faults: [
          { atMs: SETTLE_MS2, type: "power-off", hubs: dark },
          { atMs: lightMs, type: "start", hubs: dark }
        ],
        reach: [
          { name: "reach", fromMs: SETTLE_MS2, toMs: lightMs - 2e3, without: dark, draw: 1, demanded: true },
          { name: "heal", fromMs: lightMs, toMs: lightMs + LIGHT_MS, without: [], draw: 2, demanded: true }
        ],
        endMs: lightMs + LIGHT_MS,
        agreedMs: lightMs + LIGHT_MS
      };
    }
  };
}
var cityScenarios = [
  cityOffTheGrid(30, "disc"),
  cityOffTheGrid(60, "disc"),
  cityOffTheGrid(80, "disc"),
  cityOffTheGrid(30, "half-plane"),
  cityOffTheGrid(60, "half-plane"),
  cityOffTheGrid(80, "half-plane"),
  cityOffTheGrid(30, "subtree"),
  cityOffTheGrid(60, "subtree"),
  cityOffTheGrid(80, "subtree")
];
var secondCut = {
  name: "second-cut",
  about: "the same 30 % by geography go dark twice, three minutes apart",
  topology: "grid:20x20",
  hubs: 400,
  minutes: 6,
  plan({ topology: topology2, random }) {
    const dark = cut(topology2, "disc", 0.3, random);
    const cuts = [6e4, 24e4];
    return {
      startWithinMs: 1e3,
      faults: cuts.flatMap((atMs) => [
        { atMs, type: "power-off", hubs: dark },
        { atMs: atMs + 6e4, type: "start", hubs: dark }
      ]),
      reach: cuts.map((fromMs, at) => ({
        name: at === 0 ? "first" : "second",
        fromMs,
        toMs: fromMs + 3e4,
        without: dark,
        draw: 1,
        demanded: true
      })),
      endMs: 33e4
    };
  }
};

// tools/sim/scenarios/weather.ts
var SETTLE_MS3 = 4e4;
var CALM_MS = 4e4;
var SEARCH = { topology: "geometric:6", hubs: 32 };
var rollingRestarts = {
  name: "rolling-restarts",
  about: "every hub is killed and started again, one after the other, two a second",
  topology: "geometric:6",
  hubs: 100,
  minutes: 3,
  search: SEARCH,
  plan({ topology: topology2, random }) {
    const order = random.shuffle(Array.from({ length: topology2.hubs }, (_, hub) => hub));
    const faults = order.flatMap((hub, at) => {
      const atMs = SETTLE_MS3 + at * 500;
      return [
        { atMs, type: random.uniform() < 0.5 ? "kill" : "tear", hubs: [hub] },
        { atMs: atMs + random.between(500, 3e3), type: "start", hubs: [hub] }
      ];
    });
    return calm(SETTLE_MS3 + topology2.hubs * 500 + 3e3, faults);
  }
};
var flappingLinks = {
  name: "flapping-links",
  about: "a tenth of the links come and go every few seconds for two minutes",
  topology: "geometric:6",
  hubs: 100,
  minutes: 4,
  search: SEARCH,
  plan({ topology: topology2, random }) {
    const faults = [];
    for (const link of someLinks(topology2, 0.1, random)) {
      for (let ms = SETTLE_MS3 + random.between(0, 5e3); ms < SETTLE_MS3 + 12e4; ms += random.between(2e3, 1e4)) {
        faults.push({ atMs: ms, type: "cut", links: [link] });
        faults.push({ atMs: ms + random.between(500, 2e3), type: "mend", links: [link] });
      }
    }
    return calm(SETTLE_MS3 + 125e3, faults);
  }
};
var oneWayLinks = {
  name: "one-way-links",
  about: "a tenth of the links carry frames in one direction only, for a minute",
  topology: "geometric:6",
  hubs: 100,
  minutes: 3,
  search: SEARCH,
  plan({ topology: topology2, random }) {
    const links = someLinks(topology2, 0.1, random);
    return calm(SETTLE_MS3 + 6e4, [
      { atMs: SETTLE_MS3, type: "one-way", links },
      { atMs: SETTLE_MS3 + 6e4, type: "mend", links }
    ]);
  }
};
var stalls = {
  name: "stalls-20s",
  about: "30 % of the hubs stall for 20 s while every link loses 10 % of its packets",
  topology: "geometric:6",
  hubs: 50,
  minutes: 2,
  search: SEARCH,
  plan({ topology: topology2, random }) {
    const hubs2 = random.sample(Math.round(topology2.hubs * 0.3), topology2.hubs);
    return {
      ...calm(SETTLE_MS3 + 2e4, [
        { atMs: SETTLE_MS3 - 1e4, type: "loss", share: 0.1 },
        { atMs: SETTLE_MS3, type: "stall", hubs: hubs2 },
        { atMs: SETTLE_MS3 + 2e4, type: "resume", hubs: hubs2 },
        { atMs: SETTLE_MS3 + 2e4, type: "loss", share: 0 }
      ])
    };
  }
};
var clockSkew = {
  name: "clock-skew",
  about: "monotonic clocks err by up to 100 ppm, wall clocks by up to a day, and jump",
  topology: "geometric:6",
  hubs: 50,
  minutes: 5,
  search: SEARCH,
  plan({ topology: topology2, random, minutes: minutes2 }) {
    const faults = [];
    for (let hub = 0; hub < topology2.hubs; hub++) {
      if (random.uniform() < 0.5)
        faults.push({ atMs: 0, type: "clock", hubs: [hub], byMs: random.between(-864e5, 864e5) });
      if (random.uniform() < 0.2) {
        const atMs = random.between(SETTLE_MS3, minutes2 * 6e4);
        faults.push({ atMs, type: "clock", hubs: [hub], byMs: random.between(-36e5, 36e5) });
      }
    }
    return {
      ...calm(minutes2 * 6e4, faults),
      skewedClocks: true,
      broadcasts: span(SETTLE_MS3, minutes2 * 6e4, 2e3)
    };
  }
};
var badDisks = {
  name: "bad-disks",
  about: "a third of the hubs cannot write; they restart, some with an empty disk, some in the middle of a write",
  topology: "geometric:6",
  hubs: 60,
  minutes: 3,
  search: SEARCH,
  plan({ topology: topology2, random }) {
    const hubs2 = random.sample(Math.ceil(topology2.hubs / 3), topology2.hubs);
    const faults = [{ atMs: SETTLE_MS3, type: "fill-disk", hubs: hubs2 }];
    for (const hub of hubs2) {
      const atMs = SETTLE_MS3 + random.between(1e4, 4e4);
      faults.push({ atMs, type: "tear", hubs: [hub] });
      if (random.uniform() < 0.5) faults.push({ atMs: atMs + 100, type: "new-disk", hubs: [hub] });
      faults.push({ atMs: atMs + 200, type: "free-disk", hubs: [hub] });
      faults.push({ atMs: atMs + 2e3, type: "start", hubs: [hub] });
    }
    return calm(SETTLE_MS3 + 45e3, faults);
  }
};
function calm(calmMs, faults) {
  const endMs = calmMs + CALM_MS;
  return {
    startWithinMs: 1e3,
    faults,
    reach: [{ name: "heal", fromMs: calmMs, toMs: endMs, without: [], draw: 2, demanded: true }],
    endMs,
    agreedMs: endMs
  };
}
function span(fromMs, toMs, everyMs) {
  return { fromMs, toMs, everyMs };
}
function someLinks(topology2, share, random) {
  const links = [];
  for (let a = 0; a < topology2.hubs; a++) {
    for (const b of topology2.neighboursOf(a)) if (a < b && random.uniform() < share) links.push([a, b]);
  }
  return links;
}

// tools/sim/scenarios/growth.ts
var SETTLE_MS4 = 4e4;
var SEARCH2 = { topology: "geometric:6", hubs: 32 };
var coldStart = {
  name: "cold-start",
  about: "all hubs start at once; when do all pings arrive?",
  topology: "grid:7x7",
  hubs: 49,
  minutes: 0.5,
  plan: () => ({
    startWithinMs: 0,
    faults: [],
    reach: [{ name: "coldStart", fromMs: 0, toMs: 2e4, without: [], draw: 1, demanded: true }],
    endMs: 2e4
  })
};
var massJoin = {
  name: "mass-join",
  about: "half of the hubs run; the other half starts within one second",
  topology: "geometric:6",
  hubs: 200,
  minutes: 2,
  search: SEARCH2,
  plan({ topology: topology2, random }) {
    const late = random.sample(topology2.hubs >> 1, topology2.hubs);
    const faults = late.map(
      (hub) => ({ atMs: SETTLE_MS4 + random.between(0, 1e3), type: "start", hubs: [hub] })
    );
    return { ...calm(SETTLE_MS4, faults), lateHubs: late };
  }
};
var idle = {
  name: "idle",
  about: "nothing happens: what does the mesh say to itself?",
  topology: "geometric:6",
  hubs: 1e3,
  minutes: 2,
  plan({ minutes: minutes2 }) {
    const endMs = minutes2 * 6e4;
    return { startWithinMs: 2e3, faults: [], quiet: { fromMs: endMs / 2, toMs: endMs }, endMs };
  }
};
var steadyBroadcast = {
  name: "broadcast",
  about: "a broadcast every second, from anywhere, while nothing else happens",
  topology: "geometric:6",
  hubs: 1e3,
  minutes: 3,
  plan({ minutes: minutes2 }) {
    const endMs = minutes2 * 6e4;
    return {
      startWithinMs: 2e3,
      faults: [],
      broadcasts: span(endMs / 2, endMs - 15e3, 1e3),
      endMs
    };
  }
};
function churn(percentPerMinute) {
  return {
    name: `churn-${percentPerMinute}`,
    about: `${percentPerMinute} % of the hubs a minute go and come back, with 10 % loss, broadcasts and parcels`,
    topology: "geometric:6",
    hubs: 1e3,
    minutes: 5,
    search: SEARCH2,
    plan: (scenery) => churned(scenery, percentPerMinute / 100)
  };
}
function churned({ topology: topology2, random, minutes: minutes2 }, perMinute) {
  const calmMs = SETTLE_MS4 + minutes2 * 6e4;
  const faults = [{ atMs: SETTLE_MS4, type: "loss", share: perMinute >= 0.05 ? 0.1 : 0.01 }];
  const gone = /* @__PURE__ */ new Map();
  const everyMs = 6e4 / (perMinute * topology2.hubs);
  for (let ms = SETTLE_MS4; ms < calmMs - 3e4; ms += everyMs) {
    const hub = random.whole(topology2.hubs);
    if ((gone.get(hub) ?? 0) > ms) continue;
    const backMs = ms + random.between(5e3, 3e4);
    gone.set(hub, backMs + 1e3);
    faults.push({ atMs: ms, type: random.uniform() < 0.5 ? "kill" : "power-off", hubs: [hub] });
    faults.push({ atMs: backMs, type: "start", hubs: [hub] });
  }
  faults.push({ atMs: calmMs, type: "loss", share: 0 });
  return {
    ...calm(
      calmMs,
      faults.sort((a, b) => a.atMs - b.atMs)
    ),
    broadcasts: span(SETTLE_MS4, calmMs, 2e3),
    parcels: span(SETTLE_MS4, calmMs, 500)
  };
}
var churnScenarios = [churn(1), churn(5)];
function split(name2, about, splitMs) {
  return {
    name: name2,
    about,
    topology: "geometric:6",
    hubs: 200,
    minutes: splitMs / 6e4,
    search: SEARCH2,
    plan({ topology: topology2, random }) {
      const side = cut(topology2, "half-plane", 0.5, random);
      const healMs = SETTLE_MS4 + splitMs;
      return {
        ...calm(healMs, [
          { atMs: SETTLE_MS4, type: "partition", hubs: side, group: 1 },
          { atMs: healMs, type: "mend-all" }
        ]),
        parcels: span(SETTLE_MS4, Math.min(healMs, SETTLE_MS4 + 6e5), 5e3)
      };
    }
  };
}
var splitScenarios = [
  split("split-10m", "two halves do not hear each other for 10 minutes; parcels wait", 6e5),
  split("split-24h", "two halves do not hear each other for a day", 864e5)
];

// tools/sim/scenarios/hostile.ts
var SETTLE_MS5 = 4e4;
var END_MS = 12e4;
var hostileScenarios = HOSTILE_KINDS.map((kind) => ({
  name: `hostile-${kind}`,
  about: `one hub in 20 is hostile: ${kind}`,
  topology: "geometric:8",
  hubs: 100,
  minutes: 2,
  search: { topology: "geometric:8", hubs: 40 },
  plan({ topology: topology2, random }) {
    const hubs2 = random.sample(Math.ceil(topology2.hubs / 20), topology2.hubs);
    return {
      startWithinMs: 1e3,
      faults: [],
      hostile: hubs2.map((hub) => ({ hub, kind, fromMs: SETTLE_MS5 })),
      reach: [{ name: "reach", fromMs: SETTLE_MS5, toMs: END_MS, without: hubs2, draw: 1, demanded: true }],
      broadcasts: { fromMs: SETTLE_MS5, toMs: END_MS - 15e3, everyMs: 5e3 },
      endMs: END_MS
    };
  }
}));

// tools/sim/scenarios/all.ts
var SCENARIOS = new Map(
  [
    coldStart,
    idle,
    massJoin,
    rollingRestarts,
    flappingLinks,
    oneWayLinks,
    stalls,
    clockSkew,
    badDisks,
    ...cityScenarios,
    secondCut,
    steadyBroadcast,
    ...churnScenarios,
    ...splitScenarios,
    ...hostileScenarios
  ].map((scenario2) => [scenario2.name, scenario2])
);
function scenarioOf(name2) {
  const found = SCENARIOS.get(name2);
  if (found !== void 0) return found;
  throw new RangeError(`no scenario "${name2}"; there are: ${[...SCENARIOS.keys()].join(", ")}`);
}

// tools/sim/machines/flood.ts
var PING_INTERVAL_MS = 1e3;
var SILENT_AFTER_MS = 3e3;
var REDIAL_MS = 1e3;
var WINDOW = 4096;
var EVERYONE = "f".repeat(32);
var Flood = class {
  #birth;
  #links = /* @__PURE__ */ new Map();
  #peers = /* @__PURE__ */ new Map();
  #states = /* @__PURE__ */ new Map();
  #seen = /* @__PURE__ */ new Map();
  #redialMs = Number.POSITIVE_INFINITY;
  #seq = 0;
  #effects = [];
  #nowMs = 0;
  constructor(birth) {
    this.#birth = birth;
  }
  get deadlineMs() {
    let deadlineMs = this.#redialMs;
    for (const link of this.#links.values()) deadlineMs = Math.min(deadlineMs, link.pingMs);
    return deadlineMs;
  }
  handle(input, nowMs, rng) {
    this.#effects = [];
    this.#nowMs = nowMs;
    switch (input.type) {
      case "tick":
        this.#tick();
        break;
      case "found":
        this.#peers.set(input.peer.hub, input.peer);
        this.#dial(input.peer);
        break;
      case "link-opened":
        this.#opened(input.linkId, input.peer, rng);
        break;
      case "link-closed":
        this.#closed(input.linkId);
        break;
      case "frame":
        if (input.heard.form === "routed") this.#routed(input.linkId, input.heard.frame);
        else this.#heard(input.linkId, input.heard.seq, input.heard.message);
        break;
      case "ping":
        this.#originate(input.to, { type: "ECHO", nonce: input.nonce });
        break;
      case "send":
        this.#originate(input.to, input.message);
        break;
      case "publish":
        this.#originate(EVERYONE, input.message);
        break;
      default:
        break;
    }
    return this.#effects;
  }
  inspect() {
    return { tables: [{ table: "links", size: this.#links.size, max: 256 }], members: this.#states };
  }
  #tick() {
    for (const link of [...this.#links.values()]) {
      if (this.#nowMs < link.pingMs) continue;
      if (this.#nowMs - link.heardMs >= SILENT_AFTER_MS) {
        this.#effects.push({ type: "close", linkId: link.linkId, reason: "silent" });
        this.#closed(link.linkId);
        continue;
      }
      link.pingMs += PING_INTERVAL_MS;
      link.seq += 1;
      this.#effects.push({ type: "send", linkId: link.linkId, seq: link.seq, message: { type: "PING" } });
    }
    if (this.#nowMs < this.#redialMs) return;
    this.#redialMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#peers.values()) this.#dial(peer);
  }
  #dial(peer) {
    if (this.#birth.hub >= peer.hub || this.#linkTo(peer.hub) !== void 0) return;
    this.#effects.push({ type: "dial", hub: peer.hub, addresses: peer.addresses });
    this.#redialMs = Math.min(this.#redialMs, this.#nowMs + REDIAL_MS + 5e3);
  }
  #opened(linkId, peer, rng) {
    const pingMs = this.#nowMs + (rng(1)[0] ?? 0) / 256 * PING_INTERVAL_MS;
    this.#links.set(linkId, { linkId, peer, heardMs: this.#nowMs, pingMs, seq: 0 });
    this.#effects.push({ type: "link-up", hub: peer, linkId, name: "" });
    this.#state(peer, "alive");
  }
  #closed(linkId) {
    const link = this.#links.get(linkId);
    if (link === void 0) return;
    this.#links.delete(linkId);
    this.#effects.push({ type: "link-down", hub: link.peer, reason: "closed" });
    if (this.#linkTo(link.peer) === void 0) this.#state(link.peer, "dead");
    this.#redialMs = Math.min(this.#redialMs, this.#nowMs + REDIAL_MS);
  }
  #heard(linkId, seq, message) {
    const link = this.#links.get(linkId);
    if (link === void 0) return;
    link.heardMs = this.#nowMs;
    if (message.type !== "PING" || message.ackOf !== void 0) return;
    link.seq += 1;
    this.#effects.push({ type: "send", linkId, seq: link.seq, message: { type: "PING", ackOf: seq } });
  }
  #originate(dst, payload) {
    this.#seq += 1;
    const { hub: src, epoch: srcEpoch } = this.#birth;
    const frame = { src, srcEpoch, dst, hops: 0, seq: this.#seq, payload };
    this.#isNew(frame);
    this.#flood(frame, -1);
  }
  #routed(linkId, frame) {
    const link = this.#links.get(linkId);
    if (link !== void 0) link.heardMs = this.#nowMs;
    if (!this.#isNew(frame)) return;
    if (frame.dst === this.#birth.hub || frame.dst === EVERYONE) this.#deliver(frame);
    if (frame.dst !== this.#birth.hub && frame.hops < HOPS_MAX) this.#flood({ ...frame, hops: frame.hops + 1 }, linkId);
  }
  #deliver({ src, hops: hops2, payload }) {
    if ("encoded" in payload) return;
    if (payload.type !== "ECHO") this.#effects.push({ type: "deliver", from: src, message: payload });
    else if (payload.hops === void 0) this.#originate(src, { ...payload, hops: hops2 });
    else this.#effects.push({ type: "echo", from: src, nonce: payload.nonce, hops: payload.hops });
  }
  #flood(frame, except) {
    for (const { linkId } of this.#links.values()) {
      if (linkId !== except) this.#effects.push({ type: "forward", linkId, frame });
    }
  }
  #isNew({ src, srcEpoch, seq }) {
    const key2 = `${src} ${srcEpoch}`;
    let seen = this.#seen.get(key2);
    if (seen === void 0) {
      seen = /* @__PURE__ */ new Set();
      this.#seen.set(key2, seen);
    }
    if (seen.has(seq)) return false;
    seen.add(seq);
    if (seen.size > WINDOW) {
      for (const oldest of seen) if (seen.delete(oldest)) break;
    }
    return true;
  }
  #linkTo(hub) {
    for (const link of this.#links.values()) if (link.peer === hub) return link;
    return void 0;
  }
  #state(hub, state) {
    this.#states.set(hub, state);
    this.#effects.push({ type: "notice", notice: { type: "hub-state", hub, state, incarnation: 0 } });
  }
};
var flood = {
  name: "flood",
  about: "links with whom it hears and floods everything: a reference, not a mesh",
  boot: (birth) => new Flood(birth)
};

// runtime/mesh/coordinates/distance.ts
var COORDINATE_STEP_MS = 0.1;
var COORDINATE_MAX_MS = 6e3;
var COORDINATE_DIMENSIONS = 8;
function distanceMs(a, b) {
  return Math.max(0, straightMs(a.vector, b.vector) + a.heightMs + b.heightMs);
}
function straightMs(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
function isCoordinate({ vector, heightMs, error: error2 }) {
  if (vector.length !== COORDINATE_DIMENSIONS) return false;
  for (const value2 of vector) if (!(Math.abs(value2) <= COORDINATE_MAX_MS)) return false;
  return heightMs >= 0 && heightMs <= COORDINATE_MAX_MS && error2 >= 0 && error2 <= 1.5;
}

// runtime/mesh/overlay/chance.ts
function fraction(rng) {
  const [a = 0, b = 0, c = 0, d = 0] = rng(4);
  return ((a << 24 | b << 16 | c << 8 | d) >>> 0) / 2 ** 32;
}
function below2(rng, n) {
  return Math.floor(fraction(rng) * n);
}
function pick(rng, items) {
  return items.length === 0 ? void 0 : items[below2(rng, items.length)];
}
function sample(rng, items, count) {
  const taken = Math.min(count, items.length);
  for (let i = 0; i < taken; i++) {
    const j = i + below2(rng, items.length - i);
    const swapped = items[j];
    items[j] = items[i];
    items[i] = swapped;
  }
  return items.slice(0, taken);
}
function jittered(rng, ms) {
  return ms * (0.75 + fraction(rng) / 2);
}

// runtime/mesh/overlay/peer-memory.ts
var UNDIALABLE_FAILURES = 3;
var PeerMemory = class {
  constructor(self, settings) {
    this.self = self;
    this.settings = settings;
  }
  self;
  settings;
  #peers;
  get size() {
    return this.#peers?.size ?? 0;
  }
  get(hub) {
    return this.#peers?.get(hub);
  }
  values() {
    return this.#peers?.values() ?? NOBODY2;
  }
  /** Takes in what is told of a hub.
   *  @returns undefined for this hub itself, and when the memory is full of more useful ones. */
  meet({ hub, addresses, coordinate: coordinate2 }, source, nowMs) {
    if (hub === this.self) return void 0;
    const peer = this.#peers?.get(hub) ?? this.#add(hub, nowMs);
    if (peer === void 0) return void 0;
    const firsthand = source !== "hearsay";
    if (addresses.length > 0 && (firsthand || !peer.firsthand || peer.failures >= UNDIALABLE_FAILURES)) {
      peer.addresses = addresses;
      peer.firsthand = firsthand;
    }
    if (coordinate2 !== void 0 && (firsthand || !peer.linked)) peer.coordinate = coordinate2;
    if (source === "discovery") peer.local = true;
    peer.heardMs = nowMs;
    return peer;
  }
  linked(hub, nowMs) {
    const peer = this.#peers?.get(hub) ?? this.#add(hub, nowMs);
    if (peer === void 0) return void 0;
    peer.linked = true;
    peer.dialling = void 0;
    peer.failures = 0;
    peer.retryMs = Number.NEGATIVE_INFINITY;
    peer.lostMs = Number.POSITIVE_INFINITY;
    peer.linkedMs = nowMs;
    peer.heardMs = nowMs;
    return peer;
  }
  /** @param decided the link went by decision, of either end. */
  unlinked(hub, rttMs, decided, nowMs, rng) {
    const peer = this.#peers?.get(hub);
    if (peer === void 0) return;
    peer.linked = false;
    peer.rttMs = rttMs;
    peer.linkedMs = nowMs;
    if (decided) peer.retryMs = nowMs + jittered(rng, this.settings.busyMs);
    else {
      peer.lostMs = nowMs;
      peer.retryMs = nowMs + jittered(rng, this.settings.retryMinMs);
    }
  }
  failed(peer, nowMs, rng) {
    const { retryMinMs, retryMaxMs } = this.settings;
    peer.dialling = void 0;
    peer.retryMs = nowMs + jittered(rng, Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(20, peer.failures)));
    peer.failures += 1;
    if (peer.lostMs === Number.POSITIVE_INFINITY && wasLinked(peer)) peer.lostMs = nowMs;
  }
  /** May be dialled now to fill the view. */
  isReady(peer, nowMs) {
    return !peer.linked && peer.dialling === void 0 && nowMs >= peer.retryMs && !isUndialable(peer);
  }
  #add(hub, nowMs) {
    if (hub === this.self) return void 0;
    this.#peers ??= /* @__PURE__ */ new Map();
    if (this.#peers.size >= this.settings.peersMax && !this.#makeRoom()) return void 0;
    const peer = newPeer(hub, nowMs);
    this.#peers.set(hub, peer);
    return peer;
  }
  #makeRoom() {
    let least;
    for (const peer of this.values()) {
      if (peer.linked || peer.dialling !== void 0) continue;
      if (least === void 0 || usefulness(peer) < usefulness(least)) least = peer;
    }
    return least !== void 0 && (this.#peers?.delete(least.hub) ?? false);
  }
};
function usefulness(peer) {
  if (wasLinked(peer)) return 2e15 + peer.linkedMs;
  return (peer.local ? 1e15 : 0) + peer.heardMs - peer.failures * 6e4;
}
var NOBODY2 = Object.freeze([]);
function newPeer(hub, nowMs) {
  return {
    hub,
    addresses: NO_ADDRESSES,
    coordinate: void 0,
    firsthand: false,
    local: false,
    linked: false,
    rttMs: Number.NaN,
    dialling: void 0,
    dialUntilMs: Number.POSITIVE_INFINITY,
    asked: false,
    linkedMs: Number.NEGATIVE_INFINITY,
    heardMs: nowMs,
    lostMs: Number.POSITIVE_INFINITY,
    failures: 0,
    retryMs: Number.NEGATIVE_INFINITY,
    triedMs: Number.NEGATIVE_INFINITY
  };
}
var NO_ADDRESSES = Object.freeze([]);
function wasLinked(peer) {
  return peer.linkedMs !== Number.NEGATIVE_INFINITY;
}
function isStranger(peer) {
  return !peer.local && !wasLinked(peer);
}
function isLost(peer) {
  return peer.lostMs !== Number.POSITIVE_INFINITY;
}
function isUndialable(peer) {
  return peer.failures >= UNDIALABLE_FAILURES && !wasLinked(peer);
}
function recordOf({ hub, addresses, coordinate: coordinate2 }) {
  return coordinate2 === void 0 ? { hub, addresses } : { hub, addresses, coordinate: coordinate2 };
}

// runtime/mesh/overlay/peer-store.ts
var PEERS_KEY = "mesh.peers";
var VERSION = 1;
var HEARSAY_MAX = 32;
var BYTES_MAX = 512 * 1024;
function encodePeers(peers, own, nowMs) {
  const rows = [];
  let hearsay = 0;
  for (const peer of peers.values()) {
    if (peer.addresses.length === 0) continue;
    if (!wasLinked(peer) && !peer.local && ++hearsay > HEARSAY_MAX) continue;
    rows.push(rowOf(peer, nowMs));
  }
  return new TextEncoder().encode(JSON.stringify({ version: VERSION, own, rows }));
}
function restorePeers(peers, bytes, nowMs) {
  if (bytes.length > BYTES_MAX) return void 0;
  const kept = parse(bytes);
  if (kept === void 0 || kept["version"] !== VERSION || !Array.isArray(kept["rows"])) return void 0;
  for (const row of kept["rows"].slice(0, peers.settings.peersMax)) if (isRow(row)) restoreRow(peers, row, nowMs);
  const own = kept["own"];
  return isCoordinateShape(own) ? own : void 0;
}
function rowOf(peer, nowMs) {
  const linkedMs = peer.linked ? nowMs : peer.linkedMs;
  return {
    hub: peer.hub,
    at: peer.addresses,
    local: peer.local,
    failures: peer.failures,
    ...wasLinked(peer) && { linkedAgo: Math.round((nowMs - linkedMs) / 1e3) },
    ...isLost(peer) && { lostAgo: Math.round((nowMs - peer.lostMs) / 1e3) },
    ...peer.coordinate && { coordinate: peer.coordinate }
  };
}
function restoreRow(peers, row, nowMs) {
  const coordinate2 = row.coordinate;
  const record2 = { hub: row.hub, addresses: row.at, ...coordinate2 && { coordinate: coordinate2 } };
  const peer = peers.meet(record2, "hearsay", nowMs);
  if (peer === void 0) return;
  peer.failures = row.failures;
  if (row.linkedAgo !== void 0) peer.linkedMs = nowMs - row.linkedAgo * 1e3;
  const lostAgo = row.lostAgo ?? (row.linkedAgo === 0 ? 0 : void 0);
  if (lostAgo !== void 0) peer.lostMs = nowMs - lostAgo * 1e3;
}
function parse(bytes) {
  try {
    const value2 = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value2 === "object" && value2 !== null ? value2 : void 0;
  } catch {
    return void 0;
  }
}
function isRow(value2) {
  if (typeof value2 !== "object" || value2 === null) return false;
  const { hub, at, failures, linkedAgo, lostAgo, coordinate: coordinate2 } = value2;
  return typeof hub === "string" && isHubId(hub) && Array.isArray(at) && at.length <= 4 && at.every(isAddress) && isAge(failures) && (linkedAgo === void 0 || isAge(linkedAgo)) && (lostAgo === void 0 || isAge(lostAgo)) && (coordinate2 === void 0 || isCoordinateShape(coordinate2));
}
function isAge(value2) {
  return typeof value2 === "number" && Number.isSafeInteger(value2) && value2 >= 0;
}
function isAddress(value2) {
  if (typeof value2 !== "object" || value2 === null) return false;
  const { host, port } = value2;
  return typeof host === "string" && host.length <= 64 && typeof port === "number" && port >= 1 && port <= 65535;
}
function isCoordinateShape(value2) {
  if (typeof value2 !== "object" || value2 === null) return false;
  const { vector, heightMs, error: error2 } = value2;
  if (!Array.isArray(vector) || typeof heightMs !== "number" || typeof error2 !== "number") return false;
  return vector.every((part3) => typeof part3 === "number") && isCoordinate({ vector, heightMs, error: error2 });
}

// runtime/mesh/resilience/bridges.ts
var BRIDGES_MAX = 16;
var BEHIND_MAX = 16;
var FORGOTTEN = 0.5;
var Bridges = class {
  #settings;
  #bridges;
  constructor(settings) {
    this.#settings = settings;
  }
  /** @returns whether it counts as a bridge now. */
  lost(hub, destinations, behind, nowMs) {
    if (destinations < this.#settings.bridgeMin) return false;
    this.#bridges ??= /* @__PURE__ */ new Map();
    const known = this.#bridges.get(hub);
    if (known !== void 0) {
      known.lost = Math.max(destinations, this.#weight(known, nowMs));
      known.lastMs = nowMs;
      if (behind.length > 0) known.behind = behind.slice(0, BEHIND_MAX);
      return true;
    }
    if (this.#bridges.size >= BRIDGES_MAX && !this.#makeRoom(destinations, nowMs)) return false;
    this.#bridges.set(hub, { hub, lost: destinations, lastMs: nowMs, behind: behind.slice(0, BEHIND_MAX) });
    return true;
  }
  /** Those that cost most first; the faded ones are forgotten on the way. */
  ranked(nowMs) {
    if (this.#bridges === void 0) return [];
    for (const bridge of this.#bridges.values()) {
      if (this.#weight(bridge, nowMs) < FORGOTTEN) this.#bridges.delete(bridge.hub);
    }
    return [...this.#bridges.values()].sort(
      (a, b) => this.#weight(b, nowMs) - this.#weight(a, nowMs) || (a.hub < b.hub ? -1 : 1)
    );
  }
  restore(bridges) {
    for (const { hub, lost, behind, lastMs } of bridges.slice(0, BRIDGES_MAX)) this.lost(hub, lost, behind, lastMs);
  }
  #weight(bridge, nowMs) {
    return bridge.lost * 2 ** (-Math.max(0, nowMs - bridge.lastMs) / this.#settings.halfLifeMs);
  }
  #makeRoom(destinations, nowMs) {
    const least = this.ranked(nowMs).at(-1);
    if (least === void 0 || this.#weight(least, nowMs) > destinations) return false;
    return this.#bridges?.delete(least.hub) ?? false;
  }
};

// runtime/mesh/resilience/episodes.ts
var EPISODES_MAX = 16;
var EPISODE_HUBS_MAX = 256;
var CUT_MIN = 3;
var CUT_WEIGHT = 3;
var Episodes = class {
  #settings;
  #slots = [];
  #masks;
  #current = -1;
  constructor(settings) {
    this.#settings = settings;
  }
  /** @returns false when it was noted already in the episode that goes on, or cannot be. */
  vanished(hub, nowMs) {
    const slot = this.#open(nowMs);
    const mask = this.#masks?.get(hub) ?? 0;
    const bit = 1 << this.#current;
    if ((mask & bit) !== 0 || slot.hubs.length >= EPISODE_HUBS_MAX) return false;
    slot.lastMs = nowMs;
    slot.hubs.push(hub);
    this.#masks ??= /* @__PURE__ */ new Map();
    this.#masks.set(hub, mask | bit);
    return true;
  }
  /** It was back at once: what was noted in the episode that goes on was no loss. */
  retract(hub) {
    const slot = this.#slots[this.#current];
    const at = slot?.hubs.indexOf(hub) ?? -1;
    if (slot === void 0 || at < 0) return;
    slot.hubs.splice(at, 1);
    this.#clear(hub, this.#current);
  }
  /** 0 … 1. O(episodes). */
  similarity(a, b, nowMs) {
    const maskA = this.#masks?.get(a) ?? 0;
    const maskB = this.#masks?.get(b) ?? 0;
    if ((maskA & maskB) === 0) return 0;
    let both = 0;
    let either = 0;
    for (let i = 0; i < this.#slots.length; i++) {
      const bit = 1 << i;
      const together = (maskA & maskB & bit) !== 0;
      if (((maskA | maskB) & bit) === 0 || !together && this.#goesOn(i, nowMs)) continue;
      const weight = this.#weight(i, nowMs);
      either += weight;
      if (together) both += weight;
    }
    return either === 0 ? 0 : both / either;
  }
  /** How much this hub was part of cuts: the weights of the episodes of three or more that took it. */
  exposure(hub, nowMs) {
    const mask = this.#masks?.get(hub) ?? 0;
    if (mask === 0) return 0;
    let sum = 0;
    for (let i = 0; i < this.#slots.length; i++) {
      if ((mask & 1 << i) !== 0 && (this.#slots[i]?.hubs.length ?? 0) >= CUT_MIN) sum += this.#weight(i, nowMs);
    }
    return sum;
  }
  list() {
    return this.#slots.flatMap((slot) => slot === void 0 ? [] : [{ beganMs: slot.beganMs, hubs: slot.hubs }]);
  }
  /** Takes over what an earlier run noted. */
  restore(episodes) {
    for (const { beganMs, hubs: hubs2 } of episodes.slice(-EPISODES_MAX)) {
      this.#begin(beganMs);
      for (const hub of hubs2.slice(0, EPISODE_HUBS_MAX)) this.vanished(hub, beganMs);
    }
    this.#current = -1;
  }
  #open(nowMs) {
    const slot = this.#slots[this.#current];
    return slot !== void 0 && this.#goesOn(this.#current, nowMs) ? slot : this.#begin(nowMs);
  }
  #goesOn(at, nowMs) {
    const slot = this.#slots[at];
    if (at !== this.#current || slot === void 0) return false;
    const { episodeGapMs, episodeMaxMs } = this.#settings;
    return nowMs <= slot.lastMs + episodeGapMs && nowMs <= slot.beganMs + episodeMaxMs;
  }
  #begin(nowMs) {
    let at = this.#slots.length;
    if (at >= EPISODES_MAX) {
      at = 0;
      for (let i = 1; i < EPISODES_MAX; i++) {
        if ((this.#slots[i]?.beganMs ?? 0) < (this.#slots[at]?.beganMs ?? 0)) at = i;
      }
      for (const hub of this.#slots[at]?.hubs ?? []) this.#clear(hub, at);
    }
    const slot = { beganMs: nowMs, lastMs: nowMs, hubs: [] };
    this.#slots[at] = slot;
    this.#current = at;
    return slot;
  }
  #clear(hub, slot) {
    const mask = (this.#masks?.get(hub) ?? 0) & ~(1 << slot);
    if (mask === 0) this.#masks?.delete(hub);
    else this.#masks?.set(hub, mask);
  }
  #weight(slot, nowMs) {
    const { beganMs, hubs: hubs2 } = this.#slots[slot] ?? { beganMs: nowMs, hubs: [] };
    const faded = 2 ** (-Math.max(0, nowMs - beganMs) / this.#settings.halfLifeMs);
    return hubs2.length >= CUT_MIN ? CUT_WEIGHT * faded : faded;
  }
};

// runtime/mesh/resilience/lessons.ts
var LESSONS_KEY = "mesh.lessons";
var VERSION2 = 1;
var BYTES_MAX2 = 320 * 1024;
function writeLessons({ episodes, bridges }, nowMs) {
  const ago = (ms) => Math.max(0, Math.round((nowMs - ms) / 1e3));
  const kept = {
    version: VERSION2,
    episodes: episodes.map(({ beganMs, hubs: hubs2 }) => ({ ago: ago(beganMs), hubs: hubs2 })),
    bridges: bridges.map(({ hub, lost, behind, lastMs }) => ({
      hub,
      lost: Math.round(lost),
      behind,
      ago: ago(lastMs)
    }))
  };
  return new TextEncoder().encode(JSON.stringify(kept));
}
function readLessons(bytes, nowMs) {
  if (bytes.length > BYTES_MAX2) return void 0;
  let kept;
  try {
    kept = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return void 0;
  }
  if (typeof kept !== "object" || kept === null) return void 0;
  const { version, episodes, bridges } = kept;
  if (version !== VERSION2 || !Array.isArray(episodes) || !Array.isArray(bridges)) return void 0;
  return {
    episodes: episodes.slice(0, EPISODES_MAX).flatMap((row) => episodeOf(row, nowMs)),
    bridges: bridges.slice(0, BRIDGES_MAX).flatMap((row) => bridgeOf(row, nowMs))
  };
}
function episodeOf(row, nowMs) {
  const { ago, hubs: hubs2 } = fieldsOf(row);
  if (!isCount(ago) || !areHubs(hubs2) || hubs2.length > EPISODE_HUBS_MAX) return [];
  return [{ beganMs: nowMs - ago * 1e3, hubs: hubs2 }];
}
function bridgeOf(row, nowMs) {
  const { ago, hub, lost, behind } = fieldsOf(row);
  if (!isCount(ago) || !isCount(lost) || !areHubs([hub]) || !areHubs(behind)) return [];
  return [{ hub, lost, behind, lastMs: nowMs - ago * 1e3 }];
}
function fieldsOf(row) {
  return typeof row === "object" && row !== null ? row : {};
}
function isCount(value2) {
  return typeof value2 === "number" && Number.isSafeInteger(value2) && value2 >= 0;
}
function areHubs(value2) {
  return Array.isArray(value2) && value2.every((hub) => typeof hub === "string" && isHubId(hub));
}

// runtime/mesh/node/cost.ts
var STEPS = [1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675, 1e3, 2e3, 4e3];
var HOP_COST = 1;
var HYSTERESIS = 1.3;
var COST_UNKNOWN = STEPS[2] + HOP_COST;
function costOf(rttMs, previous) {
  if (Number.isNaN(rttMs)) return previous ?? COST_UNKNOWN;
  const step = stepOf(rttMs);
  if (previous === void 0) return step + HOP_COST;
  const upwards = stepOf(rttMs / HYSTERESIS) + HOP_COST;
  const downwards = stepOf(rttMs * HYSTERESIS) + HOP_COST;
  if (upwards > previous || downwards < previous) return step + HOP_COST;
  return previous;
}
function stepOf(rttMs) {
  for (const step of STEPS) if (rttMs <= step) return step;
  return STEPS[STEPS.length - 1] ?? 0;
}

// runtime/mesh/node/hello.ts
var PROTOCOL_VERSION = 1;
function helloOf(self, gate) {
  return {
    type: "HELLO",
    versions: [PROTOCOL_VERSION],
    id: self.hub,
    epoch: self.epoch,
    boot: self.boot,
    name: self.name,
    chain: gate.chain(),
    addresses: self.addresses
  };
}
function judgeHello(hello2, peer, linked, self, gate) {
  if (!hello2.versions.includes(PROTOCOL_VERSION)) return refused("mesh.hello.version");
  if (hello2.id !== peer) return refused("mesh.hello.notTheChannels");
  if (hello2.id === self.hub) return refused("mesh.hello.self");
  const problem2 = gate.check(peer, hello2.chain);
  if (problem2 !== void 0) return refused(problem2, errorOf("NOT_ADMITTED", problem2));
  const verdict = gate.checkEpoch(peer, hello2.epoch, hello2.boot, linked);
  if (verdict.type === "behind")
    return refused("mesh.hello.epochBehind", errorOf("EPOCH_BEHIND", `epoch ${verdict.epoch} was met before`));
  if (verdict.type === "cloned")
    return refused("mesh.hello.cloned", errorOf("CLONED", "another hub runs with this key"));
  return { ok: true };
}
function refused(problem2, tell) {
  return tell === void 0 ? { ok: false, problem: problem2 } : { ok: false, problem: problem2, tell };
}
function errorOf(code, detail) {
  return { type: "ERROR", code, fault: "remote", detail };
}

// runtime/mesh/node/doorway.ts
var Doorway = class {
  #context;
  /** When the first link that has not said HELLO is given up. */
  #helloMs = Number.POSITIVE_INFINITY;
  constructor(context) {
    this.#context = context;
  }
  get deadlineMs() {
    return this.#helloMs;
  }
  /** @param peer proven by the channel. */
  opened(linkId, dialled, peer, nowMs) {
    const { count, effect, gate, links, self, send, settings } = this.#context;
    if (links.size >= settings.linksMax) {
      count("mesh.linksMax");
      effect({ type: "close", linkId, reason: "too many links" });
      return;
    }
    const link = { linkId, dialled, peer, openedMs: nowMs, neighbour: void 0, sentSeq: 0, heardSeq: 0 };
    links.add(link);
    this.#helloMs = Math.min(this.#helloMs, nowMs + settings.helloTimeoutMs);
    send(link, helloOf(self, gate));
  }
  onHello(link, hello2, nowMs) {
    const { count, cut: cut2, effect, gate, links, self, send, up } = this.#context;
    if (link.neighbour !== void 0) return count("mesh.hello.again");
    const older = links.of(link.peer);
    const verdict = judgeHello(hello2, link.peer, older !== void 0, self, gate);
    if (!verdict.ok) {
      count(verdict.problem);
      if (verdict.tell) send(link, verdict.tell);
      return cut2(link, verdict.problem);
    }
    if (older !== void 0 && this.#rightlyDialled(older) && !this.#rightlyDialled(link))
      return cut2(link, "duplicate");
    if (older !== void 0) cut2(older, "replaced");
    const neighbour2 = {
      hub: hello2.id,
      linkId: link.linkId,
      name: hello2.name,
      epoch: hello2.epoch,
      upMs: nowMs,
      rttMs: Number.NaN,
      cost: costOf(Number.NaN, void 0)
    };
    links.prove(link, neighbour2);
    effect({ type: "link-up", hub: neighbour2.hub, linkId: link.linkId, name: neighbour2.name });
    up(neighbour2, hello2);
  }
  /** Gives up links whose HELLO is overdue. */
  tick(nowMs) {
    if (this.#helloMs > nowMs) return;
    const { count, cut: cut2, links, settings } = this.#context;
    let next = Number.POSITIVE_INFINITY;
    for (const link of [...links.values()]) {
      if (link.neighbour !== void 0) continue;
      const deadlineMs = link.openedMs + settings.helloTimeoutMs;
      if (deadlineMs > nowMs) next = Math.min(next, deadlineMs);
      else {
        count("mesh.helloTimeout");
        cut2(link, "no HELLO in time");
      }
    }
    this.#helloMs = next;
  }
  /** Both ends agree on which of two links stays: the one that the lower id dialled; of two such, the newer. */
  #rightlyDialled(link) {
    return link.dialled === this.#context.self.hub < link.peer;
  }
};

// runtime/core/bounded.ts
var LruMap = class {
  constructor(entriesMax) {
    this.entriesMax = entriesMax;
    if (!(entriesMax >= 1)) throw new RangeError("entriesMax must be at least 1");
  }
  entriesMax;
  #entries = /* @__PURE__ */ new Map();
  get size() {
    return this.#entries.size;
  }
  /** Reading an entry makes it the youngest. */
  get(key2) {
    const value2 = this.#entries.get(key2);
    if (value2 !== void 0) {
      this.#entries.delete(key2);
      this.#entries.set(key2, value2);
    }
    return value2;
  }
  has(key2) {
    return this.#entries.has(key2);
  }
  /** @returns the entry that had to go, if any. */
  set(key2, value2) {
    this.#entries.delete(key2);
    this.#entries.set(key2, value2);
    if (this.#entries.size <= this.entriesMax) return void 0;
    const oldest = this.#entries.entries().next().value;
    if (oldest) this.#entries.delete(oldest[0]);
    return oldest;
  }
  delete(key2) {
    return this.#entries.delete(key2);
  }
  /** From oldest to youngest; does not touch. */
  entries() {
    return this.#entries.entries();
  }
  values() {
    return this.#entries.values();
  }
};

// runtime/mesh/node/hub-names.ts
var HubNames = class {
  #records;
  /** @param hubsMax see `NodeSettings.hubsMax`. */
  constructor(hubsMax) {
    this.#records = new LruMap(hubsMax);
  }
  get(hub) {
    return this.#records.get(hub);
  }
  values() {
    return this.#records.values();
  }
  meet(hub, name2) {
    const known = this.#records.get(hub);
    if (known !== void 0) {
      if (name2 !== "") known.name = name2;
      return known;
    }
    const record2 = { hub, name: name2, advert: void 0, load: void 0 };
    this.#records.set(hub, record2);
    return record2;
  }
  /** @param from who said it. */
  onAdvert(from, advert2) {
    if (advert2.hub !== from) return "of-another";
    const record2 = this.meet(from, advert2.name);
    if (record2.advert !== void 0 && advert2.version <= record2.advert.version) return "old";
    record2.advert = advert2;
    return "new";
  }
  onLoad(from, load2) {
    this.meet(from, "").load = load2;
  }
  /** What a dead hub offered, it offers no longer. */
  forgetOffers(hub) {
    const record2 = this.#records.get(hub);
    if (record2 === void 0) return;
    record2.advert = void 0;
    record2.load = void 0;
  }
  delete(hub) {
    this.#records.delete(hub);
  }
};

// runtime/mesh/node/link-table.ts
var LinkTable = class {
  #byId = /* @__PURE__ */ new Map();
  #byHub = /* @__PURE__ */ new Map();
  get size() {
    return this.#byId.size;
  }
  get(linkId) {
    return this.#byId.get(linkId);
  }
  /** The link that frames to this neighbour go over. */
  of(hub) {
    return this.#byHub.get(hub);
  }
  add(link) {
    if (this.#byId.has(link.linkId)) throw new Error(`link ${link.linkId} opened twice`);
    this.#byId.set(link.linkId, link);
  }
  /** From here on the hub is reached over this link. */
  prove(link, neighbour2) {
    link.neighbour = neighbour2;
    this.#byHub.set(neighbour2.hub, link);
  }
  /** @returns the link, and whether it was the one in use. */
  remove(linkId) {
    const link = this.#byId.get(linkId);
    if (link === void 0) return void 0;
    this.#byId.delete(linkId);
    const inUse = link.neighbour !== void 0 && this.#byHub.get(link.neighbour.hub) === link;
    if (inUse && link.neighbour !== void 0) this.#byHub.delete(link.neighbour.hub);
    return { link, inUse };
  }
  values() {
    return this.#byId.values();
  }
  neighbours() {
    const all = [];
    for (const { neighbour: neighbour2 } of this.#byHub.values()) if (neighbour2 !== void 0) all.push(neighbour2);
    return all;
  }
  get neighbourCount() {
    return this.#byHub.size;
  }
};

// runtime/mesh/broadcast/bucket.ts
function take(bucket, perSecond, burst, nowMs, cost = 1) {
  bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) * perSecond / 1e3);
  bucket.atMs = nowMs;
  if (bucket.tokens < cost) return false;
  bucket.tokens -= cost;
  return true;
}

// runtime/mesh/broadcast/memory.ts
var KEPT_OVERHEAD_BYTES = 160;
var Memory = class {
  constructor(seenMax, keepMs, keepBytesMax) {
    this.seenMax = seenMax;
    this.keepMs = keepMs;
    this.keepBytesMax = keepBytesMax;
  }
  seenMax;
  keepMs;
  keepBytesMax;
  #seen = /* @__PURE__ */ new Set();
  #kept = /* @__PURE__ */ new Map();
  #keptBytes = 0;
  has(id) {
    return this.#seen.has(id);
  }
  get(id) {
    return this.#kept.get(id);
  }
  /** Youngest last. */
  kept() {
    return this.#kept.entries();
  }
  /** From now on it is a duplicate. */
  see(id) {
    this.#seen.add(id);
    if (this.#seen.size <= this.seenMax) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }
  keep(id, kept) {
    this.see(id);
    this.#kept.set(id, kept);
    this.#keptBytes += kept.payload.length + KEPT_OVERHEAD_BYTES;
    for (const [oldest, { atMs, payload }] of this.#kept) {
      if (this.#keptBytes <= this.keepBytesMax && kept.atMs - atMs <= this.keepMs) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= payload.length + KEPT_OVERHEAD_BYTES;
    }
  }
};
var ANNOUNCERS_MAX = 8;
var MissingTable = class {
  constructor(entriesMax) {
    this.entriesMax = entriesMax;
  }
  entriesMax;
  #entries = /* @__PURE__ */ new Map();
  /** No entry is due before; the true minimum may be later. */
  dueMs = Number.POSITIVE_INFINITY;
  get size() {
    return this.#entries.size;
  }
  /** @returns false when there is no room for another. */
  announce(id, scope, from, round, nowMs, waitMs) {
    const known = this.#entries.get(id);
    if (known === void 0) {
      if (this.#entries.size >= this.entriesMax) return false;
      const dueMs = nowMs + waitMs;
      const announced = { scope, announcedMs: nowMs, dueMs, announcers: [from] };
      this.#entries.set(id, { ...announced, tries: 0, bestRound: round, best: from });
      this.dueMs = Math.min(this.dueMs, dueMs);
      return true;
    }
    if (known.announcers.length < ANNOUNCERS_MAX && !known.announcers.includes(from)) known.announcers.push(from);
    if (round < known.bestRound) {
      known.bestRound = round;
      known.best = from;
    }
    return true;
  }
  /** @returns what was known of it. */
  take(id) {
    const missing = this.#entries.get(id);
    if (missing !== void 0) this.#entries.delete(id);
    return missing;
  }
  /** Calls `ask` for each that is due; it says when to ask again, or undefined to give up. */
  due(nowMs, ask) {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, missing] of this.#entries) {
      if (missing.dueMs <= nowMs) {
        const againMs = ask(id, missing);
        if (againMs === void 0) {
          this.#entries.delete(id);
          continue;
        }
        missing.dueMs = againMs;
      }
      nextMs = Math.min(nextMs, missing.dueMs);
    }
    this.dueMs = nextMs;
  }
};

// runtime/mesh/broadcast/message-id.ts
var HEAD_BYTES = 49;
function messageIdOf(hash2, scope, src, epoch, seq, payload) {
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 32; i++) bytes[i] = src.charCodeAt(i);
  view.setFloat64(32, epoch);
  view.setFloat64(40, seq);
  bytes[48] = scope === "cell" ? 1 : 0;
  bytes.set(payload, HEAD_BYTES);
  return readId(hash2(bytes), 0);
}
function readId(bytes, at) {
  let id = 0;
  for (let i = 0; i < MESSAGE_ID_BYTES; i++) id = id * 256 + (bytes[at + i] ?? 0);
  return id;
}
function writeId(bytes, at, id) {
  let rest = id;
  for (let i = MESSAGE_ID_BYTES - 1; i >= 0; i--) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}
function packIds(ids) {
  const bytes = new Uint8Array(ids.length * MESSAGE_ID_BYTES);
  for (const [index, id] of ids.entries()) writeId(bytes, index * MESSAGE_ID_BYTES, id);
  return bytes;
}
function packAnnouncements(ids, roundOf) {
  const bytes = new Uint8Array(ids.length * IHAVE_BYTES);
  for (const [index, id] of ids.entries()) {
    writeId(bytes, index * IHAVE_BYTES, id);
    bytes[index * IHAVE_BYTES + MESSAGE_ID_BYTES] = roundOf(id);
  }
  return bytes;
}

// runtime/mesh/broadcast/settings.ts
var BROADCAST_DEFAULTS = {
  announceAfterMs: 200,
  graftAfterMs: 400,
  graftAfterMsMax: 3e3,
  graftRetryMs: 400,
  graftTriesMax: 6,
  optimizeHops: 2,
  rootMs: 6e5,
  keepMs: 3e4,
  keepBytesMax: 1024 * 1024,
  seenMax: 4096,
  missingMax: 1024,
  roundsMax: 64,
  originRate: 10,
  originBurst: 100,
  originsMax: 1024,
  neighbourRate: 200,
  neighbourBurst: 1e3
};

// runtime/mesh/broadcast/broadcast.ts
var IDS_MAX2 = 128;
var PAYLOAD_BYTES_MAX = 60 * 1024;
var SCOPES = ["everyone", "cell"];
var LATE_DECAY = 0.9;
var PRUNE_AGAIN_MS = 1e3;
var Broadcast = class {
  #options;
  #settings;
  #branches = /* @__PURE__ */ new Map();
  #memory;
  #missing;
  #origins = /* @__PURE__ */ new Map();
  #seq = 0;
  /** How long after its announcement a payload came along the tree: the worst lately. */
  #lateMs = 0;
  #announceMs = Number.POSITIVE_INFINITY;
  #roots = {};
  constructor(options2) {
    this.#options = options2;
    this.#settings = options2.settings ?? BROADCAST_DEFAULTS;
    const { seenMax, keepMs, keepBytesMax, missingMax } = this.#settings;
    this.#memory = new Memory(seenMax, keepMs, keepBytesMax);
    this.#missing = new MissingTable(missingMax);
  }
  get deadlineMs() {
    return Math.min(this.#announceMs, this.#missing.dueMs);
  }
  tick(nowMs, _rng) {
    if (this.#announceMs <= nowMs) this.#announce();
    if (this.#missing.dueMs <= nowMs) this.#graftMissing(nowMs);
  }
  neighbourUp(neighbour2, nowMs, rng) {
    const branch = {
      hub: neighbour2.hub,
      eager: { everyone: true, cell: true },
      announce: void 0,
      prunedMs: Number.NEGATIVE_INFINITY,
      tokens: this.#settings.neighbourBurst,
      atMs: nowMs
    };
    this.#branches.set(neighbour2.hub, branch);
    for (const [id, kept] of this.#memory.kept()) {
      if (nowMs - kept.atMs <= this.#settings.keepMs / 2) this.#queueAnnouncement(branch, kept.scope, id, nowMs, rng);
    }
  }
  neighbourDown(hub, _nowMs, _rng) {
    this.#branches.delete(hub);
  }
  /** To every hub of the scope but this one.
   *  @param except a neighbour that needs neither payload nor announcement: it is where the news came from.
   *  @throws RangeError when it is longer than `PAYLOAD_BYTES_MAX`, and whatever `encode` throws. */
  publish(scope, message, nowMs, rng, except) {
    const { self, epoch, encode, hash: hash2 } = this.#options;
    const payload = encode(message);
    if (payload.length > PAYLOAD_BYTES_MAX) throw new RangeError(`a broadcast of ${payload.length} bytes`);
    this.#seq += 1;
    const id = messageIdOf(hash2, scope, self, epoch, this.#seq, payload);
    const kept = { scope, src: self, epoch, seq: this.#seq, round: 0, payload, from: void 0, atMs: nowMs };
    this.#watchRoot(id, kept);
    this.#spread(id, kept, rng, except);
  }
  onGossip(from, body, nowMs, rng) {
    const branch = this.#branches.get(from);
    if (branch === void 0) return this.#count("no-neighbour");
    const { neighbourRate, neighbourBurst } = this.#settings;
    if (!take(branch, neighbourRate, neighbourBurst, nowMs)) return this.#count("neighbour-flood");
    if (body.scope === "cell" && !this.#options.inCell(from)) return this.#count("other-cell");
    switch (body.op) {
      case "gossip":
        return this.#onPayload(branch, body, nowMs, rng);
      case "ihave":
        return this.#onAnnouncements(branch, body, nowMs);
      case "graft":
        return this.#onGraft(branch, body, nowMs);
      case "prune":
        branch.eager[body.scope] = false;
    }
  }
  /** The neighbours that payloads of this scope are pushed to. For people and tests. */
  eagerNeighbours(scope) {
    return [...this.#branches.values()].filter(({ eager }) => eager[scope]).map(({ hub }) => hub);
  }
  #onPayload(branch, body, nowMs, rng) {
    const { scope, src, epoch, seq, round, payload } = body;
    if (src === void 0 || epoch === void 0 || seq === void 0 || round === void 0 || payload === void 0)
      return this.#count("malformed");
    const id = messageIdOf(this.#options.hash, scope, src, epoch, seq, payload);
    if (this.#memory.has(id)) return this.#onDuplicate(branch, scope, id, nowMs);
    if (src === this.#options.self) return this.#count("own");
    const missing = this.#missing.take(id);
    if (!this.#originMay(src, nowMs)) {
      this.#memory.see(id);
      return this.#count("origin-flood");
    }
    branch.eager[scope] = true;
    const behind = round + 1;
    const kept = { scope, src, epoch, seq, round: behind, payload, from: branch.hub, atMs: nowMs };
    this.#watchRoot(id, kept);
    this.#spread(id, kept, rng);
    if (missing?.tries === 0) this.#lateMs = Math.max(nowMs - missing.announcedMs, this.#lateMs * LATE_DECAY);
    if (missing !== void 0) this.#optimize(scope, id, missing.best, missing.bestRound, nowMs);
    const message = this.#options.decode(payload);
    if (message === void 0) return this.#count("unreadable");
    this.#options.sink.notice({ type: "deliver", from: src, message });
  }
  /** Twice what the tree was lately behind the announcements. */
  #patienceMs() {
    const { graftAfterMs, graftAfterMsMax } = this.#settings;
    return Math.min(graftAfterMsMax, Math.max(graftAfterMs, 2 * this.#lateMs));
  }
  #onDuplicate(branch, scope, id, nowMs) {
    this.#count("duplicate");
    this.#unqueue(branch, scope, id);
    if (this.#memory.get(id)?.from === branch.hub) return;
    if (!branch.eager[scope] && nowMs - branch.prunedMs < PRUNE_AGAIN_MS) return;
    this.#prune(branch, scope, nowMs);
  }
  #onAnnouncements(branch, { scope, ids }, nowMs) {
    if (ids === void 0 || ids.length % IHAVE_BYTES !== 0 || ids.length > IDS_MAX2 * IHAVE_BYTES)
      return this.#count("malformed");
    for (let at = 0; at < ids.length; at += IHAVE_BYTES) {
      const id = readId(ids, at);
      const round = ids[at + MESSAGE_ID_BYTES] ?? 0;
      if (this.#memory.has(id)) {
        this.#unqueue(branch, scope, id);
        this.#optimize(scope, id, branch.hub, round, nowMs);
      } else if (!this.#missing.announce(id, scope, branch.hub, round, nowMs, this.#patienceMs())) {
        this.#count("missing-full");
      }
    }
  }
  #onGraft(branch, { scope, ids }, nowMs) {
    if (ids !== void 0 && (ids.length % MESSAGE_ID_BYTES !== 0 || ids.length > IDS_MAX2 * MESSAGE_ID_BYTES))
      return this.#count("malformed");
    branch.eager[scope] = true;
    const { neighbourRate, neighbourBurst } = this.#settings;
    for (let at = 0; ids !== void 0 && at < ids.length; at += MESSAGE_ID_BYTES) {
      const kept = this.#memory.get(readId(ids, at));
      if (kept === void 0 || kept.scope !== scope) this.#count("graft-unknown");
      else if (take(branch, neighbourRate, neighbourBurst, nowMs)) this.#push(branch.hub, kept);
      else return this.#count("neighbour-flood");
    }
  }
  #spread(id, kept, rng, except = kept.from) {
    this.#memory.keep(id, kept);
    if (kept.round >= this.#settings.roundsMax) return this.#count("rounds");
    for (const branch of this.#branches.values()) {
      if (branch.hub === except || branch.hub === kept.src || !this.#takesPart(branch, kept.scope)) continue;
      if (branch.eager[kept.scope]) this.#push(branch.hub, kept);
      else this.#queueAnnouncement(branch, kept.scope, id, kept.atMs, rng);
    }
  }
  #push(to, { scope, src, epoch, seq, round, payload }) {
    this.#options.sink.send(to, { type: "GOSSIP", op: "gossip", scope, src, epoch, seq, round, payload });
  }
  #takesPart(branch, scope) {
    return scope === "everyone" || this.#options.inCell(branch.hub);
  }
  #queueAnnouncement(branch, scope, id, nowMs, rng) {
    branch.announce ??= {};
    const queue = branch.announce[scope] ?? [];
    branch.announce[scope] = queue;
    queue.push(id);
    if (queue.length > IDS_MAX2) queue.shift();
    if (this.#announceMs < Number.POSITIVE_INFINITY) return;
    this.#announceMs = nowMs + this.#settings.announceAfterMs * (0.5 + (rng(1)[0] ?? 0) / 256);
  }
  /** The neighbour has it: telling it so is a waste. Of two lazy neighbours mostly one announces. */
  #unqueue({ announce }, scope, id) {
    const queue = announce?.[scope];
    const index = queue?.indexOf(id) ?? -1;
    if (index >= 0) queue?.splice(index, 1);
  }
  #announce() {
    this.#announceMs = Number.POSITIVE_INFINITY;
    for (const branch of this.#branches.values()) {
      const { announce } = branch;
      if (announce === void 0) continue;
      branch.announce = void 0;
      for (const scope of SCOPES) {
        const ids = announce[scope]?.filter((id) => this.#memory.get(id) !== void 0) ?? [];
        if (ids.length === 0 || !this.#takesPart(branch, scope)) continue;
        const roundOf = (id) => this.#memory.get(id)?.round ?? 0;
        this.#options.sink.send(branch.hub, {
          type: "GOSSIP",
          op: "ihave",
          scope,
          ids: packAnnouncements(ids, roundOf)
        });
      }
    }
  }
  #graftMissing(nowMs) {
    const wanted = /* @__PURE__ */ new Map();
    this.#missing.due(nowMs, (id, missing) => {
      const hub = missing.tries < this.#settings.graftTriesMax ? this.#nextAnnouncer(missing) : void 0;
      if (hub === void 0) {
        this.#count("given-up");
        return void 0;
      }
      missing.tries += 1;
      const ids = wanted.get(hub) ?? { everyone: [], cell: [] };
      wanted.set(hub, ids);
      ids[missing.scope].push(id);
      return nowMs + this.#settings.graftRetryMs;
    });
    for (const [hub, ids] of wanted) for (const scope of SCOPES) this.#graft(hub, scope, ids[scope]);
  }
  /** The first that still is a neighbour; it goes to the end. */
  #nextAnnouncer({ announcers }) {
    for (let left = announcers.length; left > 0; left--) {
      const hub = announcers.shift();
      if (hub === void 0 || !this.#branches.has(hub)) continue;
      announcers.push(hub);
      return hub;
    }
    return void 0;
  }
  #graft(hub, scope, ids) {
    const branch = this.#branches.get(hub);
    if (branch === void 0 || ids.length === 0) return;
    branch.eager[scope] = true;
    this.#count("graft");
    for (let at = 0; at < ids.length; at += IDS_MAX2) {
      const some = ids.slice(at, at + IDS_MAX2);
      this.#options.sink.send(hub, { type: "GOSSIP", op: "graft", scope, ids: packIds(some) });
    }
  }
  /** The origin with the least id of those heard of lately is the root: every hub comes to the same one. */
  #watchRoot(id, { scope, src, from, round, atMs }) {
    const root = this.#roots[scope];
    if (root !== void 0 && src > root.src && atMs - root.heardMs < this.#settings.rootMs) return;
    this.#roots[scope] = { src, heardMs: atMs, id, parent: from, round };
  }
  /**
   * Takes a much shorter way. Only the hops of the root's latest count: a tree that follows each origin in turn swings
   * between them and tears. Every change leads to a hub nearer to the root, so no changes together make a circle.
   */
  #optimize(scope, id, hub, roundThere, nowMs) {
    const root = this.#roots[scope];
    if (root?.id !== id || roundThere + 1 + this.#settings.optimizeHops > root.round) return;
    const nearer = this.#branches.get(hub);
    const parent = root.parent === void 0 ? void 0 : this.#branches.get(root.parent);
    if (nearer === void 0 || parent === void 0 || nearer.eager[scope]) return;
    this.#count("optimized");
    root.parent = hub;
    root.round = roundThere + 1;
    nearer.eager[scope] = true;
    this.#options.sink.send(hub, { type: "GOSSIP", op: "graft", scope });
    this.#prune(parent, scope, nowMs);
  }
  #prune(branch, scope, nowMs) {
    branch.eager[scope] = false;
    branch.prunedMs = nowMs;
    this.#options.sink.send(branch.hub, { type: "GOSSIP", op: "prune", scope });
  }
  #originMay(src, nowMs) {
    const { originRate, originBurst, originsMax } = this.#settings;
    const bucket = this.#origins.get(src) ?? { tokens: originBurst, atMs: nowMs };
    this.#origins.delete(src);
    this.#origins.set(src, bucket);
    if (this.#origins.size > originsMax) {
      for (const oldest of this.#origins.keys()) {
        this.#origins.delete(oldest);
        break;
      }
    }
    return take(bucket, originRate, originBurst, nowMs);
  }
  #count(what) {
    this.#options.sink.count(`mesh.broadcast.${what}`);
  }
};

// runtime/mesh/forwarding/token-bucket.ts
var ROUNDING = 1e-6;
var TokenBucket = class {
  constructor(perSecond, burst) {
    this.perSecond = perSecond;
    this.burst = burst;
    if (!(perSecond > 0 && burst > 0)) throw new RangeError("a bucket needs a rate and a burst");
    this.#tokens = burst;
  }
  perSecond;
  burst;
  #tokens;
  #filledMs = Number.NEGATIVE_INFINITY;
  /** @returns whether there were enough; only then are they gone. */
  take(nowMs, tokens = 1) {
    this.#fill(nowMs);
    if (this.#tokens < tokens - ROUNDING) return false;
    this.#tokens = Math.max(0, this.#tokens - tokens);
    return true;
  }
  /** When that many will be there, at least 1 ms from now if they are not: a shorter wait is lost in rounding. More than the burst never
   *  are there at once: then when the bucket is full. Unit: ms. */
  readyMs(nowMs, tokens = 1) {
    this.#fill(nowMs);
    const missing = Math.min(tokens, this.burst) - this.#tokens;
    return missing <= 0 ? nowMs : nowMs + Math.max(1, missing / this.perSecond * 1e3);
  }
  #fill(nowMs) {
    if (nowMs <= this.#filledMs) return;
    if (this.#filledMs !== Number.NEGATIVE_INFINITY)
      this.#tokens = Math.min(this.burst, this.#tokens + (nowMs - this.#filledMs) / 1e3 * this.perSecond);
    this.#filledMs = nowMs;
  }
};

// runtime/mesh/directory/authority.ts
var LABEL = Uint8Array.from("mindos-place-v1", (character) => character.charCodeAt(0));
function signedBytes(hub, place3) {
  const numbers = new DataView(new ArrayBuffer(16));
  putUint53(numbers, 0, place3.epoch);
  putUint53(numbers, 8, place3.version);
  return concatBytes(LABEL, idToBytes(hub), new Uint8Array(numbers.buffer), ...place3.locator.map(idToBytes));
}
function isProven(hub, place3, authority) {
  if (authority === void 0) return true;
  return place3.proof !== void 0 && authority.verify(hub, place3.proof, signedBytes(hub, place3));
}
function isNewer(a, b) {
  return a.epoch > b.epoch || a.epoch === b.epoch && a.version > b.version;
}
function putUint53(view, at, value2) {
  view.setUint32(at, Math.floor(value2 / 4294967296));
  view.setUint32(at + 4, value2 >>> 0);
}

// runtime/mesh/directory/rendezvous.ts
function word(id, k) {
  let value2 = 0;
  for (let i = k * 8; i < k * 8 + 8; i++) {
    const code = id.charCodeAt(i);
    value2 = value2 << 4 | (code < 58 ? code - 48 : code - 87);
  }
  return value2;
}
function mix(value2) {
  let hash2 = value2;
  hash2 = Math.imul(hash2 ^ hash2 >>> 16, 2246822507);
  hash2 = Math.imul(hash2 ^ hash2 >>> 13, 3266489909);
  return hash2 ^ hash2 >>> 16;
}
function score(key2, candidate) {
  const a = mix(word(key2, 0) ^ Math.imul(word(candidate, 0), 2654435761));
  const b = mix(a ^ word(key2, 1) ^ Math.imul(word(candidate, 1), 2654435761));
  return ((b >>> 0) + (mix(a + b) >>> 12) / 1048576 + 2 ** -21) / 4294967296;
}
function chooseTwo(key2, candidates) {
  let first;
  let second;
  let firstScore = -1;
  let secondScore = -1;
  for (const candidate of candidates) {
    const own = score(key2, candidate);
    if (own > firstScore) {
      second = first;
      secondScore = firstScore;
      first = candidate;
      firstScore = own;
    } else if (own > secondScore) {
      second = candidate;
      secondScore = own;
    }
  }
  return [first, second];
}

// runtime/mesh/directory/descent.ts
var SECOND_REGION = 1;
var SECOND_HUB = 2;
function stepTowards(ways, self, key2, rank) {
  for (let level = ways.topLevel; level >= 1; level--) {
    const unit = chosenUnit(ways, key2, level, rank);
    if (unit === void 0) return "nowhere";
    if (unit !== ways.locator[level - 1]) return ways.nextHopTo(level, unit) ?? "nowhere";
  }
  const keeper = keepers(ways, key2)[(rank & SECOND_HUB) === 0 ? 0 : 1];
  if (keeper === void 0) return "nowhere";
  if (keeper === self) return "here";
  return ways.nextHop(keeper, ways.locator) ?? "nowhere";
}
function keepers(ways, key2) {
  return chooseTwo(key2, ways.cell());
}
function topRegions(ways, key2) {
  return chooseTwo(key2, unitIds(ways, ways.topLevel));
}
function unitIds(ways, level) {
  return ways.units(level).map((unit) => unit.id);
}
function chosenUnit(ways, key2, level, rank) {
  const [first, second] = chooseTwo(key2, unitIds(ways, level));
  return level === ways.topLevel && (rank & SECOND_REGION) !== 0 ? second ?? first : first;
}

// runtime/mesh/directory/holdings.ts
var Holdings = class {
  constructor(placesMax) {
    this.placesMax = placesMax;
  }
  placesMax;
  #byHub;
  get size() {
    return this.#byHub?.size ?? 0;
  }
  /** @returns undefined for what has run out. */
  get(hub, nowMs) {
    const holding = this.#byHub?.get(hub);
    return holding !== void 0 && holding.untilMs > nowMs ? holding : void 0;
  }
  /** @returns "stale" for what is older than what is known, "full" for what there is no room for. */
  put(hub, place3, rank, nowMs) {
    this.#byHub ??= /* @__PURE__ */ new Map();
    const untilMs = nowMs + place3.lifetimeS * 1e3;
    const known = this.#byHub.get(hub);
    if (known !== void 0) {
      if (known.untilMs > nowMs && isNewer(known.place, place3)) return "stale";
      known.place = place3;
      known.rank = rank;
      known.untilMs = untilMs;
      return "kept";
    }
    if (this.#byHub.size >= this.placesMax) this.sweep(nowMs);
    if (this.#byHub.size >= this.placesMax) return "full";
    this.#byHub.set(hub, { place: place3, rank, untilMs });
    return "kept";
  }
  entries() {
    return this.#byHub ?? [];
  }
  sweep(nowMs) {
    for (const [hub, holding] of this.#byHub ?? []) if (holding.untilMs <= nowMs) this.#byHub?.delete(hub);
    if (this.#byHub?.size === 0) this.#byHub = void 0;
  }
};

// runtime/mesh/directory/lookups.ts
var FIRST_RING = 2;
var WAITING2 = 99;
var Lookups = class {
  #ways;
  #settings;
  #asking;
  #asks;
  #answers;
  #lookups;
  #framesWaiting = 0;
  /** Smoothed time to an answer, NaN before the first. Unit: ms. */
  #answerMs = Number.NaN;
  #deadlineMs = Number.POSITIVE_INFINITY;
  constructor(ways, settings, asking) {
    this.#ways = ways;
    this.#settings = settings;
    this.#asking = asking;
    this.#asks = new TokenBucket(settings.asksPerSecond, settings.asksPerSecond);
  }
  get deadlineMs() {
    return this.#deadlineMs;
  }
  get framesWaiting() {
    return this.#framesWaiting;
  }
  known(hub, nowMs) {
    const answer = this.#answers?.get(hub);
    return answer !== void 0 && nowMs - answer.heardMs < this.#settings.cacheMs ? answer.place?.locator : void 0;
  }
  /** What was believed has led nowhere. An answer of just now stays: asking again would bring the same. */
  invalidate(hub, nowMs) {
    const answer = this.#answers?.get(hub);
    if (answer !== void 0 && nowMs - answer.heardMs >= this.#settings.freshMs) this.#answers?.delete(hub);
  }
  wait(frame, nowMs) {
    const hub = frame.dst;
    const running = this.#lookups?.get(hub);
    const lookup2 = running ?? this.#begin(hub, nowMs);
    if (lookup2 === void 0) {
      this.#asking.unresolved(frame, nowMs);
      return;
    }
    const tooMany = this.#enqueue(lookup2, frame);
    if (running === void 0) this.#advance(hub, lookup2, nowMs);
    this.#schedule();
    if (tooMany !== void 0) {
      this.#asking.count("mesh.directory.queueFull");
      this.#asking.unresolved(tooMany, nowMs);
    }
  }
  /** @param place undefined: who was asked does not know. */
  answered(hub, place3, nowMs) {
    const lookup2 = this.#lookups?.get(hub);
    if (lookup2 === void 0) {
      this.#asking.count("mesh.directory.unasked");
      return;
    }
    const before = this.#answers?.get(hub)?.place;
    if (place3 !== void 0 && !(before !== void 0 && isNewer(before, place3))) {
      this.#timed(nowMs - lookup2.askedMs);
      this.#remember(hub, place3, nowMs);
      if (this.#ways.nextHop(hub, place3.locator) !== void 0) {
        this.#release(hub, lookup2, nowMs);
        return;
      }
    }
    if (lookup2.step < FIRST_RING) this.#advance(hub, lookup2, nowMs);
    this.#schedule();
  }
  tick(nowMs) {
    for (const [hub, lookup2] of this.#lookups ?? []) {
      const dueMs = Math.min(lookup2.dueMs, lookup2.pollMs);
      if (dueMs > nowMs) continue;
      if (this.#reachable(hub, nowMs)) this.#release(hub, lookup2, nowMs);
      else {
        lookup2.pollMs = nowMs + this.#settings.pollMs;
        if (lookup2.dueMs <= nowMs) this.#advance(hub, lookup2, nowMs);
      }
    }
    this.#schedule();
  }
  /** Routes have changed: frames need not wait for the next poll. */
  waysChanged(nowMs) {
    for (const [hub, lookup2] of this.#lookups ?? []) if (this.#reachable(hub, nowMs)) this.#release(hub, lookup2, nowMs);
    this.#schedule();
  }
  /** @returns undefined when nobody knew a moment ago, or too many are asked for. */
  #begin(hub, nowMs) {
    this.#lookups ??= /* @__PURE__ */ new Map();
    const { lookupsMax, negativeMs, freshMs, pollMs } = this.#settings;
    const answer = this.#answers?.get(hub);
    const age = answer === void 0 ? Number.POSITIVE_INFINITY : nowMs - answer.heardMs;
    if (answer?.place === void 0 && age < negativeMs) return void 0;
    if (this.#lookups.size >= lookupsMax || !this.#asks.take(nowMs)) {
      this.#asking.count("mesh.directory.tooManyLookups");
      return void 0;
    }
    const step = age < freshMs ? WAITING2 : -1;
    const lookup2 = { step, startedMs: nowMs, askedMs: nowMs, dueMs: nowMs, pollMs: nowMs + pollMs, frames: [] };
    this.#lookups.set(hub, lookup2);
    return lookup2;
  }
  /** The next step that asks anybody. */
  #advance(hub, lookup2, nowMs) {
    lookup2.askedMs = nowMs;
    lookup2.dueMs = nowMs + this.#timeoutMs();
    while (lookup2.step <= this.#ways.topLevel) {
      lookup2.step += 1;
      const { step } = lookup2;
      if (step === 0 || step === 1) {
        if (this.#ways.topLevel > 0 && this.#asking.ask(hub, step)) return;
      } else if (this.#asking.search(hub, step - FIRST_RING + 1, nowMs)) return;
    }
    lookup2.step = WAITING2;
    lookup2.dueMs = lookup2.startedMs + this.#settings.patienceMs;
    if (lookup2.dueMs <= nowMs) this.#fail(hub, lookup2, nowMs);
  }
  #fail(hub, lookup2, nowMs) {
    this.#forget(hub, lookup2);
    this.#remember(hub, void 0, nowMs);
    this.#asking.count("mesh.directory.unresolved");
    for (const frame of lookup2.frames) this.#asking.unresolved(frame, nowMs);
  }
  #release(hub, lookup2, nowMs) {
    const here = this.#ways.nextHop(hub, this.#ways.locator) !== void 0;
    const locator2 = here ? this.#ways.locator : this.#answers?.get(hub)?.place?.locator;
    this.#forget(hub, lookup2);
    for (const frame of lookup2.frames) this.#asking.resolved({ ...frame, locator: locator2 }, nowMs);
  }
  #forget(hub, lookup2) {
    this.#lookups?.delete(hub);
    this.#framesWaiting -= lookup2.frames.length;
    this.#schedule();
  }
  #reachable(hub, nowMs) {
    if (this.#ways.nextHop(hub, this.#ways.locator) !== void 0) return true;
    const locator2 = this.known(hub, nowMs);
    return locator2 !== void 0 && this.#ways.nextHop(hub, locator2) !== void 0;
  }
  /** @returns the frame there was no room for. */
  #enqueue(lookup2, frame) {
    const { framesPerHubMax, framesMax } = this.#settings;
    if (lookup2.frames.length >= framesPerHubMax) {
      lookup2.frames.push(frame);
      return lookup2.frames.shift();
    }
    if (this.#framesWaiting >= framesMax) return frame;
    lookup2.frames.push(frame);
    this.#framesWaiting += 1;
    return void 0;
  }
  #remember(hub, place3, heardMs) {
    this.#answers ??= new LruMap(this.#settings.cacheMax);
    this.#answers.set(hub, { place: place3, heardMs });
  }
  #timed(tookMs) {
    this.#answerMs = Number.isNaN(this.#answerMs) ? tookMs : this.#answerMs + (tookMs - this.#answerMs) / 8;
  }
  #timeoutMs() {
    const { timeoutMs, timeoutMsMin, timeoutMsMax } = this.#settings;
    if (Number.isNaN(this.#answerMs)) return timeoutMs;
    return Math.min(timeoutMsMax, Math.max(timeoutMsMin, 4 * this.#answerMs));
  }
  #schedule() {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { dueMs, pollMs } of this.#lookups?.values() ?? [])
      deadlineMs = Math.min(deadlineMs, Math.min(dueMs, pollMs));
    this.#deadlineMs = deadlineMs;
  }
};

// runtime/mesh/directory/own-place.ts
var OwnPlace = class {
  #hub;
  #epoch;
  #settings;
  #authority;
  #version = 0;
  #locator = [];
  #proof;
  #intervalMs;
  #dueMs = Number.POSITIVE_INFINITY;
  /** The highest regions that were told, to notice when others become responsible. */
  #told = [void 0, void 0];
  constructor(hub, epoch, settings, authority) {
    this.#hub = hub;
    this.#epoch = epoch;
    this.#settings = settings;
    this.#authority = authority;
    this.#intervalMs = settings.registerMs;
  }
  /** +Infinity in a mesh of one cell, which needs no directory. */
  get dueMs() {
    return this.#dueMs;
  }
  moved(locator2, nowMs, rng) {
    this.#locator = locator2;
    this.#version += 1;
    this.#proof = void 0;
    if (locator2.length === 0) this.#dueMs = Number.POSITIVE_INFINITY;
    else this.#soon(nowMs, rng);
  }
  /** Others have become responsible? Then they are told soon. */
  check(regions, nowMs, rng) {
    if (this.#locator.length === 0 || regions[0] === this.#told[0] && regions[1] === this.#told[1]) return;
    this.#told = regions;
    this.#soon(nowMs, rng);
  }
  registered(regions, nowMs, rng) {
    this.#told = regions;
    this.#dueMs = nowMs + this.#intervalMs * (0.9 + 0.2 * fraction2(rng));
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#settings.registerMsMax);
  }
  place() {
    const place3 = { epoch: this.#epoch, version: this.#version, locator: this.#locator };
    const lifetimeS = Math.ceil(this.#intervalMs * this.#settings.lifetimeIntervals / 1e3);
    if (this.#authority === void 0) return { ...place3, lifetimeS };
    this.#proof ??= this.#authority.sign(signedBytes(this.#hub, place3));
    return { ...place3, lifetimeS, proof: this.#proof };
  }
  #soon(nowMs, rng) {
    this.#intervalMs = this.#settings.registerMs;
    const dueMs = nowMs + this.#settings.registerDelayMs * (0.5 + 0.5 * fraction2(rng));
    this.#dueMs = Math.min(this.#dueMs, dueMs);
  }
};
function fraction2(rng) {
  return (rng(1)[0] ?? 0) / 256;
}

// runtime/mesh/directory/repair.ts
var PACE_MS = 100;
var Repair = class {
  #self;
  #ways;
  #holdings;
  #settings;
  #handOn;
  /** The cell as it was when all places were last where they belong. */
  #cell;
  #queue = [];
  #dueMs = Number.POSITIVE_INFINITY;
  constructor(self, ways, holdings, settings, handOn) {
    this.#self = self;
    this.#ways = ways;
    this.#holdings = holdings;
    this.#settings = settings;
    this.#handOn = handOn;
  }
  get dueMs() {
    return this.#dueMs;
  }
  cellChanged(nowMs, rng) {
    if (this.#holdings.size === 0) {
      this.#cell = this.#ways.cell();
      return;
    }
    const jitter = 0.5 + (rng(1)[0] ?? 0) / 256;
    if (this.#dueMs === Number.POSITIVE_INFINITY) this.#dueMs = nowMs + this.#settings.repairDelayMs * jitter;
  }
  tick(nowMs) {
    if (this.#queue.length === 0) {
      for (const [key2] of this.#holdings.entries()) this.#queue.push(key2);
      this.#queue.reverse();
    }
    const before = this.#cell ?? [];
    const cell = this.#ways.cell();
    let left = this.#settings.repairBatch;
    while (this.#queue.length > 0 && left > 0) {
      const key2 = this.#queue.pop();
      const holding = this.#holdings.get(key2, nowMs);
      if (holding !== void 0 && this.#repair(key2, holding, before, cell, nowMs)) left -= 1;
    }
    if (this.#queue.length > 0) {
      this.#dueMs = nowMs + PACE_MS;
      return;
    }
    this.#cell = cell;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
  /** @returns whether a copy was handed on. */
  #repair(key2, { place: place3, rank, untilMs }, before, cell, nowMs) {
    const old = chooseTwo(key2, before);
    const now = chooseTwo(key2, cell);
    if (old[0] === now[0] && old[1] === now[1]) return false;
    const first = old.find((hub) => hub !== void 0 && cell.includes(hub));
    if (first !== void 0 && first !== this.#self) return false;
    const region2 = rank & ~SECOND_HUB;
    const kept = { ...place3, lifetimeS: Math.max(1, Math.floor((untilMs - nowMs) / 1e3)) };
    const isNew = (hub) => hub !== void 0 && hub !== this.#self && hub !== old[0] && hub !== old[1];
    if (isNew(now[0])) this.#handOn(key2, region2, kept);
    else if (isNew(now[1])) this.#handOn(key2, region2 | SECOND_HUB, kept);
    else return false;
    return true;
  }
};

// runtime/mesh/directory/settings.ts
var DIRECTORY_DEFAULTS = {
  registerMs: 6e4,
  registerMsMax: 12e5,
  lifetimeIntervals: 2.5,
  registerDelayMs: 400,
  checkMs: 1e4,
  placesMax: 4096,
  repairDelayMs: 2e3,
  repairBatch: 64,
  cacheMax: 1024,
  cacheMs: 6e5,
  negativeMs: 2e3,
  freshMs: 500,
  timeoutMs: 1e3,
  timeoutMsMin: 300,
  timeoutMsMax: 3e3,
  pollMs: 200,
  patienceMs: 2e3,
  lookupsMax: 64,
  framesPerHubMax: 16,
  framesMax: 256,
  asksPerSecond: 40,
  searchesPerSecond: 4,
  messagesPerSecond: 1e3
};

// runtime/mesh/directory/directory.ts
var Directory = class {
  #hub;
  #ways;
  #sink;
  #settings;
  #authority;
  #own;
  #holdings;
  #repair;
  #lookups;
  #searches;
  #heard;
  #checkMs = Number.POSITIVE_INFINITY;
  constructor({ hub, epoch, ways, sink, settings = DIRECTORY_DEFAULTS, authority }) {
    this.#hub = hub;
    this.#ways = ways;
    this.#sink = sink;
    this.#settings = settings;
    this.#authority = authority;
    this.#own = new OwnPlace(hub, epoch, settings, authority);
    this.#holdings = new Holdings(settings.placesMax);
    this.#repair = new Repair(
      hub,
      ways,
      this.#holdings,
      settings,
      (key2, rank, place3) => this.#handOn({ op: "register", hub: key2, hops: 0, rank, place: place3 })
    );
    this.#lookups = new Lookups(ways, settings, {
      ask: (key2, rank) => this.#ask(key2, rank),
      search: (key2, ring, nowMs) => this.#search(key2, ring, nowMs),
      resolved: (frame, nowMs) => sink.resolved(frame, nowMs),
      unresolved: (frame, nowMs) => sink.unresolved(frame, nowMs),
      count: (name2) => sink.count(name2)
    });
  }
  get deadlineMs() {
    return Math.min(this.#own.dueMs, this.#checkMs, this.#repair.dueMs, this.#lookups.deadlineMs);
  }
  /** How many places of others are kept here. */
  get placesHeld() {
    return this.#holdings.size;
  }
  get framesWaiting() {
    return this.#lookups.framesWaiting;
  }
  /** Where a hub was when it was last asked for, or when it last told this keeper. */
  known(hub, nowMs) {
    return this.#lookups.known(hub, nowMs) ?? this.#holdings.get(hub, nowMs)?.place.locator;
  }
  /** Keeps the frame until its destination's place is known: `resolved` or `unresolved` follows, perhaps at once. */
  resolve(frame, nowMs) {
    this.#lookups.wait(frame, nowMs);
  }
  /** Somebody on the way could not reach it: what is known of its place is not used again. */
  invalidate(hub, nowMs) {
    this.#lookups.invalidate(hub, nowMs);
  }
  /** This hub's own locator has changed. */
  moved(nowMs, rng) {
    const { locator: locator2 } = this.#ways;
    this.#own.moved(locator2, nowMs, rng);
    this.#checkMs = locator2.length === 0 ? Number.POSITIVE_INFINITY : nowMs + this.#settings.checkMs;
    this.#repair.cellChanged(nowMs, rng);
    this.#lookups.waysChanged(nowMs);
  }
  cellChanged(nowMs, rng) {
    this.#repair.cellChanged(nowMs, rng);
    this.#lookups.waysChanged(nowMs);
  }
  neighbourDown(hub) {
    this.#heard?.delete(hub);
  }
  onLookup(from, body, nowMs) {
    if (!this.#allowed(from, nowMs)) return this.#count("flood");
    if (body.hops >= HOPS_MAX) return this.#count("hopLimit");
    switch (body.op) {
      case "register":
        return this.#onRegister(body, nowMs);
      case "ask":
        return this.#onAsk(body, nowMs);
      case "search":
        return this.#onSearch(body, nowMs);
      case "answer":
        return this.#onAnswer(body, nowMs);
    }
  }
  tick(nowMs, rng) {
    if (this.#checkMs <= nowMs) {
      this.#checkMs = nowMs + this.#settings.checkMs;
      this.#own.check(topRegions(this.#ways, this.#hub), nowMs, rng);
    }
    if (this.#own.dueMs <= nowMs) this.#register(nowMs, rng);
    if (this.#repair.dueMs <= nowMs) this.#repair.tick(nowMs);
    if (this.#lookups.deadlineMs <= nowMs) this.#lookups.tick(nowMs);
  }
  /** To the keepers of both regions. In their cells the first keeper tells the second. */
  #register(nowMs, rng) {
    const place3 = this.#own.place();
    const regions = topRegions(this.#ways, this.#hub);
    this.#own.registered(regions, nowMs, rng);
    this.#holdings.sweep(nowMs);
    this.#onRegister({ op: "register", hub: this.#hub, hops: 0, rank: 0, place: place3 }, nowMs);
    if (regions[1] !== void 0)
      this.#onRegister({ op: "register", hub: this.#hub, hops: 0, rank: SECOND_REGION, place: place3 }, nowMs);
  }
  #onRegister(body, nowMs) {
    const { hub, place: place3, rank } = body;
    if (place3 === void 0) return this.#count("incomplete");
    if (stepTowards(this.#ways, this.#hub, hub, rank) !== "here") {
      this.#handOn(body);
      return;
    }
    if (hub !== this.#hub && !isProven(hub, place3, this.#authority)) return this.#count("forged");
    const outcome = this.#holdings.put(hub, place3, rank, nowMs);
    if (outcome !== "kept") return this.#count(outcome);
    if ((rank & SECOND_HUB) === 0 && keepers(this.#ways, hub)[1] !== void 0)
      this.#handOn({ ...body, rank: rank | SECOND_HUB });
  }
  #onAsk(body, nowMs) {
    const { hub, asker: asker2, rank } = body;
    if (asker2 === void 0) return this.#count("incomplete");
    if (hub === this.#hub) {
      this.#onAnswer({ op: "answer", hub, hops: 0, rank, place: this.#own.place(), asker: asker2 }, nowMs);
      return;
    }
    const neighbour2 = this.#ways.nextHop(hub, this.#ways.locator);
    if (neighbour2 !== void 0) {
      this.#pass(neighbour2, body);
      return;
    }
    const step = stepTowards(this.#ways, this.#hub, hub, rank);
    if (step !== "here" && step !== "nowhere") {
      this.#pass(step, body);
      return;
    }
    const holding = step === "here" ? this.#holdings.get(hub, nowMs) : void 0;
    if (holding === void 0 && step === "here" && (rank & SECOND_HUB) === 0) {
      if (this.#handOn({ ...body, rank: rank | SECOND_HUB })) return;
    }
    this.#onAnswer({ op: "answer", hub, hops: 0, rank, place: holding?.place, asker: asker2 }, nowMs);
  }
  /** Spreads down: to a region, there to each of its regions, at last to one hub of each cell, which knows its whole cell. */
  #onSearch(body, nowMs) {
    const { hub, asker: asker2, region: region2 } = body;
    if (asker2 === void 0 || region2 === void 0 || region2.level > this.#ways.topLevel)
      return this.#count("incomplete");
    if (region2.id !== this.#ways.locator[region2.level - 1]) {
      const next = this.#ways.nextHopTo(region2.level, region2.id);
      if (next !== void 0) this.#pass(next, body);
      return;
    }
    if (hub === this.#hub || this.#ways.nextHop(hub, this.#ways.locator) !== void 0) {
      this.#onAsk({ op: "ask", hub, hops: body.hops, rank: 0, asker: asker2 }, nowMs);
      return;
    }
    if (region2.level === 1) return;
    if (!this.#maySearch(nowMs)) return this.#count("searchFlood");
    this.#spread(body, region2.level - 1);
  }
  /** Back to the asker, by routes, not by the way the question came. */
  #onAnswer(body, nowMs) {
    const { hub, asker: asker2, place: place3 } = body;
    if (asker2 === void 0) return this.#count("incomplete");
    if (asker2.hub !== this.#hub) {
      const next = this.#ways.nextHop(asker2.hub, asker2.locator);
      if (next === void 0) this.#count("answerLost");
      else this.#pass(next, body);
      return;
    }
    if (place3 !== void 0 && !isProven(hub, place3, this.#authority)) return this.#count("forged");
    this.#lookups.answered(hub, place3, nowMs);
  }
  #ask(key2, rank) {
    if (rank === SECOND_REGION && topRegions(this.#ways, key2)[1] === void 0) return false;
    const asker2 = { hub: this.#hub, locator: this.#ways.locator };
    const body = { op: "ask", hub: key2, hops: 0, rank, asker: asker2 };
    const step = stepTowards(this.#ways, this.#hub, key2, rank);
    return this.#handOn(step === "here" ? { ...body, rank: rank | SECOND_HUB } : body);
  }
  #search(key2, ring, nowMs) {
    if (!this.#maySearch(nowMs)) return false;
    const asker2 = { hub: this.#hub, locator: this.#ways.locator };
    const body = { op: "search", hub: key2, hops: 0, rank: 0, asker: asker2 };
    return this.#spread(body, ring, this.#ways.locator[ring - 1]);
  }
  /** One search for each region of a level but `not`. @returns whether there was any. */
  #spread(body, level, not) {
    let any = false;
    for (const id of unitIds(this.#ways, level)) {
      if (id === not) continue;
      if (id === this.#ways.locator[level - 1]) {
        if (level > 1 && this.#spread(body, level - 1)) any = true;
        continue;
      }
      const next = this.#ways.nextHopTo(level, id);
      if (next === void 0) continue;
      this.#pass(next, { ...body, region: { level, id } });
      any = true;
    }
    return any;
  }
  /** By this hub's own tables, one step on. @returns false when there is no way. */
  #handOn(body) {
    const step = stepTowards(this.#ways, this.#hub, body.hub, body.rank);
    if (step === "here") return false;
    if (step === "nowhere") {
      this.#count("noWay");
      return false;
    }
    this.#pass(step, body);
    return true;
  }
  #pass(to, body) {
    this.#sink.send(to, { type: "LOOKUP", ...body, hops: body.hops + 1 });
  }
  #maySearch(nowMs) {
    const { searchesPerSecond } = this.#settings;
    this.#searches ??= new TokenBucket(searchesPerSecond, 4 * searchesPerSecond);
    return this.#searches.take(nowMs);
  }
  #allowed(from, nowMs) {
    this.#heard ??= /* @__PURE__ */ new Map();
    let bucket = this.#heard.get(from);
    if (bucket === void 0) {
      const { messagesPerSecond } = this.#settings;
      bucket = new TokenBucket(messagesPerSecond, messagesPerSecond);
      this.#heard.set(from, bucket);
    }
    return bucket.take(nowMs);
  }
  #count(what) {
    this.#sink.count(`mesh.directory.${what}`);
  }
};

// runtime/mesh/forwarding/first-hops.ts
var PENALTY_DOUBLINGS_MAX = 4;
var MEMORY_TRIES = 16;
var FirstHops = class {
  #settings;
  #attempts;
  #tallies;
  constructor(settings) {
    this.#settings = settings;
  }
  /** The neighbour over which the last frame to this hub was lost, so that the next one can go another way. */
  failedVia(to) {
    const attempt = this.#attempts?.get(to);
    return attempt?.failed ? attempt.via : void 0;
  }
  sent(to, via) {
    this.#attempts ??= new LruMap(this.#settings.attemptsMax);
    const attempt = this.#attempts.get(to);
    if (attempt === void 0) this.#attempts.set(to, { via, failed: false });
    else if (attempt.via !== via) {
      attempt.via = via;
      attempt.failed = false;
    }
  }
  /** @returns the neighbour that deserves a penalty, and for how long. */
  learn(to, acknowledged) {
    const attempt = this.#attempts?.get(to);
    if (attempt === void 0) return void 0;
    attempt.failed = !acknowledged;
    const tally = this.#tallyOf(attempt.via);
    const keep = 1 - 1 / MEMORY_TRIES;
    tally.tries = tally.tries * keep + 1;
    tally.acknowledged = tally.acknowledged * keep + (acknowledged ? 1 : 0);
    if (acknowledged) tally.penalties = 0;
    if (acknowledged || !this.#isBlackHole(attempt.via, tally)) return void 0;
    const penaltyMs = this.#settings.penaltyMs * 2 ** Math.min(tally.penalties, PENALTY_DOUBLINGS_MAX);
    tally.penalties += 1;
    tally.tries = 0;
    tally.acknowledged = 0;
    return { via: attempt.via, penaltyMs };
  }
  neighbourDown(hub) {
    this.#tallies?.delete(hub);
  }
  #tallyOf(via) {
    this.#tallies ??= /* @__PURE__ */ new Map();
    let tally = this.#tallies.get(via);
    if (tally === void 0) {
      tally = { tries: 0, acknowledged: 0, penalties: 0 };
      this.#tallies.set(via, tally);
    }
    return tally;
  }
  #isBlackHole(via, tally) {
    const { triesMin, successMin, othersSuccessMin } = this.#settings;
    if (tally.tries < triesMin || tally.acknowledged >= successMin * tally.tries) return false;
    let tries = 0;
    let acknowledged = 0;
    for (const [hub, other] of this.#tallies ?? []) {
      if (hub === via) continue;
      tries += other.tries;
      acknowledged += other.acknowledged;
    }
    return tries >= 1 && acknowledged >= othersSuccessMin * tries;
  }
};

// runtime/mesh/forwarding/settings.ts
var FORWARDING_DEFAULTS = {
  originsMax: 1024,
  transitsMax: 1024,
  visitsMax: 4,
  errorsPerSecond: 20,
  attemptsMax: 256,
  triesMin: 6,
  successMin: 0.2,
  othersSuccessMin: 0.5,
  penaltyMs: 6e4
};

// runtime/mesh/forwarding/transits.ts
var Transits = class {
  #tags;
  #visits;
  /** @param entriesMax a power of two. */
  constructor(entriesMax) {
    if (entriesMax < 1 || (entriesMax & entriesMax - 1) !== 0) throw new RangeError("not a power of two");
    this.#tags = new Uint32Array(entriesMax);
    this.#visits = new Uint8Array(entriesMax);
  }
  /** @returns how often this frame has come by, this time included. */
  visit(src, epoch, seq) {
    const tag = tagOf(src, epoch, seq);
    const slot = tag & this.#tags.length - 1;
    if (this.#tags[slot] !== tag) {
      this.#tags[slot] = tag;
      this.#visits[slot] = 1;
      return 1;
    }
    const visits = Math.min(255, (this.#visits[slot] ?? 0) + 1);
    this.#visits[slot] = visits;
    return visits;
  }
};
function tagOf(src, epoch, seq) {
  let hash2 = 0;
  for (let i = 0; i < 8; i++) hash2 = Math.imul(hash2, 31) + src.charCodeAt(i);
  hash2 = Math.imul(hash2 ^ seq ^ Math.imul(epoch | 0, 2654435761), 2246822507);
  hash2 ^= hash2 >>> 13;
  hash2 = Math.imul(hash2 ^ seq / 4294967296, 3266489909);
  hash2 ^= hash2 >>> 16;
  return hash2 >>> 0 || 1;
}

// runtime/mesh/forwarding/windows.ts
var WIDTH = 64;
var ORIGIN_IDLE_MS = 6e5;
var OriginWindows = class {
  #windows;
  constructor(originsMax) {
    this.#windows = new LruMap(originsMax);
  }
  /** @returns "fresh" exactly once for each frame, as long as its origin is remembered. */
  take(origin2, epoch, seq, nowMs) {
    const window = this.#windows.get(origin2);
    if (window === void 0) {
      this.#windows.set(origin2, { epoch, newest: seq, low: 1, high: 0, takenMs: nowMs });
      return "fresh";
    }
    if (epoch !== window.epoch) {
      if (epoch < window.epoch && nowMs - window.takenMs < ORIGIN_IDLE_MS) return "old-epoch";
      window.epoch = epoch;
      window.newest = seq;
      window.low = 1;
      window.high = 0;
      window.takenMs = nowMs;
      return "fresh";
    }
    const freshness = takeSeq(window, seq);
    if (freshness === "fresh") window.takenMs = nowMs;
    return freshness;
  }
};
function takeSeq(window, seq) {
  const ahead = seq - window.newest;
  if (ahead > 0) {
    shift(window, ahead);
    window.newest = seq;
    window.low |= 1;
    return "fresh";
  }
  const behind = -ahead;
  if (behind >= WIDTH) return "late";
  if (behind < 32) {
    const bit2 = 1 << behind;
    if ((window.low & bit2) !== 0) return "duplicate";
    window.low |= bit2;
    return "fresh";
  }
  const bit = 1 << behind - 32;
  if ((window.high & bit) !== 0) return "duplicate";
  window.high |= bit;
  return "fresh";
}
function shift(window, by) {
  if (by >= WIDTH) {
    window.low = 0;
    window.high = 0;
  } else if (by >= 32) {
    window.high = by === 32 ? window.low : window.low << by - 32;
    window.low = 0;
  } else {
    window.high = window.high << by | window.low >>> 32 - by;
    window.low <<= by;
  }
}

// runtime/mesh/forwarding/forwarder.ts
var DELIVER = { type: "deliver" };
var DROPS = {
  "hop-limit": { type: "drop", reason: "hop-limit" },
  loop: { type: "drop", reason: "loop" },
  duplicate: { type: "drop", reason: "duplicate" },
  late: { type: "drop", reason: "late" },
  "old-epoch": { type: "drop", reason: "old-epoch" }
};
var COUNTERS = {
  "hop-limit": "mesh.forwarding.hopLimit",
  loop: "mesh.forwarding.loop",
  duplicate: "mesh.forwarding.duplicate",
  late: "mesh.forwarding.late",
  "old-epoch": "mesh.forwarding.oldEpoch"
};
var UNREACHABLE = "UNREACHABLE";
var ERROR_NUMBER = 20;
var Forwarder = class {
  #hub;
  #epoch;
  #ways;
  #known;
  #sink;
  #settings;
  #firstHops;
  #errors;
  // Most hubs of a large mesh pass little on: these come into being with the first frame.
  #windows;
  #transits;
  #seq = 0;
  constructor({ hub, epoch, ways, known, sink, settings = FORWARDING_DEFAULTS }) {
    this.#hub = hub;
    this.#epoch = epoch;
    this.#ways = ways;
    this.#known = known;
    this.#sink = sink;
    this.#settings = settings;
    this.#firstHops = new FirstHops(settings);
    this.#errors = new TokenBucket(settings.errorsPerSecond, settings.errorsPerSecond);
  }
  /** A frame of this hub's own, with the next number. */
  frameTo(dst, payload, locator2) {
    this.#seq += 1;
    return { src: this.#hub, srcEpoch: this.#epoch, dst, locator: locator2, hops: 0, seq: this.#seq, payload };
  }
  /** @param from the neighbour that handed it over; undefined for a frame of this hub's own, and for one that the directory has released. */
  forward(frame, from, nowMs) {
    if (frame.dst === this.#hub) return this.#arrived(frame, nowMs);
    if (from === void 0 && frame.src === this.#hub) return this.#leave(frame, nowMs);
    if (frame.hops >= HOPS_MAX) return this.#drop("hop-limit");
    return this.#passOn(frame, from, nowMs);
  }
  /** Says so to the source, so that it looks the destination up anew; not too often. The frame itself is lost. */
  unreachable(frame, nowMs) {
    this.#sink.count("mesh.forwarding.unreachable");
    if (frame.src === this.#hub || isError(frame.payload) || !this.#errors.take(nowMs)) return;
    this.#sink.route(frame.src, {
      type: "ERROR",
      code: UNREACHABLE,
      fault: "local",
      detail: "no way to this hub from here",
      hub: frame.dst
    });
  }
  /** What became of something sent to `to` that should have been acknowledged. */
  learn(to, acknowledged, nowMs) {
    const verdict = this.#firstHops.learn(to, acknowledged);
    if (verdict === void 0) return;
    this.#sink.count("mesh.forwarding.blackHole");
    this.#ways.penalise(verdict.via, nowMs + verdict.penaltyMs, nowMs);
  }
  neighbourDown(hub) {
    this.#firstHops.neighbourDown(hub);
  }
  #arrived(frame, nowMs) {
    this.#windows ??= new OriginWindows(this.#settings.originsMax);
    const freshness = this.#windows.take(frame.src, frame.srcEpoch, frame.seq, nowMs);
    return freshness === "fresh" ? DELIVER : this.#drop(freshness);
  }
  #leave(frame, nowMs) {
    const { dst } = frame;
    const locator2 = frame.locator ?? this.#known(dst, nowMs);
    const best = this.#ways.nextHop(dst, locator2);
    if (best === void 0) return { type: "resolve", frame };
    const lost = this.#firstHops.failedVia(dst);
    const to = best === lost ? this.#ways.alternative(dst, locator2, best) ?? best : best;
    this.#firstHops.sent(dst, to);
    return { type: "send", to, frame: locator2 === frame.locator ? frame : moved(frame, locator2, frame.hops) };
  }
  #passOn(frame, from, nowMs) {
    const { dst } = frame;
    this.#transits ??= new Transits(this.#settings.transitsMax);
    const visits = this.#transits.visit(frame.src, frame.srcEpoch, frame.seq);
    if (visits > this.#settings.visitsMax) return this.#drop("loop");
    let { locator: locator2 } = frame;
    let next = this.#ways.nextHop(dst, locator2);
    if (next === void 0) {
      locator2 = this.#known(dst, nowMs);
      if (locator2 !== void 0 && locator2 !== frame.locator) next = this.#ways.nextHop(dst, locator2);
      if (next === void 0) return { type: "resolve", frame };
    }
    if (visits % 2 === 0 || next === from) next = this.#ways.alternative(dst, locator2, next) ?? next;
    if (visits > 1) this.#sink.count("mesh.forwarding.seenAgain");
    return { type: "send", to: next, frame: moved(frame, locator2, frame.hops + 1) };
  }
  #drop(reason) {
    this.#sink.count(COUNTERS[reason]);
    return DROPS[reason];
  }
};
function moved(frame, locator2, hops2) {
  const { src, srcEpoch, dst, seq, payload } = frame;
  return { src, srcEpoch, dst, locator: locator2, hops: hops2, seq, payload };
}
function isError(payload) {
  return "number" in payload ? payload.number === ERROR_NUMBER : payload.type === "ERROR";
}

// runtime/mesh/liveness/case.ts
var VOICES_MAX = 8;
var OBSERVERS_PER_VOICE = 2;
var NOBODY3 = Object.freeze([]);
var Case = class {
  constructor(hub, epoch, nowMs) {
    this.hub = hub;
    this.epoch = epoch;
    this.sinceMs = nowMs;
  }
  hub;
  epoch;
  state = "alive";
  sinceMs;
  evidence = void 0;
  /** Since when the evidence holds. Unit: ms. */
  evidenceMs = 0;
  /** Answer time of the link on which it was silent. Unit: ms. */
  answerMs = 0;
  patiencePercent = 100;
  /** Who has observed it, this hub among them. */
  observers = [];
  /** Neighbours that brought others' accusations: one that invents many observers is still one voice. */
  voices = [];
  /** Somebody has said that it is dead. */
  saidDead = false;
  reprieves = 0;
  /** Dead, but not announced: others may follow. */
  decided = false;
  /** The epoch comes from the hub itself, over a link or with a proof; else from its accusers. */
  proven = false;
  incarnation = 0;
  /** It has made a statement of its own about (epoch, incarnation), which others should hear of. */
  stated = false;
  /** Of that statement; absent where nobody checks proofs. */
  proof = void 0;
  /** Who has a link with it, as it said while there was one with this hub. */
  watchers = NOBODY3;
  dueMs = Number.POSITIVE_INFINITY;
  /** Independent observers, this hub included if it is one. */
  votes(self) {
    const own = this.evidence === void 0 ? 0 : 1;
    const others = this.observers.length - (this.observers.includes(self) ? 1 : 0);
    return own + Math.min(others, OBSERVERS_PER_VOICE * this.voices.length);
  }
  /** @returns whether an observer is new. */
  accuse(observers, voice) {
    let isNew = false;
    for (const observer of observers) {
      if (this.observers.includes(observer) || this.observers.length >= VOICES_MAX) continue;
      this.observers.push(observer);
      isNew = true;
    }
    if (voice !== void 0 && !this.voices.includes(voice) && this.voices.length < VOICES_MAX) this.voices.push(voice);
    return isNew;
  }
  /** All that was said against it. */
  acquit() {
    this.evidence = void 0;
    this.observers = [];
    this.voices = [];
    this.saidDead = false;
    this.reprieves = 0;
    this.decided = false;
  }
  /** @returns whether (epoch, incarnation) is older than what is known for sure. */
  outdates(epoch, incarnation) {
    if (!this.proven) return false;
    return epoch < this.epoch || epoch === this.epoch && incarnation < this.incarnation;
  }
  /** When the next conclusion is due. Unit: ms. */
  schedule(self, settings, multiplier) {
    this.dueMs = this.#scheduled(self, settings, multiplier);
  }
  /** As it is told to others; a hub's own statement goes with its proof, an accusation with its observers. */
  update() {
    const { hub, epoch, incarnation, proof } = this;
    const known = { hub, epoch, incarnation, ...proof === void 0 ? {} : { proof } };
    if (this.observers.length > 0) {
      const state = this.state === "dead" || this.saidDead ? "dead" : "suspect";
      return { ...known, state, observers: this.observers.slice(-MEMBER_OBSERVERS_MAX) };
    }
    if (!this.stated || this.state !== "alive" && this.state !== "left") return void 0;
    return { ...known, state: this.state, observers: NOBODY3 };
  }
  #scheduled(self, settings, multiplier) {
    if (this.decided) return Number.POSITIVE_INFINITY;
    if (this.state === "dead" || this.state === "left") return this.sinceMs + settings.forgetAfterMs;
    if (this.state === "alive") return Number.POSITIVE_INFINITY;
    if (this.evidence === void 0)
      return this.sinceMs + (this.saidDead ? settings.hearsayDeadMs : settings.hearsaySuspectMs);
    const saidDead = this.saidDead && this.voices.length > 1 ? 1 : 0;
    const refused3 = this.evidence === "refused" ? 1 : 0;
    const column = Math.min(this.votes(self) + saidDead + refused3, 4) - 1;
    if (this.evidence === "silent") return this.evidenceMs + (settings.suspicionAnswers[column] ?? 0) * this.answerMs;
    return this.evidenceMs + (settings.closedMs[column] ?? 0) * multiplier * this.patiencePercent / 100;
  }
};

// runtime/mesh/liveness/cut.ts
var CutBatch = class {
  constructor(holdMs) {
    this.holdMs = holdMs;
  }
  holdMs;
  #decided = [];
  #dueMs = Number.POSITIVE_INFINITY;
  get deadlineMs() {
    return this.#dueMs;
  }
  add(decided, nowMs) {
    if (this.#decided.length === 0) this.#dueMs = nowMs + this.holdMs;
    this.#decided.push(decided);
  }
  /** What they waited for has come to nothing. */
  hurry(nowMs) {
    if (this.#decided.length > 0) this.#dueMs = nowMs;
  }
  /** @param isStable nothing is between the watermarks.
   *  @returns those to be announced now; one that was acquitted meanwhile is not among them. */
  take(isStable, nowMs) {
    if (this.#decided.length === 0 || !isStable && nowMs < this.#dueMs) return [];
    const ready = this.#decided.filter((one) => one.decided);
    this.#decided = [];
    this.#dueMs = Number.POSITIVE_INFINITY;
    return ready;
  }
};

// runtime/mesh/liveness/docket.ts
var NOBODY4 = Object.freeze([]);
var NO_CASES = /* @__PURE__ */ new Map();
var Docket = class {
  constructor(self, settings, sink, health, spread2) {
    this.self = self;
    this.settings = settings;
    this.sink = sink;
    this.health = health;
    this.spread = spread2;
    this.#cut = new CutBatch(settings.cutHoldMs);
  }
  self;
  settings;
  sink;
  health;
  spread;
  /** Shared and empty until there is a case: most hubs of a large mesh have none. */
  #cases = NO_CASES;
  #cut;
  #deadlineMs = Number.POSITIVE_INFINITY;
  get deadlineMs() {
    return Math.min(this.#deadlineMs, this.#cut.deadlineMs);
  }
  get(hub) {
    return this.#cases.get(hub);
  }
  cases() {
    return this.#cases.values();
  }
  isGone(hub) {
    const state = this.#cases.get(hub)?.state;
    return state === "dead" || state === "left";
  }
  /** This hub's own evidence against a neighbour. */
  accuse(watch, evidence2, sinceMs, nowMs) {
    const one = this.#openFor(watch, nowMs);
    if (one === void 0 || one.state === "dead" || one.state === "left") return;
    one.evidence = evidence2;
    one.evidenceMs = sinceMs;
    one.answerMs = watch.answerMs(this.settings, this.health);
    one.patiencePercent = watch.patiencePercent;
    one.watchers = watch.watchers;
    one.accuse([this.self], void 0);
    watch.disturbed = true;
    this.#suspect(one, nowMs);
    this.#tell(one, void 0, nowMs);
    this.#reschedule(one);
  }
  /** The connection is gone and so is whoever listened: as good as another observer. */
  refused(hub) {
    const one = this.#cases.get(hub);
    if (one === void 0 || one.evidence === void 0) return;
    one.evidence = "refused";
    this.#reschedule(one);
  }
  /** Another's accusation, for those that are concerned.
   *  @param observers those among the named that may know; not empty. */
  hear(voice, said, observers, watch, nowMs) {
    const one = watch === void 0 ? this.#open(said.hub, said.epoch, nowMs) : this.#openFor(watch, nowMs);
    if (one === void 0 || one.state === "dead" || one.state === "left") return;
    const isNew = one.accuse(observers, voice);
    const isGraver = said.state === "dead" && !one.saidDead;
    if (isGraver) {
      one.saidDead = true;
      if (one.evidence === void 0) one.sinceMs = nowMs;
    }
    if (watch === void 0) this.#suspect(one, nowMs);
    else watch.disturbed = true;
    if (isNew || isGraver) this.#tell(one, voice, nowMs);
    this.#reschedule(one);
  }
  /** A witness that was asked says that it hears nothing either. */
  confirm(watch, hub, witness, voice, nowMs) {
    const one = watch === void 0 ? this.#cases.get(hub) : this.#openFor(watch, nowMs);
    if (one === void 0) return;
    one.accuse([witness], voice);
    if (watch !== void 0) watch.disturbed = true;
    this.#reschedule(one);
  }
  /** A witness hears it. @returns false when that was said too often in this silence. */
  reprieve(hub, nowMs) {
    const one = this.#cases.get(hub);
    if (one === void 0) return true;
    if (one.reprieves >= this.settings.reprievesMax) return false;
    one.reprieves += 1;
    if (one.evidence !== void 0) one.evidenceMs = nowMs;
    this.#reschedule(one);
    return true;
  }
  /** The hub's own statement, with a proof that holds. @returns whether it is news. */
  state(said, voice, nowMs) {
    const known = this.#cases.get(said.hub);
    if (known === void 0 && said.state === "alive" && said.incarnation === 0) return false;
    const one = known ?? this.#open(said.hub, said.epoch, nowMs);
    if (one === void 0) return false;
    const isSame2 = one.proven && one.epoch === said.epoch && one.incarnation === said.incarnation;
    const isNews = isSame2 ? said.state === "left" && one.state !== "left" : !one.outdates(said.epoch, said.incarnation);
    if (!isNews && !(isSame2 && !one.stated)) return false;
    one.epoch = said.epoch;
    one.incarnation = said.incarnation;
    one.proven = true;
    one.proof = said.proof;
    one.stated = true;
    one.acquit();
    this.#become(one, said.state, nowMs);
    this.#tell(one, voice, nowMs);
    this.#reschedule(one);
    this.#cut.hurry(nowMs);
    return true;
  }
  /**
   * The hub is heard, or has a link again: it lives, whatever was said.
   * @returns what the others hold against it, which it should hear of to refute it.
   */
  heard(watch, nowMs) {
    watch.disturbed = false;
    const one = this.#cases.get(watch.hub);
    if (one === void 0 || one.state === "left" && one.epoch >= watch.epoch) return void 0;
    const held = one.update();
    if (!one.proven || one.epoch < watch.epoch) {
      one.epoch = watch.epoch;
      one.incarnation = 0;
      one.proof = void 0;
      one.stated = false;
      one.proven = true;
    }
    one.acquit();
    this.#become(one, "alive", nowMs);
    if (!one.stated && held === void 0) this.#cases.delete(watch.hub);
    this.#reschedule(one);
    this.#cut.hurry(nowMs);
    return held?.state === "alive" ? void 0 : held;
  }
  /** The link is gone without evidence of this hub's own: what others say is all that is left. */
  orphan(watch, nowMs) {
    const one = this.#cases.get(watch.hub);
    if (one === void 0 || one.evidence !== void 0 || one.voices.length === 0) return;
    one.watchers = watch.watchers;
    this.#suspect(one, nowMs);
    this.#reschedule(one);
  }
  /** This hub was stopped: what it took for evidence is none. */
  withdraw(nowMs) {
    for (const one of [...this.#cases.values()]) {
      if (one.evidence === void 0 || one.state !== "suspect") continue;
      one.evidence = void 0;
      one.decided = false;
      one.observers = one.observers.filter((hub) => hub !== this.self);
      if (one.observers.length === 0) {
        one.acquit();
        this.#become(one, "alive", nowMs);
      } else one.sinceMs = nowMs;
      this.#reschedule(one);
    }
  }
  /** Concludes what is due.
   *  @returns the hubs that are announced dead. */
  tick(nowMs) {
    if (nowMs < this.deadlineMs) return NOBODY4;
    for (const one of [...this.#cases.values()]) if (one.dueMs <= nowMs) this.#conclude(one, nowMs);
    const announced = this.#cut.take(!this.#isAnyUndecided(), nowMs);
    for (const one of announced) {
      one.decided = false;
      this.#become(one, "dead", nowMs);
      if (one.evidence !== void 0) this.#tell(one, void 0, nowMs);
      this.#reschedule(one);
    }
    const hubs2 = announced.map((one) => one.hub);
    if (hubs2.length > 1) this.sink.notice({ type: "cut", hubs: hubs2 });
    return hubs2;
  }
  /** Everything that a new neighbour should know: who is thought not to live. */
  absent() {
    return [...this.#cases.values()].flatMap((one) => {
      const update2 = one.state === "alive" ? void 0 : one.update();
      return update2 === void 0 ? [] : [update2];
    });
  }
  #conclude(one, nowMs) {
    if (one.state === "suspect") {
      one.decided = true;
      this.#cut.add(one, nowMs);
      one.schedule(this.self, this.settings, this.health.multiplier);
    } else this.#cases.delete(one.hub);
    this.#reschedule(one);
  }
  #isAnyUndecided() {
    for (const one of this.#cases.values())
      if (one.state === "suspect" && one.evidence !== void 0 && !one.decided) return true;
    return false;
  }
  #suspect(one, nowMs) {
    if (one.state === "alive") this.#become(one, "suspect", nowMs);
  }
  #become(one, state, nowMs) {
    if (one.state === state) return;
    one.state = state;
    one.sinceMs = nowMs;
    this.sink.notice({ type: "hub-state", hub: one.hub, state, incarnation: one.incarnation });
  }
  #tell(one, from, nowMs) {
    this.spread.add(one.hub, { update: () => one.update(), from, toAll: one.evidence !== void 0 }, nowMs);
  }
  #openFor(watch, nowMs) {
    const one = this.#open(watch.hub, watch.epoch, nowMs);
    if (one === void 0) return void 0;
    if (!one.proven) one.epoch = watch.epoch;
    one.proven = true;
    return one;
  }
  #open(hub, epoch, nowMs) {
    const known = this.#cases.get(hub);
    if (known !== void 0) return known;
    if (this.#cases.size >= this.settings.casesMax && !this.#forgetOne()) {
      this.sink.count("mesh.liveness.casesMax");
      return void 0;
    }
    if (this.#cases === NO_CASES) this.#cases = /* @__PURE__ */ new Map();
    const opened = new Case(hub, epoch, nowMs);
    this.#cases.set(hub, opened);
    return opened;
  }
  /** The oldest that is settled. */
  #forgetOne() {
    for (const one of this.#cases.values()) if (one.state !== "suspect") return this.#cases.delete(one.hub);
    return false;
  }
  #reschedule(one) {
    one.schedule(this.self, this.settings, this.health.multiplier);
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const other of this.#cases.values()) deadlineMs = Math.min(deadlineMs, other.dueMs);
    this.#deadlineMs = deadlineMs;
  }
};

// runtime/mesh/liveness/health.ts
var HEAL_EVERY_MS = 1e3;
var LATE_GAIN = 1 / 16;
var LATE_SHARE_USUAL = 1 / 16;
var LATE_WEIGHT = 12;
var LocalHealth = class {
  constructor(multiplierMax) {
    this.multiplierMax = multiplierMax;
  }
  multiplierMax;
  #points = 0;
  #healedMs = 0;
  #lateShare = 0;
  /** 1 (well) … `multiplierMax`: all times that lead to an accusation are multiplied by it. */
  get multiplier() {
    return this.#points + 1;
  }
  /** ≥ 1: how much more time than usual answers are given at the least, in this hub's weather. A link's own estimate follows
   *  too, but needs some ten answers; this one has those of all links. */
  get patience() {
    return 1 + LATE_WEIGHT * Math.max(0, this.#lateShare - LATE_SHARE_USUAL);
  }
  /** An answer, or another's heartbeat, has come. */
  answered(isLate) {
    this.#lateShare += LATE_GAIN * ((isLate ? 1 : 0) - this.#lateShare);
  }
  /** A late tick, silence from everybody at once, or having been accused. */
  hurt(nowMs) {
    this.#points = Math.min(this.#points + 1, this.multiplierMax - 1);
    this.#healedMs = nowMs;
  }
  /** A ping was answered. */
  heal(nowMs) {
    if (this.#points === 0 || nowMs - this.#healedMs < HEAL_EVERY_MS) return;
    this.#points -= 1;
    this.#healedMs = nowMs;
  }
};

// runtime/mesh/liveness/watch.ts
var CALM = -1;
var NOTHING_MEASURED = -1;
var NOBODY5 = Object.freeze([]);
var SRTT_GAIN = 1 / 8;
var RTTVAR_RISE = 1 / 4;
var RTTVAR_FALL = 1 / 32;
var NOTICED_CHANGE = 0.1;
var NOTICED_CHANGE_MS = 0.5;
var Watch = class {
  hub;
  epoch;
  /** The lower id beats, the other end answers, and asks by itself only when a beat is late. */
  beats;
  /** Who else has a link with it, as it says. */
  watchers = NOBODY5;
  /** Unanswered pings since it was last heard; CALM when none is out. */
  misses = CALM;
  /** The neighbour was accused, or somebody asks about it: hearing it must be told. */
  disturbed = false;
  patiencePercent = 100;
  /** The next beat comes this much earlier, so that the beats of a hub's links stay spread over the interval. Whole. Unit: ms. */
  earlyMs = 0;
  askers = void 0;
  /** When it was last told what is said of it, in whole `freshMs`. */
  warnedAt = -1;
  creditSecond = -1;
  credits = 0;
  heardMs;
  dueMs;
  /** The newest ping whose answer is to be measured: the first of its silence. */
  pingMs;
  #pingSeq = NOTHING_MEASURED;
  #srttMs = Number.NaN;
  #rttvarMs = Number.NaN;
  #noticedMs = Number.NaN;
  constructor(neighbour2, beats, nowMs) {
    this.hub = neighbour2.hub;
    this.epoch = neighbour2.epoch;
    this.beats = beats;
    this.heardMs = nowMs;
    this.dueMs = nowMs;
    this.pingMs = nowMs;
  }
  /** Smoothed. Unit: ms. NaN before the first answer. */
  get rttMs() {
    return this.#srttMs;
  }
  /** How long an answer may take. Unit: ms. */
  answerMs(settings, health) {
    const { answerMsMin, answerMsMax, answerMsFirst } = settings;
    const measuredMs = this.#srttMs + 4 * this.#rttvarMs;
    const baseMs = Number.isNaN(measuredMs) ? answerMsFirst : Math.min(Math.max(measuredMs, answerMsMin * health.patience), Math.max(answerMsMax, 2 * this.#srttMs));
    return baseMs * health.multiplier * this.patiencePercent / 100;
  }
  asked(seq, nowMs, answerMs) {
    this.misses = 0;
    this.pingMs = nowMs;
    this.#pingSeq = seq;
    this.dueMs = nowMs + answerMs;
  }
  /** Any frame. A beat that comes late tells of the link's jitter as an answer would. */
  heard(nowMs, settings) {
    const { intervalMs, graceMs, measureEveryMs } = settings;
    if (!this.beats) {
      const lateMs = nowMs - this.heardMs - intervalMs;
      if (lateMs > 0) this.#vary(lateMs - this.#srttMs, settings);
    }
    this.heardMs = nowMs;
    this.misses = CALM;
    const beatMs = this.beats ? nowMs + intervalMs - this.earlyMs : nowMs + intervalMs + graceMs;
    this.dueMs = Math.min(beatMs, this.pingMs + measureEveryMs);
  }
  /**
   * Karn's rule guards against answers that fit two questions; here an answer names its ping. What is measured is the
   * first ping of a silence: nothing is lost on a link, so its answer comes and shows the whole delay.
   * @returns whether the smoothed round trip is worth a notice.
   */
  answered(ackOf, nowMs, settings) {
    if (this.#pingSeq === NOTHING_MEASURED || this.#pingSeq % 256 !== ackOf % 256) return false;
    this.#pingSeq = NOTHING_MEASURED;
    const sampleMs = nowMs - this.pingMs;
    if (Number.isNaN(this.#srttMs)) {
      this.#srttMs = Math.min(sampleMs, settings.answerMsMax);
      this.#rttvarMs = this.#srttMs / 2;
    } else {
      const errorMs = Math.min(sampleMs - this.#srttMs, settings.answerMsMax);
      this.#vary(errorMs, settings);
      this.#srttMs += SRTT_GAIN * errorMs;
    }
    const changeMs = Math.abs(this.#srttMs - this.#noticedMs);
    if (changeMs <= NOTICED_CHANGE_MS || changeMs <= NOTICED_CHANGE * this.#noticedMs) return false;
    this.#noticedMs = this.#srttMs;
    return true;
  }
  /** At most `creditsPerSecond` of work from one neighbour. @returns false when it is used up. */
  spend(credits, nowMs, settings) {
    const second = Math.floor(nowMs / 1e3) % 2 ** 30;
    if (second !== this.creditSecond) {
      this.creditSecond = second;
      this.credits = settings.creditsPerSecond;
    }
    this.credits -= credits;
    return this.credits >= 0;
  }
  #vary(errorMs, settings) {
    const variationMs = Math.min(Math.abs(errorMs), settings.answerMsMax);
    if (Number.isNaN(this.#rttvarMs) || Number.isNaN(variationMs)) return;
    const gain = variationMs > this.#rttvarMs ? RTTVAR_RISE : RTTVAR_FALL;
    this.#rttvarMs += gain * (variationMs - this.#rttvarMs);
  }
};

// runtime/mesh/liveness/heartbeats.ts
var PING = Object.freeze({ type: "PING" });
var ACKS = Array.from(
  { length: 256 },
  (_, ackOf) => Object.freeze({ type: "PING", ackOf })
);
var NONE3 = Object.freeze([]);
var Heartbeats = class {
  constructor(self, settings, sink, health) {
    this.self = self;
    this.settings = settings;
    this.sink = sink;
    this.health = health;
  }
  self;
  settings;
  sink;
  health;
  #byHub = /* @__PURE__ */ new Map();
  /** The same, for scanning. */
  #watches = [];
  #deadlineMs = Number.POSITIVE_INFINITY;
  get deadlineMs() {
    return this.#deadlineMs;
  }
  /** Of several neighbours none answers: the fault is likely to be here. */
  isDeaf() {
    return this.#watches.length > 1 && this.#watches.every((watch) => watch.misses > 0);
  }
  /** In the order in which the links came up. */
  get watches() {
    return this.#watches;
  }
  get(hub) {
    return this.#byHub.get(hub);
  }
  /** Both ends measure at once: routes want the round trip. @param stagger 0–1: where in the interval the beats fall. */
  open(neighbour2, nowMs, stagger) {
    this.close(neighbour2.hub);
    const watch = new Watch(neighbour2, this.self < neighbour2.hub, nowMs);
    watch.earlyMs = Math.floor(stagger * this.settings.intervalMs);
    this.#byHub.set(neighbour2.hub, watch);
    this.#watches.push(watch);
    this.#ping(watch, nowMs);
    this.#reschedule();
    return watch;
  }
  close(hub) {
    const watch = this.#byHub.get(hub);
    if (watch === void 0) return void 0;
    this.#byHub.delete(hub);
    this.#watches = this.#watches.filter((other) => other !== watch);
    this.#reschedule();
    return watch;
  }
  heard(hub, nowMs) {
    const watch = this.#byHub.get(hub);
    if (watch === void 0) return void 0;
    const wasDueMs = watch.dueMs;
    if (nowMs - watch.heardMs > this.settings.intervalMs / 2)
      this.health.answered(watch.beats ? watch.misses > 0 : watch.misses !== CALM);
    watch.heard(nowMs, this.settings);
    if (wasDueMs <= this.#deadlineMs) this.#reschedule();
    return watch;
  }
  /** @param ackOf absent: it is a ping, numbered `seq`. */
  onPing(watch, seq, ackOf, nowMs) {
    if (ackOf === void 0) {
      const ack = ACKS[seq % 256];
      if (ack !== void 0) this.sink.send(watch.hub, ack);
      return;
    }
    if (watch.answered(ackOf, nowMs, this.settings))
      this.sink.notice({ type: "rtt", hub: watch.hub, rttMs: watch.rttMs });
    this.health.heal(nowMs);
  }
  /** Pings at once whoever is not being asked already. */
  ask(watch, nowMs) {
    if (watch.misses !== CALM) return;
    this.#ping(watch, nowMs);
    this.#reschedule();
  }
  /** Everybody but those heard just now; their next beats are spread anew. */
  askAll(nowMs, rng) {
    const stagger = rng(this.#watches.length);
    for (const [index, watch] of this.#watches.entries()) {
      if (watch.misses !== CALM || nowMs - watch.heardMs < this.settings.freshMs) continue;
      watch.earlyMs = Math.floor(this.settings.intervalMs * (stagger[index] ?? 0) / 256);
      this.#ping(watch, nowMs);
    }
    this.#reschedule();
  }
  /** Pings whose beat is due.
   *  @returns those that have not answered in time, with their misses counted up. */
  tick(nowMs) {
    let missed = NONE3;
    for (const watch of this.#watches) {
      if (watch.dueMs > nowMs) continue;
      if (watch.misses === CALM) {
        watch.earlyMs = 0;
        this.#ping(watch, nowMs);
      } else {
        watch.misses += 1;
        watch.dueMs = nowMs + watch.answerMs(this.settings, this.health);
        missed = [...missed, watch];
      }
    }
    this.#reschedule();
    return missed;
  }
  /** A ping more in a silence: whoever is back answers all. */
  again(watch) {
    this.sink.send(watch.hub, PING);
  }
  /** Another observer hears it: the count of misses starts anew, the silence of the link does not. */
  reprieve(watch, nowMs) {
    if (watch.misses === CALM) return;
    watch.misses = 0;
    watch.dueMs = nowMs + watch.answerMs(this.settings, this.health);
    this.sink.send(watch.hub, PING);
    this.#reschedule();
  }
  /** This hub was stopped: what is waiting in its sockets is heard before anybody is judged by a round of its own. */
  restart(nowMs) {
    const { intervalMs } = this.settings;
    for (const [index, watch] of this.#watches.entries()) {
      watch.misses = CALM;
      watch.heardMs = nowMs;
      watch.dueMs = nowMs + (index + 1) * intervalMs / this.#watches.length;
    }
    this.#reschedule();
  }
  /** This hub was held up for a moment: the answers may be waiting in its sockets. */
  defer(nowMs) {
    const untilMs = nowMs + this.settings.answerMsMin;
    for (const watch of this.#watches) if (watch.misses !== CALM && watch.dueMs < untilMs) watch.dueMs = untilMs;
    this.#reschedule();
  }
  #ping(watch, nowMs) {
    const seq = this.sink.send(watch.hub, PING);
    watch.asked(seq, nowMs, watch.answerMs(this.settings, this.health));
  }
  #reschedule() {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const watch of this.#watches) if (watch.dueMs < deadlineMs) deadlineMs = watch.dueMs;
    this.#deadlineMs = deadlineMs;
  }
};

// runtime/mesh/liveness/probes.ts
var ASKERS_MAX = 8;
var Probes = class {
  constructor(self, settings, sink, beats) {
    this.self = self;
    this.settings = settings;
    this.sink = sink;
    this.beats = beats;
  }
  self;
  settings;
  sink;
  beats;
  /** @param isGone hubs that need not be asked. */
  start(subject, watchers, isGone, rng) {
    const others = watchers.filter((hub) => hub !== this.self && hub !== subject && !isGone(hub));
    if (others.length === 0) return;
    const turn = (rng(1)[0] ?? 0) % others.length;
    const inTurn = [...others.slice(turn), ...others.slice(0, turn)];
    const direct = inTurn.filter((hub) => this.beats.get(hub) !== void 0);
    const rest = inTurn.filter((hub) => this.beats.get(hub) === void 0);
    const relayed = rest.filter((hub) => this.#relayTo(hub, subject) !== void 0);
    const routed = rest.filter((hub) => this.#relayTo(hub, subject) === void 0);
    for (const witness of [...direct, ...relayed, ...routed].slice(0, this.settings.probesMax))
      this.#send({ hub: witness, via: this.#relayTo(witness, subject) }, { type: "PROBE", subject });
  }
  /** @returns what a witness says, when that is what came. */
  onProbe(from, body, nowMs) {
    if (body.to !== void 0 && body.to !== this.self) {
      this.#handOn(from, body, body.to);
      return void 0;
    }
    const author = body.by ?? from;
    if (body.verdict !== void 0)
      return { subject: body.subject, verdict: body.verdict, witness: author, voice: from };
    this.#question({ hub: author, via: body.by === void 0 ? void 0 : from }, body.subject, nowMs);
    return void 0;
  }
  /** Tells those that asked. */
  answer(watch, verdict) {
    const { askers } = watch;
    watch.askers = void 0;
    for (const asker2 of askers ?? []) this.#send(asker2, { type: "PROBE", subject: watch.hub, verdict });
  }
  #question(asker2, subject, nowMs) {
    const watch = this.beats.get(subject);
    if (watch === void 0) {
      this.sink.count("mesh.liveness.probeOfStranger");
      return;
    }
    watch.askers ??= [];
    if (watch.askers.length >= ASKERS_MAX) this.sink.count("mesh.liveness.askersMax");
    else if (!watch.askers.some((other) => other.hub === asker2.hub)) watch.askers.push(asker2);
    if (watch.misses >= this.settings.accuseAfterMisses) this.answer(watch, "silent");
    else if (watch.misses === CALM && nowMs - watch.heardMs <= this.settings.freshMs) this.answer(watch, "alive");
    else {
      watch.disturbed = true;
      this.beats.ask(watch, nowMs);
    }
  }
  /** One neighbour in between, never more. */
  #handOn(from, { subject, verdict, by }, to) {
    if (by !== void 0 || this.beats.get(to) === void 0) {
      this.sink.count("mesh.liveness.probeNotHandedOn");
      return;
    }
    this.sink.send(to, { type: "PROBE", subject, by: from, ...verdict === void 0 ? {} : { verdict } });
  }
  #relayTo(hub, subject) {
    return this.beats.watches.find((watch) => watch.hub !== subject && watch.watchers.includes(hub))?.hub;
  }
  #send({ hub, via }, probe2) {
    if (this.beats.get(hub) !== void 0) this.sink.send(hub, probe2);
    else if (via !== void 0) this.sink.send(via, { ...probe2, to: hub });
    else this.sink.route(hub, probe2);
  }
};

// runtime/mesh/liveness/settings.ts
var LIVENESS_DEFAULTS = {
  intervalMs: 1e3,
  graceMs: 100,
  measureEveryMs: 3e4,
  answerMsMin: 150,
  answerMsMax: 400,
  answerMsFirst: 300,
  accuseAfterMisses: 2,
  probesMax: 3,
  suspicionAnswers: [22, 7, 4.5, 2],
  closedMs: [1e3, 300, 200, 100],
  silentAnswers: 6,
  freshMs: 100,
  reprievesMax: 4,
  hearsayDeadMs: 500,
  hearsaySuspectMs: 1e4,
  lateMs: 100,
  stalledMs: 500,
  healthMax: 8,
  cutHoldMs: 100,
  spreadFactor: 1.5,
  spreadPaceMs: 10,
  forgetAfterMs: 6e5,
  casesMax: 512,
  creditsPerSecond: 512,
  refutationsPerSecond: 10
};

// runtime/mesh/liveness/spread.ts
var Spread = class {
  constructor(settings, sink) {
    this.settings = settings;
    this.sink = sink;
  }
  settings;
  sink;
  /** Made when there is something to say: most hubs never have. */
  #queue;
  #sentMs = Number.NEGATIVE_INFINITY;
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Where among the neighbours the next one begins, so that not always the same are left out. */
  #turn = 0;
  get deadlineMs() {
    return this.#deadlineMs;
  }
  /** Bounded by the number of cases: one entry for each hub, the newest. */
  add(hub, queued, nowMs) {
    this.#queue ??= /* @__PURE__ */ new Map();
    const earlier = this.#queue.get(hub);
    const merged = earlier !== void 0 && earlier.from !== queued.from ? { ...queued, from: void 0 } : queued;
    this.#queue.set(hub, merged);
    this.#deadlineMs = Math.max(nowMs, this.#sentMs + this.settings.spreadPaceMs);
  }
  /** @param cellSize hubs that are to hear it. */
  flush(watches, cellSize, nowMs) {
    if (nowMs < this.#deadlineMs) return;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#sentMs = nowMs;
    const queued = [...this.#queue?.values() ?? []].flatMap(({ update: update2, from, toAll }) => {
      const built = update2();
      return built === void 0 ? [] : [{ update: built, from, toAll }];
    });
    this.#queue = void 0;
    if (queued.length === 0) return;
    const fanout = Math.ceil(this.settings.spreadFactor * Math.log2(cellSize + 1));
    this.#turn += fanout;
    for (const [index, watch] of watches.entries()) {
      const isInTurn = (index + this.#turn) % watches.length < fanout;
      const updates = queued.filter(({ update: update2, from, toAll }) => (isInTurn || toAll || update2.hub === watch.hub) && from !== watch.hub).map(({ update: update2 }) => update2);
      for (let at = 0; at < updates.length; at += MEMBER_UPDATES_MAX)
        this.sink.send(watch.hub, { type: "MEMBERS", updates: updates.slice(at, at + MEMBER_UPDATES_MAX) });
    }
  }
};

// runtime/mesh/liveness/standing.ts
var IGNORE = Object.freeze({ type: "ignore" });
var Standing = class {
  constructor(hub, epoch, settings, crypto) {
    this.hub = hub;
    this.epoch = epoch;
    this.settings = settings;
    this.crypto = crypto;
  }
  hub;
  epoch;
  settings;
  crypto;
  #incarnation = 0;
  #left = false;
  #proof;
  #second = Number.NaN;
  #refutations = 0;
  get incarnation() {
    return this.#incarnation;
  }
  get left() {
    return this.#left;
  }
  leave() {
    this.#left = true;
    this.#proof = void 0;
    return this.update();
  }
  /** The newest statement; signed once. */
  update() {
    const statement = {
      hub: this.hub,
      state: this.#left ? "left" : "alive",
      epoch: this.epoch,
      incarnation: this.#incarnation
    };
    this.#proof ??= this.crypto?.prove(statement);
    return { ...statement, observers: [], ...this.#proof === void 0 ? {} : { proof: this.#proof } };
  }
  /** Somebody says something about this hub. An invented incarnation is not answered with a greater one: whoever believes
   *  only what is proven is not impressed by it, and the numbers would be used up. */
  answer(said, nowMs) {
    if (this.#left || said.state === "alive" && said.epoch === this.epoch) return this.#answerEcho(said);
    if (said.epoch < this.epoch || said.epoch === this.epoch && said.incarnation < this.#incarnation)
      return { type: "repeat", update: this.update() };
    if (!this.#mayRefute(nowMs)) return { type: "ignore", reason: "mesh.liveness.refutationsMax" };
    this.#raise(this.#incarnation + 1);
    return { type: "refute", update: this.update() };
  }
  /** One's own words, come back. Newer ones than were said are somebody else's with this key: a copy of this hub. */
  #answerEcho(said) {
    if (this.#left || said.incarnation <= this.#incarnation) return IGNORE;
    const { hub, state, epoch, incarnation, proof } = said;
    const isOwn = state === "alive" && proof !== void 0 && this.crypto?.holds({ hub, state, epoch, incarnation }, proof);
    if (!isOwn) return { type: "ignore", reason: "mesh.liveness.forgedStatement" };
    this.#raise(incarnation);
    return { type: "ignore", reason: "mesh.liveness.clonedSelf" };
  }
  #raise(incarnation) {
    this.#incarnation = incarnation;
    this.#proof = void 0;
  }
  #mayRefute(nowMs) {
    const second = Math.floor(nowMs / 1e3);
    if (second !== this.#second) {
      this.#second = second;
      this.#refutations = 0;
    }
    this.#refutations += 1;
    return this.#refutations <= this.settings.refutationsPerSecond;
  }
};

// runtime/mesh/liveness/liveness.ts
var PROOF_CREDITS = 8;
var PATIENCE_MIN = 0.25;
var PATIENCE_MAX = 4;
var BRIEFING_UPDATES_MAX = 8 * MEMBER_UPDATES_MAX;
var Liveness = class {
  /** @param crypto left out: statements are believed without proof (a simulation without hostile hubs). */
  constructor(self, epoch, settings = LIVENESS_DEFAULTS, sink, crypto) {
    this.self = self;
    this.settings = settings;
    this.sink = sink;
    this.crypto = crypto;
    this.#health = new LocalHealth(settings.healthMax);
    this.#beats = new Heartbeats(self, settings, sink, this.#health);
    this.#probes = new Probes(self, settings, sink, this.#beats);
    this.#spread = new Spread(settings, sink);
    this.#docket = new Docket(self, settings, sink, this.#health, this.#spread);
    this.#standing = new Standing(self, epoch, settings, crypto);
  }
  self;
  settings;
  sink;
  crypto;
  #health;
  #beats;
  #probes;
  #spread;
  #docket;
  #standing;
  /** Sorted; the routing part's own array. */
  #cell = [];
  /** Closed connections are no evidence before: this hub was stopped, and the others may have given it up. Unit: ms. */
  #listensUntilMs = Number.NEGATIVE_INFINITY;
  /** The least of all: read after every input of the node, so it is at hand. Unit: ms. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** The least of all but the heartbeats'. Unit: ms. */
  #othersDeadlineMs = Number.POSITIVE_INFINITY;
  /** Deadlines before it were missed, and that was dealt with. Unit: ms. */
  #lateMs = Number.NEGATIVE_INFINITY;
  get deadlineMs() {
    return this.#deadlineMs;
  }
  /** 1 … `healthMax`: how much slower than usual this hub accuses. */
  get healthMultiplier() {
    return this.#health.multiplier;
  }
  /** @returns undefined for a hub that is neither a neighbour nor of this cell, and of which nothing was said. */
  state(hub) {
    return this.#docket.get(hub)?.state ?? (hub === this.self || this.#concerns(hub) ? "alive" : void 0);
  }
  incarnation(hub) {
    return hub === this.self ? this.#standing.incarnation : this.#docket.get(hub)?.incarnation ?? 0;
  }
  /** Smoothed. Unit: ms. NaN before the first answer and for a hub that is no neighbour. */
  rttMs(hub) {
    return this.#beats.get(hub)?.rttMs ?? Number.NaN;
  }
  /** The cell, the neighbours, and whoever is remembered; sorted. */
  members() {
    const hubs2 = new Set(this.#cell);
    for (const watch of this.#beats.watches) hubs2.add(watch.hub);
    for (const { hub } of this.#docket.cases()) hubs2.add(hub);
    hubs2.add(this.self);
    return [...hubs2].sort().map((hub) => ({
      hub,
      state: this.state(hub) ?? "alive",
      incarnation: this.incarnation(hub)
    }));
  }
  /** Whom MEMBERS are about, besides neighbours. @param hubs sorted; kept, not copied; at most some hundreds. */
  inCell(hubs2) {
    this.#cell = hubs2;
  }
  /** @param hubs who has a link with that neighbour, as it says; kept, not copied. */
  watchersOf(hub, hubs2) {
    const watch = this.#beats.get(hub);
    if (watch !== void 0) watch.watchers = hubs2;
  }
  /** @param factor below 1: it is suspected sooner; above: later. 0.25 … 4. */
  setPatience(hub, factor) {
    const watch = this.#beats.get(hub);
    if (watch === void 0 || Number.isNaN(factor)) return;
    watch.patiencePercent = Math.round(Math.min(Math.max(factor, PATIENCE_MIN), PATIENCE_MAX) * 100);
  }
  /** Pings that neighbour now: there is a reason to doubt that it lives. */
  check(hub, nowMs) {
    const watch = this.#beats.get(hub);
    if (watch !== void 0) this.#beats.ask(watch, nowMs);
    this.#reschedule();
  }
  neighbourUp(neighbour2, nowMs, rng) {
    const watch = this.#beats.open(neighbour2, nowMs, (rng(1)[0] ?? 0) / 256);
    const others = this.#docket.absent().filter((update2) => update2.hub !== neighbour2.hub);
    const held = this.#docket.heard(watch, nowMs);
    const { hub } = neighbour2;
    this.sink.notice({ type: "hub-state", hub, state: this.state(hub) ?? "alive", incarnation: this.incarnation(hub) });
    this.#brief(hub, held === void 0 ? others : [held, ...others]);
    this.#flush(nowMs);
  }
  neighbourDown(hub, cause, nowMs, rng) {
    this.#checkLate(nowMs);
    const watch = this.#beats.close(hub);
    if (watch === void 0) {
      if (cause === "refused") this.#docket.refused(hub);
      this.#reschedule();
      return;
    }
    this.#probes.answer(watch, "silent");
    if (cause === "local" || nowMs < this.#listensUntilMs) this.#docket.orphan(watch, nowMs);
    else {
      this.#probes.start(hub, watch.watchers, (other) => this.#docket.isGone(other), rng);
      this.#docket.accuse(watch, cause, nowMs, nowMs);
    }
    this.#conclude(nowMs, rng);
  }
  /** For every frame of any kind, before what it says is handled. */
  heard(hub, nowMs) {
    if (nowMs - this.#deadlineMs > this.settings.lateMs) this.#checkLate(nowMs);
    const watch = this.#beats.heard(hub, nowMs);
    if (watch?.disturbed) this.#settle(watch, nowMs);
    this.#deadlineMs = Math.min(this.#beats.deadlineMs, this.#othersDeadlineMs);
  }
  onPing(from, seq, body, nowMs) {
    const watch = this.#beats.get(from);
    if (watch === void 0) this.sink.count("mesh.liveness.pingOfStranger");
    else this.#beats.onPing(watch, seq, body.ackOf, nowMs);
  }
  /** @param from the neighbour, or along routes whoever wrote it. */
  onProbe(from, body, nowMs) {
    if (!this.#affords(from, 1, nowMs)) return;
    const testimony = this.#probes.onProbe(from, body, nowMs);
    if (testimony !== void 0) this.#weigh(testimony, nowMs);
    this.#reschedule();
  }
  onMembers(from, { updates }, nowMs, rng) {
    for (const update2 of updates) {
      if (!this.#affords(from, update2.proof === void 0 ? 1 : PROOF_CREDITS, nowMs)) break;
      if (update2.hub === this.self) this.#answerFor(from, update2, nowMs);
      else if (!this.#concerns(update2.hub)) continue;
      else if (update2.state === "alive" || update2.state === "left") this.#onStatement(from, update2, nowMs);
      else this.#onAccusation(from, update2, nowMs);
    }
    this.#conclude(nowMs, rng);
  }
  /** This hub leaves in good order: said to all neighbours at once, so that nobody looks for it. */
  left() {
    const update2 = this.#standing.leave();
    for (const watch of this.#beats.watches) this.sink.send(watch.hub, { type: "MEMBERS", updates: [update2] });
  }
  tick(nowMs, rng) {
    this.#checkLate(nowMs);
    for (const watch of this.#beats.tick(nowMs)) this.#onMiss(watch, nowMs, rng);
    this.#conclude(nowMs, rng);
  }
  #weigh({ subject, verdict, witness, voice }, nowMs) {
    const watch = this.#beats.get(subject);
    const watchers = watch?.watchers ?? this.#docket.get(subject)?.watchers ?? [];
    if (!watchers.includes(witness)) this.sink.count("mesh.liveness.notObserver");
    else if (verdict === "alive") {
      if (this.#docket.reprieve(subject, nowMs) && watch !== void 0) this.#beats.reprieve(watch, nowMs);
    } else if (watch === void 0 || watch.misses !== CALM)
      this.#docket.confirm(watch, subject, witness, voice, nowMs);
  }
  #onMiss(watch, nowMs, rng) {
    const { accuseAfterMisses, silentAnswers } = this.settings;
    const answerMs = watch.answerMs(this.settings, this.#health);
    const isPastHope = nowMs - watch.pingMs >= silentAnswers * answerMs;
    this.#beats.again(watch);
    if (watch.misses === 1) this.#probes.start(watch.hub, watch.watchers, (hub) => this.#docket.isGone(hub), rng);
    const isUnaccused = this.#docket.get(watch.hub)?.evidence === void 0;
    if (watch.misses === accuseAfterMisses || isPastHope && isUnaccused) {
      this.#probes.answer(watch, "silent");
      if (this.#beats.isDeaf()) this.#health.hurt(nowMs);
      this.#docket.accuse(watch, "silent", nowMs - accuseAfterMisses * answerMs, nowMs);
    }
    if (isPastHope) this.sink.notice({ type: "silent", hub: watch.hub });
  }
  /** A neighbour in doubt is heard: whoever asked is told, and it is told what is said of it. */
  #settle(watch, nowMs) {
    this.#probes.answer(watch, "alive");
    const held = this.#docket.heard(watch, nowMs);
    if (held !== void 0) this.sink.send(watch.hub, { type: "MEMBERS", updates: [held] });
    this.#flush(nowMs);
  }
  #onAccusation(from, said, nowMs) {
    const known = this.#docket.get(said.hub);
    const watch = this.#beats.get(said.hub);
    if (said.incarnation > (known?.incarnation ?? 0) && !this.#learn(from, said, nowMs)) return;
    if (known?.outdates(said.epoch, said.incarnation)) {
      const update2 = known.update();
      if (update2 !== void 0) this.sink.send(from, { type: "MEMBERS", updates: [update2] });
      return;
    }
    const watchers = watch?.watchers ?? known?.watchers ?? [];
    const observers = watchers.length === 0 ? said.observers : said.observers.filter((hub) => watchers.includes(hub) || hub === this.self);
    if (observers.length === 0) {
      this.sink.count("mesh.liveness.notObserver");
      if (watch !== void 0) this.#warn(watch, said, nowMs);
      return;
    }
    if (watch === void 0) this.#docket.hear(from, said, observers, void 0, nowMs);
    else this.#hearAboutNeighbour(from, said, observers, watch, nowMs);
  }
  #hearAboutNeighbour(from, said, observers, watch, nowMs) {
    if (watch.misses === CALM && nowMs - watch.heardMs <= this.settings.freshMs) {
      this.#warn(watch, said, nowMs);
      if (observers.includes(from)) this.sink.send(from, { type: "PROBE", subject: watch.hub, verdict: "alive" });
      return;
    }
    this.#docket.hear(from, said, observers, watch, nowMs);
    this.#beats.ask(watch, nowMs);
  }
  /** Lets the accused refute, once for all those that pass the accusation on. */
  #warn(watch, said, nowMs) {
    const at = Math.floor(nowMs / this.settings.freshMs) % 2 ** 30;
    if (watch.warnedAt === at) return;
    watch.warnedAt = at;
    this.sink.send(watch.hub, { type: "MEMBERS", updates: [said] });
  }
  /** An accusation of a later incarnation must bring the accused's own word for it. */
  #learn(from, said, nowMs) {
    return this.#onStatement(from, { ...said, state: "alive", observers: [] }, nowMs);
  }
  #onStatement(from, said, nowMs) {
    const { hub, state, epoch, incarnation, proof } = said;
    if (state !== "alive" && state !== "left") return false;
    if (this.#docket.get(hub)?.outdates(epoch, incarnation)) return false;
    const holds = this.crypto === void 0 || proof !== void 0 && this.crypto.holds({ hub, state, epoch, incarnation }, proof);
    if (!holds) this.sink.count("mesh.liveness.badProof");
    return holds && this.#docket.state(said, from, nowMs);
  }
  #answerFor(from, said, nowMs) {
    const rebuttal = this.#standing.answer(said, nowMs);
    switch (rebuttal.type) {
      case "ignore":
        if (rebuttal.reason !== void 0) this.sink.count(rebuttal.reason);
        return;
      case "repeat":
        this.sink.send(from, { type: "MEMBERS", updates: [rebuttal.update] });
        return;
      case "refute":
        this.#health.hurt(nowMs);
        this.#spread.add(this.self, { update: () => rebuttal.update, from: void 0, toAll: true }, nowMs);
    }
  }
  /** Was this hub itself stopped? Its own deadlines tell. */
  #checkLate(nowMs) {
    const lateMs = nowMs - Math.max(this.#deadlineMs, this.#lateMs);
    if (lateMs <= this.settings.lateMs) return;
    this.#lateMs = nowMs;
    this.#health.hurt(nowMs);
    if (lateMs < this.settings.stalledMs) {
      this.#beats.defer(nowMs);
      return;
    }
    this.#listensUntilMs = nowMs + this.settings.intervalMs;
    this.#beats.restart(nowMs);
    this.#docket.withdraw(nowMs);
    this.sink.count("mesh.liveness.stalled");
  }
  #conclude(nowMs, rng) {
    const dead = this.#docket.tick(nowMs);
    if (dead.length > 0) {
      for (const hub of dead) if (this.#beats.get(hub) !== void 0) this.sink.notice({ type: "silent", hub });
      this.#beats.askAll(nowMs, rng);
    }
    this.#flush(nowMs);
  }
  #flush(nowMs) {
    this.#spread.flush(this.#beats.watches, Math.max(this.#cell.length, this.#beats.watches.length + 1), nowMs);
    this.#reschedule();
  }
  #reschedule() {
    this.#othersDeadlineMs = Math.min(this.#docket.deadlineMs, this.#spread.deadlineMs);
    this.#deadlineMs = Math.min(this.#beats.deadlineMs, this.#othersDeadlineMs);
  }
  #brief(hub, updates) {
    const told = updates.slice(0, BRIEFING_UPDATES_MAX);
    for (let at = 0; at < told.length; at += MEMBER_UPDATES_MAX)
      this.sink.send(hub, { type: "MEMBERS", updates: told.slice(at, at + MEMBER_UPDATES_MAX) });
  }
  /** What comes along routes is paid for by whoever is accused in it: nobody; so it is bounded by the forwarder's own limits. */
  #affords(from, credits, nowMs) {
    const watch = this.#beats.get(from);
    if (watch === void 0 || watch.spend(credits, nowMs, this.settings)) return true;
    this.sink.count("mesh.liveness.flooded");
    return false;
  }
  #concerns(hub) {
    return this.#beats.get(hub) !== void 0 || this.#docket.get(hub) !== void 0 || isAmong(this.#cell, hub);
  }
};
function isAmong(sorted, hub) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = low + high >> 1;
    if ((sorted[middle] ?? hub) < hub) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === hub;
}

// runtime/mesh/outbox/in-window.ts
var BYTES2 = PARCEL_WINDOW / 8;
var InWindow = class {
  stream;
  #floor;
  /** Bit n of byte m is the number floor + 1 + 8 m + n. Grows as needed. */
  #bits;
  constructor(stream, floor, above = new Uint8Array(0)) {
    this.stream = stream;
    this.#floor = floor;
    this.#bits = above.slice(0, BYTES2);
    this.#settle();
  }
  get floor() {
    return this.#floor;
  }
  /** Without the zeros at the end. */
  above() {
    let length4 = this.#bits.length;
    while (length4 > 0 && this.#bits[length4 - 1] === 0) length4 -= 1;
    return this.#bits.slice(0, length4);
  }
  arrive(number3) {
    const at = number3 - this.#floor - 1;
    if (at < 0 || this.#has(at)) return "duplicate";
    if (at >= PARCEL_WINDOW) return "ahead";
    const byte = at >> 3;
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.min(BYTES2, Math.max(8, 2 * byte + 1)));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[byte] = (this.#bits[byte] ?? 0) | 1 << (at & 7);
    this.#settle();
    return "new";
  }
  /** The origin will never send these again. */
  settleUpTo(number3) {
    if (number3 <= this.#floor) return;
    this.#shift(number3 - this.#floor);
    this.#settle();
  }
  #has(at) {
    return ((this.#bits[at >> 3] ?? 0) & 1 << (at & 7)) !== 0;
  }
  /** What has arrived right above the floor belongs below it. */
  #settle() {
    let run = 0;
    while (run < PARCEL_WINDOW && this.#has(run)) run += 1;
    if (run >= 8) this.#shift(run & ~7);
  }
  #shift(by) {
    this.#floor += by;
    if (by >= this.#bits.length * 8) {
      this.#bits = new Uint8Array(0);
      return;
    }
    const bytes = by >> 3;
    const bits = by & 7;
    const length4 = this.#bits.length;
    for (let i = 0; i < length4; i++) {
      const low = this.#bits[i + bytes] ?? 0;
      const high = this.#bits[i + bytes + 1] ?? 0;
      this.#bits[i] = (low >> bits | high << 8 - bits) & 255;
    }
  }
};

// runtime/mesh/outbox/records.ts
var OUTBOX_PREFIX = "outbox/";
var VERSION3 = 1;
function parcelKey({ origin: origin2, to, stream, number: number3 }) {
  return `${OUTBOX_PREFIX}parcel/${origin2}/${to}/${stream}/${number3}`;
}
function parcelBytes({
  expiresWallMs,
  priority,
  kind,
  content
}) {
  return concatBytes(header2([expiresWallMs], [priority, kind]), content);
}
function streamKey(to) {
  return `${OUTBOX_PREFIX}stream/${to}`;
}
function streamBytes({ stream, next }) {
  return header2([stream, next], []);
}
function windowKey(origin2) {
  return `${OUTBOX_PREFIX}window/${origin2}`;
}
function windowBytes({ stream, floor, above }) {
  return concatBytes(header2([stream, floor], []), above);
}
function readRecord2(key2, value2) {
  if (!key2.startsWith(OUTBOX_PREFIX) || value2[0] !== VERSION3) return void 0;
  const [type, hub = "", to = "", stream, number3] = key2.slice(OUTBOX_PREFIX.length).split("/");
  if (!isHubId(hub)) return void 0;
  const view = new DataView(value2.buffer, value2.byteOffset, value2.byteLength);
  if (type === "parcel") {
    if (!isHubId(to) || value2.length < 11) return void 0;
    const [streamNumber, parcelNumber] = [Number(stream), Number(number3)];
    if (!isCount2(streamNumber) || !isCount2(parcelNumber)) return void 0;
    return {
      type,
      origin: hub,
      to,
      stream: streamNumber,
      number: parcelNumber,
      expiresWallMs: view.getFloat64(1),
      priority: Math.min(7, value2[9] ?? 0),
      kind: value2[10] ?? 0,
      content: value2.slice(11)
    };
  }
  if (value2.length < 17) return void 0;
  const [first, second] = [view.getFloat64(1), view.getFloat64(9)];
  if (!isCount2(first) || !isCount2(second)) return void 0;
  if (type === "stream") return { type, to: hub, stream: first, next: second };
  if (type === "window") return { type, origin: hub, stream: first, floor: second, above: value2.slice(17) };
  return void 0;
}
function header2(numbers, bytes) {
  const out = new Uint8Array(1 + numbers.length * 8 + bytes.length);
  const view = new DataView(out.buffer);
  out[0] = VERSION3;
  numbers.forEach((number3, index) => {
    view.setFloat64(1 + index * 8, number3);
  });
  out.set(bytes, 1 + numbers.length * 8);
  return out;
}
function isCount2(value2) {
  return Number.isSafeInteger(value2) && value2 >= 0;
}

// runtime/mesh/outbox/fair-queue.ts
var PRIORITIES = 8;
var FairQueue = class {
  #queues = new Array(PRIORITIES).fill(void 0);
  /** Where each queue begins: a shift of a long array would move all of it. */
  #heads = new Uint32Array(PRIORITIES);
  #passes = new Float64Array(PRIORITIES);
  #pass = 0;
  #size = 0;
  get size() {
    return this.#size;
  }
  /** @param priority 0 … 7 */
  push(priority, item2) {
    let queue = this.#queues[priority];
    if (queue === void 0) {
      queue = [];
      this.#queues[priority] = queue;
    }
    if (queue.length === (this.#heads[priority] ?? 0))
      this.#passes[priority] = Math.max(this.#passes[priority] ?? 0, this.#pass);
    queue.push(item2);
    this.#size += 1;
  }
  /** What `pop` would return. */
  peek() {
    const priority = this.#next();
    return priority < 0 ? void 0 : this.#queues[priority]?.[this.#heads[priority] ?? 0];
  }
  pop() {
    const priority = this.#next();
    const queue = this.#queues[priority];
    if (priority < 0 || queue === void 0) return void 0;
    const head = this.#heads[priority] ?? 0;
    const item2 = queue[head];
    this.#pass = this.#passes[priority] ?? 0;
    this.#passes[priority] = this.#pass + 2 ** -priority;
    this.#size -= 1;
    if (head + 1 === queue.length) {
      this.#queues[priority] = void 0;
      this.#heads[priority] = 0;
    } else if (head >= 1024) {
      this.#queues[priority] = queue.slice(head + 1);
      this.#heads[priority] = 0;
    } else this.#heads[priority] = head + 1;
    return item2;
  }
  /** The higher priority first among those whose turn it is. */
  #next() {
    let best = -1;
    for (let priority = PRIORITIES - 1; priority >= 0; priority--) {
      if (this.#queues[priority] === void 0) continue;
      if (best < 0 || (this.#passes[priority] ?? 0) < (this.#passes[best] ?? 0)) best = priority;
    }
    return best;
  }
};

// runtime/mesh/outbox/departures.ts
var ENVELOPE_BYTES = 64;
var Departures = class {
  #events;
  #queue = new FairQueue();
  #pace;
  /** In the order in which they left. */
  #flying = /* @__PURE__ */ new Map();
  #pumpMs = Number.POSITIVE_INFINITY;
  /** The first acknowledgement that is overdue. Found anew when it is asked for after something moved. */
  #timerMs = Number.POSITIVE_INFINITY;
  #timerIsOld = false;
  constructor(settings, events) {
    this.#events = events;
    this.#pace = new TokenBucket(settings.bytesPerSecond, settings.burstBytes);
  }
  get deadlineMs() {
    if (this.#timerIsOld) this.#setTimer();
    return Math.min(this.#pumpMs, this.#timerMs);
  }
  tick(nowMs) {
    if (this.#timerIsOld) this.#setTimer();
    if (this.#timerMs <= nowMs) for (const [stream, flying] of this.#flying) this.#timeOut(stream, flying, nowMs);
    if (this.#queue.size > 0) this.#pump(nowMs);
  }
  /** It leaves at the next tick, when its turn comes. */
  enqueue(parcel2, nowMs) {
    parcel2.state = "queued";
    this.#queue.push(parcel2.priority, parcel2);
    this.#pumpMs = Math.min(this.#pumpMs, nowMs);
  }
  /** Sends as much as the pace allows. What finds its stream's window full waits there, so that one hub does not hold up the others. */
  #pump(nowMs) {
    this.#pumpMs = Number.POSITIVE_INFINITY;
    for (let parcel2 = this.#queue.peek(); parcel2 !== void 0; parcel2 = this.#queue.peek()) {
      const { stream } = parcel2;
      if (parcel2.state !== "queued") this.#queue.pop();
      else if (!stream.mayFly(parcel2)) {
        this.#queue.pop();
        parcel2.state = "parked";
        stream.parked.push(parcel2.priority, parcel2);
      } else {
        const cost = parcel2.content.length + ENVELOPE_BYTES;
        if (!this.#pace.take(nowMs, cost)) {
          this.#pumpMs = this.#pace.readyMs(nowMs, cost);
          return;
        }
        this.#queue.pop();
        this.#fly(parcel2, nowMs);
      }
    }
  }
  #timeOut(stream, flying, nowMs) {
    const { timeoutMs } = stream;
    let lost = 0;
    for (const parcel2 of flying) {
      if (parcel2.sentMs + timeoutMs > nowMs) break;
      this.ground(parcel2);
      this.enqueue(parcel2, nowMs);
      lost += 1;
    }
    if (lost === 0) return;
    const silent = stream.flying === 0;
    stream.lost(silent);
    if (silent) this.#events.silent(stream.to);
  }
  #setTimer() {
    this.#timerIsOld = false;
    this.#timerMs = Number.POSITIVE_INFINITY;
    for (const [stream, flying] of this.#flying) {
      const [first] = flying;
      if (first !== void 0) this.#timerMs = Math.min(this.#timerMs, first.sentMs + stream.timeoutMs);
    }
  }
  /** What is under way is taken for lost, and tried again without waiting. */
  hope(stream, nowMs) {
    stream.hopeful();
    for (const parcel2 of this.#flying.get(stream) ?? []) {
      this.ground(parcel2);
      this.enqueue(parcel2, nowMs);
    }
    this.unpark(stream, nowMs);
  }
  /** No longer under way. */
  ground(parcel2) {
    const flying = this.#flying.get(parcel2.stream);
    if (flying?.delete(parcel2) !== true) return;
    this.#timerIsOld = true;
    parcel2.stream.flying -= 1;
    if (flying.size === 0) this.#flying.delete(parcel2.stream);
  }
  /** As many as the window has room for: more would only be parked again. */
  unpark(stream, nowMs) {
    let { room } = stream;
    for (let parcel2 = stream.parked.peek(); parcel2 !== void 0; parcel2 = stream.parked.peek()) {
      if (parcel2.state === "parked" && !stream.mayFly(parcel2)) return;
      stream.parked.pop();
      if (parcel2.state !== "parked") continue;
      this.enqueue(parcel2, nowMs);
      room -= 1;
      if (room <= 0) return;
    }
  }
  #fly(parcel2, nowMs) {
    const { stream } = parcel2;
    parcel2.state = "flying";
    parcel2.sentMs = nowMs;
    parcel2.tries += 1;
    stream.flying += 1;
    let flying = this.#flying.get(stream);
    if (flying === void 0) {
      flying = /* @__PURE__ */ new Set();
      this.#flying.set(stream, flying);
    }
    flying.add(parcel2);
    this.#timerIsOld = true;
    this.#events.launch(parcel2, nowMs);
  }
};

// runtime/mesh/outbox/shelf.ts
var PARCEL_BYTES = 300;
var Shelf = class {
  #self;
  #settings;
  #byPriority = new Array(8).fill(void 0);
  #all = { bytes: 0, parcels: 0 };
  #custody = { bytes: 0, parcels: 0 };
  constructor(self, settings) {
    this.#self = self;
    this.#settings = settings;
  }
  get parcels() {
    return this.#all.parcels;
  }
  get bytes() {
    return this.#all.bytes;
  }
  /** @returns the parcels that must go first; undefined when it cannot be: all that is here is worth more. */
  roomFor(priority, bytes, own) {
    const { bytesMax, parcelsMax, custodyBytesMax, custodyParcelsMax } = this.#settings;
    const size2 = bytes + PARCEL_BYTES;
    const { bytes: heldBytes, parcels: heldParcels } = this.#custody;
    if (!own && (heldBytes + size2 > custodyBytesMax || heldParcels >= custodyParcelsMax)) return void 0;
    const victims = [];
    let { bytes: left, parcels } = this.#all;
    for (let level = 0; level <= priority; level++)
      for (const parcel2 of this.#byPriority[level] ?? []) {
        if (left + size2 <= bytesMax && parcels < parcelsMax) return victims;
        victims.push(parcel2);
        left -= sizeOf(parcel2);
        parcels -= 1;
      }
    return left + size2 <= bytesMax && parcels < parcelsMax ? victims : void 0;
  }
  add(parcel2) {
    let level = this.#byPriority[parcel2.priority];
    if (level === void 0) {
      level = /* @__PURE__ */ new Set();
      this.#byPriority[parcel2.priority] = level;
    }
    level.add(parcel2);
    this.#tally(parcel2, 1);
  }
  delete(parcel2) {
    if (this.#byPriority[parcel2.priority]?.delete(parcel2) === true) this.#tally(parcel2, -1);
  }
  *all() {
    for (const level of this.#byPriority) if (level !== void 0) yield* level;
  }
  #tally(parcel2, sign) {
    const tallies = parcel2.stream.origin === this.#self ? [this.#all] : [this.#all, this.#custody];
    for (const tally of tallies) {
      tally.bytes += sign * sizeOf(parcel2);
      tally.parcels += sign;
    }
  }
};
function sizeOf(parcel2) {
  return parcel2.content.length + PARCEL_BYTES;
}

// runtime/mesh/outbox/stream.ts
var Stream = class {
  constructor(origin2, to, stream, settings) {
    this.origin = origin2;
    this.to = to;
    this.stream = stream;
    this.#settings = settings;
    this.#window = settings.windowFirst;
  }
  origin;
  to;
  stream;
  parcels = /* @__PURE__ */ new Map();
  parked = new FairQueue();
  flying = 0;
  /** The next number; only an origin hands out numbers. */
  next = 1;
  usedMs = 0;
  #window;
  #roundTripMs = Number.NaN;
  #deviationMs = 0;
  #backoff = 1;
  #settings;
  /** The oldest number that is not settled, or the next one. Parcels are in the order of their numbers. */
  get oldest() {
    for (const number3 of this.parcels.keys()) return number3;
    return this.next;
  }
  get backingOff() {
    return this.#backoff > 1;
  }
  /** Whether one more may be sent, and this one: the receiver remembers PARCEL_WINDOW numbers from the oldest on. */
  mayFly(parcel2) {
    return this.flying < this.#window && parcel2.number - this.oldest < PARCEL_WINDOW;
  }
  /** How many more may be under way. */
  get room() {
    return this.#window - this.flying;
  }
  /** Unit: ms. */
  get timeoutMs() {
    const { timeoutMs, timeoutMsMin, timeoutMsMax } = this.#settings;
    const base = Number.isNaN(this.#roundTripMs) ? timeoutMs : this.#roundTripMs + 4 * this.#deviationMs;
    return Math.min(timeoutMsMax, Math.max(timeoutMsMin, base) * this.#backoff);
  }
  /** @param roundTripMs of a parcel that was sent once: of others nobody knows which try was answered (Karn). */
  acknowledged(roundTripMs) {
    this.#backoff = 1;
    this.#window = Math.min(this.#settings.windowMax, this.#window + 1);
    if (roundTripMs === void 0) return;
    if (Number.isNaN(this.#roundTripMs)) {
      this.#roundTripMs = roundTripMs;
      this.#deviationMs = roundTripMs / 2;
      return;
    }
    const error2 = roundTripMs - this.#roundTripMs;
    this.#roundTripMs += error2 / 8;
    this.#deviationMs += (Math.abs(error2) - this.#deviationMs) / 4;
  }
  /** No acknowledgement came in time. @param silent none at all since the last loss: the hub may be out of reach. */
  lost(silent) {
    this.#window = silent ? 1 : Math.max(1, this.#window / 2);
    this.#backoff = Math.min(this.#backoff * 2, 1 << 16);
  }
  /** It may be in reach again. */
  hopeful() {
    this.#backoff = 1;
  }
};

// runtime/mesh/outbox/stream-table.ts
var STREAMS_PER_EPOCH = 4096;
var StreamTable = class {
  #self;
  #epoch;
  #settings;
  #streams = /* @__PURE__ */ new Map();
  #begun = 0;
  constructor(self, epoch, settings) {
    this.#self = self;
    this.#epoch = epoch;
    this.#settings = settings;
  }
  get(origin2, to) {
    return this.#streams.get(this.#keyOf(origin2, to));
  }
  values() {
    return this.#streams.values();
  }
  /** @param idle called with this hub's stream that had to go.
   *  @returns undefined when every stream is in use. */
  begin(to, idle2) {
    if (this.#begun >= STREAMS_PER_EPOCH || !this.#makeRoom(idle2)) return void 0;
    const number3 = this.#epoch * STREAMS_PER_EPOCH + this.#begun;
    this.#begun += 1;
    return this.add(this.#self, to, number3);
  }
  /** @returns undefined when the table is full. */
  add(origin2, to, number3) {
    if (this.#streams.size >= this.#settings.streamsMax) return void 0;
    const stream = new Stream(origin2, to, number3, this.#settings);
    this.#streams.set(this.#keyOf(origin2, to), stream);
    return stream;
  }
  delete({ origin: origin2, to }) {
    this.#streams.delete(this.#keyOf(origin2, to));
  }
  #keyOf(origin2, to) {
    return origin2 === this.#self ? to : origin2 + to;
  }
  /** The idle stream that was used longest ago goes; the next one to the same hub has a greater number. */
  #makeRoom(idle2) {
    if (this.#streams.size < this.#settings.streamsMax) return true;
    let idlest;
    for (const stream of this.#streams.values())
      if (stream.parcels.size === 0 && stream.usedMs < (idlest?.usedMs ?? Number.POSITIVE_INFINITY)) idlest = stream;
    if (idlest === void 0) return false;
    this.delete(idlest);
    idle2(idlest);
    return true;
  }
};

// runtime/mesh/outbox/sender.ts
var HOPE_MS = 1e3;
var SWEEP_MS = 1e3;
var Sender = class {
  #options;
  #settings;
  #sink;
  #streams;
  #departures;
  #shelf;
  /** In the order of their serials. */
  #writing = /* @__PURE__ */ new Map();
  #expiryMs = Number.POSITIVE_INFINITY;
  /** When all that back off try again, and when they last did. */
  #hopeMs = Number.POSITIVE_INFINITY;
  #hopedMs = Number.NEGATIVE_INFINITY;
  #custodians = [];
  constructor(options2) {
    this.#options = options2;
    this.#settings = options2.settings;
    this.#sink = options2.sink;
    this.#streams = new StreamTable(options2.hub, options2.epoch, options2.settings);
    this.#shelf = new Shelf(options2.hub, options2.settings);
    this.#departures = new Departures(options2.settings, {
      launch: (parcel2, nowMs) => this.#launch(parcel2, nowMs),
      silent: (to) => options2.sink.learnt(to, false)
    });
  }
  get parcels() {
    return this.#shelf.parcels;
  }
  get bytes() {
    return this.#shelf.bytes;
  }
  /** Whether nothing is left here that nobody else has taken. */
  get handedOver() {
    for (const parcel2 of this.#shelf.all()) if (parcel2.state !== "custody") return false;
    return true;
  }
  get deadlineMs() {
    const expiryMs = this.#shelf.parcels === 0 ? Number.POSITIVE_INFINITY : this.#expiryMs;
    return Math.min(this.#departures.deadlineMs, expiryMs, this.#hopeMs);
  }
  /** @returns undefined when there is no room for it. */
  send(to, content, priority, ttlMs, nowMs) {
    const stream = this.#streamFor(to, nowMs);
    const room = this.#shelf.roomFor(priority, content.bytes.length, true);
    if (stream === void 0 || room === void 0) {
      this.#sink.count("mesh.outbox.full");
      return void 0;
    }
    const number3 = stream.next;
    stream.next += 1;
    const { to: hub, stream: id, next } = stream;
    const streamPut = { type: "put", key: streamKey(to), value: streamBytes({ to: hub, stream: id, next }) };
    this.#shelve(stream, { number: number3, content, priority, expiresMs: nowMs + ttlMs }, room, [streamPut], nowMs);
    return { to, stream: stream.stream, number: number3 };
  }
  /** For a hub that leaves. @returns false when there is no room, or no such life left. */
  takeCustody(origin2, to, body, nowMs) {
    const { stream: id, number: number3, content, priority = 0, ttlS = 0, kind = 0 } = body;
    if (content === void 0 || ttlS === 0) return false;
    const known = this.#streams.get(origin2, to);
    if (known !== void 0 && known.stream !== id) return false;
    if (known?.parcels.has(number3)) return true;
    const room = this.#shelf.roomFor(priority, content.length, false);
    const stream = room === void 0 ? void 0 : known ?? this.#streams.add(origin2, to, id);
    if (room === void 0 || stream === void 0) return false;
    const expiresMs = nowMs + ttlS * 1e3;
    this.#shelve(stream, { number: number3, content: { kind, bytes: content }, priority, expiresMs }, room, [], nowMs);
    return true;
  }
  /** @param from who says so: the destination, or the custodian that passes its word on. */
  onAck(from, body, nowMs) {
    const origin2 = body.origin ?? this.#options.hub;
    const to = body.to ?? from;
    const stream = this.#streams.get(origin2, to);
    if (stream === void 0 || stream.stream !== body.stream) return;
    const passedOn = to !== from;
    const mayTell = (parcel2) => !passedOn || parcel2.custodian === from;
    let any = false;
    const settle = (number3) => {
      const parcel2 = stream.parcels.get(number3);
      if (parcel2 === void 0 || parcel2.state === "writing" || !mayTell(parcel2)) return;
      if (!passedOn && parcel2.state === "flying")
        stream.acknowledged(parcel2.tries === 1 ? nowMs - parcel2.sentMs : void 0);
      any = true;
      this.#settle(parcel2, "delivered");
    };
    for (const number3 of stream.parcels.keys())
      if (number3 <= body.number) settle(number3);
      else if (origin2 === this.#options.hub) break;
    const { above } = body;
    for (let at = 0; above !== void 0 && at < above.length * 8; at++)
      if (((above[at >> 3] ?? 0) & 1 << (at & 7)) !== 0) settle(body.number + 1 + at);
    if (!any) return;
    if (!passedOn) this.#sink.learnt(to, true);
    if (origin2 !== this.#options.hub) this.#sink.route(origin2, parcelMessage({ ...body, origin: void 0, to }));
    this.#departures.unpark(stream, nowMs);
  }
  onTaken(from, body, nowMs) {
    const stream = body.to === void 0 ? void 0 : this.#streams.get(this.#options.hub, body.to);
    const parcel2 = stream?.stream === body.stream ? stream.parcels.get(body.number) : void 0;
    if (stream === void 0 || parcel2 === void 0 || parcel2.custodian !== from) return;
    if (parcel2.state === "flying") stream.acknowledged(parcel2.tries === 1 ? nowMs - parcel2.sentMs : void 0);
    this.#departures.ground(parcel2);
    parcel2.state = "custody";
    this.#departures.unpark(stream, nowMs);
  }
  written(serial, nowMs) {
    for (const [one, parcel2] of this.#writing) {
      if (one > serial) break;
      this.#writing.delete(one);
      if (parcel2.state === "writing") this.#departures.enqueue(parcel2, nowMs);
    }
  }
  writeFailed(serial) {
    const parcel2 = this.#writing.get(serial);
    if (parcel2 === void 0) return;
    this.#writing.delete(serial);
    this.#sink.count("mesh.outbox.notWritten");
    this.#settle(parcel2, "dropped");
  }
  /** This hub may be in reach again: what waits for it is tried now. */
  reachable(hub, nowMs) {
    for (const stream of this.#streams.values()) if (stream.to === hub) this.#departures.hope(stream, nowMs);
  }
  /** Anybody may be in reach again: what backs off is tried at the next tick, not more often than every `HOPE_MS`. */
  waysChanged(nowMs) {
    this.#hopeMs = Math.min(this.#hopeMs, Math.max(nowMs, this.#hopedMs + HOPE_MS));
  }
  /** From now on parcels go to these, who deliver them in this hub's place; to nobody: to their readers again. */
  leave(custodians, nowMs) {
    this.#custodians = custodians;
    for (const parcel2 of this.#shelf.all())
      if (parcel2.state === "custody" && custodians.length === 0) this.#departures.enqueue(parcel2, nowMs);
    for (const stream of this.#streams.values()) this.#departures.hope(stream, nowMs);
  }
  tick(nowMs) {
    if (this.#expiryMs <= nowMs) this.#expire(nowMs);
    if (this.#hopeMs <= nowMs) {
      this.#hopeMs = Number.POSITIVE_INFINITY;
      this.#hopedMs = nowMs;
      for (const stream of this.#streams.values()) if (stream.backingOff) this.#departures.hope(stream, nowMs);
    }
    this.#departures.tick(nowMs);
  }
  restoreStream({ to, stream: id, next }) {
    const stream = this.#streams.add(this.#options.hub, to, id);
    if (stream === void 0) this.#sink.count("mesh.outbox.restoreFull");
    else stream.next = next;
  }
  /** In the order of their numbers, after all streams. */
  restoreParcel(record2, nowMs) {
    const { origin: origin2, to, stream: id, number: number3, kind, content, priority } = record2;
    const own = origin2 === this.#options.hub;
    const stream = this.#streams.get(origin2, to) ?? (own ? void 0 : this.#streams.add(origin2, to, id));
    const room = this.#shelf.roomFor(priority, content.length, own);
    if (stream === void 0 || stream.stream !== id || room === void 0 || room.length > 0)
      return this.#sink.count("mesh.outbox.restoreFull");
    const expiresMs = record2.expiresWallMs - this.#options.wallOffsetMs;
    const parcel2 = this.#place(stream, { number: number3, content: { kind, bytes: content }, priority, expiresMs });
    this.#departures.enqueue(parcel2, nowMs);
  }
  #shelve(stream, draft, victims, more, nowMs) {
    for (const victim of victims) {
      this.#sink.count("mesh.outbox.dropped");
      this.#settle(victim, "dropped");
      this.#departures.unpark(victim.stream, nowMs);
    }
    const parcel2 = this.#place(stream, draft);
    const serial = this.#options.nextSerial();
    this.#writing.set(serial, parcel2);
    this.#sink.write(
      [{ type: "put", key: parcelKey(this.#record(parcel2)), value: parcelBytes(this.#record(parcel2)) }, ...more],
      serial
    );
  }
  #place(stream, { number: number3, content, priority, expiresMs }) {
    const parcel2 = {
      stream,
      number: number3,
      priority,
      kind: content.kind,
      content: content.bytes,
      expiresMs,
      state: "writing",
      sentMs: 0,
      tries: 0,
      custodian: void 0
    };
    stream.parcels.set(number3, parcel2);
    this.#shelf.add(parcel2);
    this.#expiryMs = Math.min(this.#expiryMs, expiresMs);
    return parcel2;
  }
  #record(parcel2) {
    const { stream, number: number3, priority, kind, content, expiresMs } = parcel2;
    const expiresWallMs = expiresMs + this.#options.wallOffsetMs;
    return {
      origin: stream.origin,
      to: stream.to,
      stream: stream.stream,
      number: number3,
      expiresWallMs,
      priority,
      kind,
      content
    };
  }
  #streamFor(to, nowMs) {
    const known = this.#streams.get(this.#options.hub, to);
    const stream = known ?? this.#streams.begin(
      to,
      (gone) => this.#sink.write([{ type: "delete", key: streamKey(gone.to) }], this.#options.nextSerial())
    );
    if (stream !== void 0) stream.usedMs = nowMs;
    return stream;
  }
  #launch(parcel2, nowMs) {
    const { stream, number: number3, priority, kind, content, expiresMs } = parcel2;
    const own = stream.origin === this.#options.hub;
    const ttlS = Math.max(1, Math.ceil((expiresMs - nowMs) / 1e3));
    const custodian = own ? this.#custodians[number3 % this.#custodians.length] : void 0;
    parcel2.custodian = custodian ?? parcel2.custodian;
    if (parcel2.tries > 1) this.#sink.count("mesh.outbox.sentAgain");
    const behind = own ? number3 - stream.oldest : void 0;
    const body = { stream: stream.stream, number: number3, behind, priority, ttlS, kind, content };
    if (custodian !== void 0) this.#sink.route(custodian, parcelMessage({ op: "custody", ...body, to: stream.to }));
    else if (own) this.#sink.route(stream.to, parcelMessage({ op: "parcel", ...body }));
    else this.#sink.route(stream.to, parcelMessage({ op: "parcel", ...body, origin: stream.origin }));
  }
  #settle(parcel2, outcome) {
    const { stream, number: number3 } = parcel2;
    this.#departures.ground(parcel2);
    parcel2.state = "gone";
    stream.parcels.delete(number3);
    this.#shelf.delete(parcel2);
    this.#sink.write([{ type: "delete", key: parcelKey(this.#record(parcel2)) }], this.#options.nextSerial());
    if (stream.origin === this.#options.hub)
      this.#sink.settled({ to: stream.to, stream: stream.stream, number: number3 }, outcome);
    else if (stream.parcels.size === 0) this.#streams.delete(stream);
  }
  #expire(nowMs) {
    let nextMs = Number.POSITIVE_INFINITY;
    const expired = [];
    for (const parcel2 of this.#shelf.all())
      if (parcel2.expiresMs <= nowMs) expired.push(parcel2);
      else nextMs = Math.min(nextMs, parcel2.expiresMs);
    this.#expiryMs = nextMs === Number.POSITIVE_INFINITY ? nextMs : Math.max(nextMs, nowMs + SWEEP_MS);
    for (const parcel2 of expired) {
      this.#sink.count("mesh.outbox.expired");
      this.#settle(parcel2, "expired");
      this.#departures.unpark(parcel2.stream, nowMs);
    }
  }
};
function parcelMessage(body) {
  return { type: "PARCEL", ...body };
}

// runtime/mesh/outbox/receiver.ts
var Receiver = class {
  #hub;
  #settings;
  #sink;
  #nextSerial;
  #windows;
  /** Origins whose windows differ from what is on disk. */
  #dirty = /* @__PURE__ */ new Set();
  /** The write under way, and whose windows it holds. */
  #writing;
  /** By reader and origin. */
  #acks = /* @__PURE__ */ new Map();
  #flushMs = Number.POSITIVE_INFINITY;
  constructor(hub, settings, sink, nextSerial) {
    this.#hub = hub;
    this.#settings = settings;
    this.#sink = sink;
    this.#nextSerial = nextSerial;
  }
  get deadlineMs() {
    return this.#flushMs;
  }
  onParcel(from, body, nowMs) {
    const { origin: origin2 = from, stream, number: number3, behind, kind, content } = body;
    if (kind === void 0 || content === void 0 || number3 < 1 || origin2 === this.#hub)
      return this.#sink.count("mesh.outbox.incomplete");
    if (origin2 === from && behind === void 0) return this.#sink.count("mesh.outbox.incomplete");
    const back = origin2 === from && behind !== void 0 ? behind + 1 : PARCEL_WINDOW;
    const settled2 = Math.max(0, number3 - back);
    const window = this.#windowOf(origin2, stream, settled2);
    if (stream < window.stream) return this.#sink.count("mesh.outbox.oldStream");
    if (origin2 === from) window.settleUpTo(settled2);
    const arrival = window.arrive(number3);
    if (arrival === "ahead") return this.#sink.count("mesh.outbox.ahead");
    if (this.#acks.size < this.#settings.windowsMax) this.#acks.set(from + origin2, { to: from, origin: origin2 });
    this.#flushMs = Math.min(this.#flushMs, nowMs + this.#settings.ackDelayMs);
    if (arrival === "duplicate") this.#sink.count("mesh.outbox.repeat");
    else {
      this.#dirty.add(origin2);
      this.#sink.deliver(origin2, { kind, bytes: content }, { stream, number: number3 });
    }
    this.#write();
  }
  /** Acknowledges what is safe on disk; what is not waits for its write. */
  tick(nowMs) {
    if (this.#flushMs > nowMs) return;
    this.#flushMs = Number.POSITIVE_INFINITY;
    for (const [key2, ack] of this.#acks) {
      if (this.#dirty.has(ack.origin) || this.#writing?.origins.has(ack.origin) === true) continue;
      this.#acks.delete(key2);
      this.#acknowledge(ack);
    }
  }
  written(serial, nowMs) {
    if (this.#writing === void 0 || this.#writing.serial > serial) return;
    this.#writing = void 0;
    if (this.#acks.size > 0) this.#flushMs = Math.min(this.#flushMs, nowMs + this.#settings.ackDelayMs);
    this.#write();
  }
  /** Nothing is acknowledged: the parcels come again, and the write is tried again with them. */
  writeFailed(serial) {
    if (this.#writing?.serial !== serial) return;
    this.#sink.count("mesh.outbox.notWritten");
    for (const origin2 of this.#writing.origins) this.#dirty.add(origin2);
    this.#writing = void 0;
  }
  restore({ origin: origin2, stream, floor, above }) {
    this.#remember(origin2, new InWindow(stream, floor, above));
  }
  #write() {
    if (this.#writing !== void 0 || this.#dirty.size === 0) return;
    const origins = this.#dirty;
    this.#dirty = /* @__PURE__ */ new Set();
    const puts = [];
    for (const origin2 of origins) {
      const window = this.#windows?.get(origin2);
      if (window === void 0) continue;
      const { stream, floor } = window;
      puts.push({ type: "put", key: windowKey(origin2), value: windowBytes({ stream, floor, above: window.above() }) });
    }
    const serial = this.#nextSerial();
    this.#writing = { serial, origins };
    this.#sink.write(puts, serial);
  }
  /** All that has arrived of the stream, so that a lost acknowledgement costs nothing once a later one comes. */
  #acknowledge({ to, origin: origin2 }) {
    const window = this.#windows?.get(origin2);
    if (window === void 0) return;
    const bits = window.above();
    const body = { op: "ack", stream: window.stream, number: window.floor };
    const above = bits.length === 0 ? void 0 : bits;
    this.#sink.route(to, parcelMessage({ ...body, origin: origin2 === to ? void 0 : origin2, above }));
  }
  /** A greater stream is a new numbering: what came before it is over. */
  #windowOf(origin2, stream, settled2) {
    const known = this.#windows?.get(origin2);
    if (known !== void 0 && known.stream >= stream) return known;
    const window = new InWindow(stream, settled2);
    this.#remember(origin2, window);
    return window;
  }
  #remember(origin2, window) {
    this.#windows ??= new LruMap(this.#settings.windowsMax);
    const forgotten = this.#windows.set(origin2, window);
    if (forgotten === void 0) return;
    this.#sink.count("mesh.outbox.windowForgotten");
    this.#dirty.delete(forgotten[0]);
    this.#sink.write([{ type: "delete", key: windowKey(forgotten[0]) }], this.#nextSerial());
  }
};

// runtime/mesh/outbox/settings.ts
var OUTBOX_DEFAULTS = {
  bytesMax: 64 * 1048576,
  parcelsMax: 16384,
  custodyBytesMax: 16 * 1048576,
  custodyParcelsMax: 4096,
  streamsMax: 1024,
  ttlMsMax: 72 * 36e5,
  windowsMax: 1024,
  bytesPerSecond: 262144,
  burstBytes: 65536,
  windowFirst: 4,
  windowMax: 64,
  timeoutMs: 1e3,
  timeoutMsMin: 200,
  timeoutMsMax: 6e4,
  ackDelayMs: 20
};

// runtime/mesh/outbox/outbox.ts
var Outbox = class {
  #hub;
  #settings;
  #sink;
  #sender;
  #receiver;
  /** Custody that is promised once it is written: by serial, in order. */
  #promises = /* @__PURE__ */ new Map();
  #serial = 0;
  constructor({ hub, epoch, wallOffsetMs, sink, settings = OUTBOX_DEFAULTS }) {
    this.#hub = hub;
    this.#settings = settings;
    this.#sink = sink;
    const nextSerial = () => {
      this.#serial += 1;
      return this.#serial;
    };
    this.#sender = new Sender({ hub, epoch, wallOffsetMs, settings, sink, nextSerial });
    this.#receiver = new Receiver(hub, settings, sink, nextSerial);
  }
  get deadlineMs() {
    return Math.min(this.#sender.deadlineMs, this.#receiver.deadlineMs);
  }
  /** What waits here, own and others'. */
  get waiting() {
    return { parcels: this.#sender.parcels, bytes: this.#sender.bytes };
  }
  /** After `leave`: nothing is left here that no custodian has taken. */
  get handedOver() {
    return this.#sender.handedOver;
  }
  /** @returns undefined when there is no room: what is here is worth more.
   *  @throws RangeError for a priority, a life or a size that no parcel can have, and for a parcel to oneself. */
  send(to, content, { priority, ttlMs }, nowMs) {
    if (to === this.#hub) throw new RangeError("a parcel to oneself");
    if (!Number.isInteger(priority) || priority < 0 || priority > 7) throw new RangeError(`priority ${priority}`);
    if (!(ttlMs > 0 && ttlMs <= this.#settings.ttlMsMax)) throw new RangeError(`a life of ${ttlMs} ms`);
    if (content.bytes.length > PARCEL_CONTENT_BYTES_MAX) throw new RangeError(`${content.bytes.length} bytes`);
    return this.#sender.send(to, content, priority, ttlMs, nowMs);
  }
  onParcel(from, body, nowMs) {
    const handlers = {
      parcel: () => this.#receiver.onParcel(from, body, nowMs),
      ack: () => this.#sender.onAck(from, body, nowMs),
      custody: () => this.#onCustody(from, body, nowMs),
      taken: () => this.#sender.onTaken(from, body, nowMs)
    };
    handlers[body.op]();
  }
  tick(nowMs) {
    this.#sender.tick(nowMs);
    this.#receiver.tick(nowMs);
  }
  /** Everything up to this serial survives a loss of power. */
  written(serial, nowMs) {
    this.#sender.written(serial, nowMs);
    this.#receiver.written(serial, nowMs);
    for (const [one, { from, body }] of this.#promises) {
      if (one > serial) break;
      this.#promises.delete(one);
      this.#promise(from, body);
    }
  }
  /** This one write did not happen: the disk is full. */
  writeFailed(serial) {
    this.#promises.delete(serial);
    this.#sender.writeFailed(serial);
    this.#receiver.writeFailed(serial);
  }
  /** A hub has been heard of again: a link, a frame, an answer of the directory. */
  reachable(hub, nowMs) {
    this.#sender.reachable(hub, nowMs);
  }
  /** Own place, cell or routes have changed. */
  waysChanged(nowMs) {
    this.#sender.waysChanged(nowMs);
  }
  /** This hub is about to leave: these take over what it has not delivered. An empty list: it stays after all. */
  leave(custodians, nowMs) {
    this.#sender.leave(
      custodians.filter((hub) => hub !== this.#hub),
      nowMs
    );
  }
  /** What `write` effects put and did not delete, of earlier runs. Before anything else happens. */
  restore(entries, nowMs) {
    const records = [];
    for (const [key2, value2] of entries) {
      const record2 = readRecord2(key2, value2);
      if (record2 === void 0) this.#sink.count("mesh.outbox.badRecord");
      else records.push(record2);
    }
    for (const record2 of records)
      if (record2.type === "stream") this.#sender.restoreStream(record2);
      else if (record2.type === "window") this.#receiver.restore(record2);
    const parcels = records.filter((record2) => record2.type === "parcel").sort((a, b) => a.number - b.number);
    for (const parcel2 of parcels) this.#sender.restoreParcel(parcel2, nowMs);
  }
  #onCustody(from, body, nowMs) {
    const { to, origin: origin2 = from } = body;
    if (to === void 0 || to === from) return this.#sink.count("mesh.outbox.incomplete");
    if (to === this.#hub) {
      this.#receiver.onParcel(from, body, nowMs);
      return;
    }
    const before = this.#serial;
    if (origin2 !== from || !this.#sender.takeCustody(origin2, to, body, nowMs)) {
      this.#sink.count("mesh.outbox.custodyRefused");
      return;
    }
    if (this.#serial === before) this.#promise(from, body);
    else this.#promises.set(this.#serial, { from, body });
  }
  #promise(to, { stream, number: number3, to: reader }) {
    this.#sink.route(to, parcelMessage({ op: "taken", stream, number: number3, to: reader }));
  }
};

// runtime/mesh/coordinates/latency-filter.ts
var LatencyFilter = class {
  #samples;
  /** @returns the median of the last three, of as many as there are: of two, the lower. Unit: ms. */
  push(hub, rttMs) {
    this.#samples ??= /* @__PURE__ */ new Map();
    const samples = this.#samples.get(hub);
    if (samples === void 0) {
      this.#samples.set(hub, { newest: rttMs, middle: Number.NaN, oldest: Number.NaN });
      return rttMs;
    }
    samples.oldest = samples.middle;
    samples.middle = samples.newest;
    samples.newest = rttMs;
    return median2(samples);
  }
  forget(hub) {
    this.#samples?.delete(hub);
  }
  get size() {
    return this.#samples?.size ?? 0;
  }
};
function median2({ newest, middle, oldest }) {
  if (Number.isNaN(oldest)) return Math.min(newest, middle);
  return Math.max(Math.min(newest, middle), Math.min(Math.max(newest, middle), oldest));
}

// runtime/mesh/coordinates/settings.ts
var COORDINATE_DEFAULTS = {
  dimensions: 8,
  errorMax: 1.5,
  errorGain: 0.25,
  moveGain: 0.25,
  adjustmentSamples: 20,
  heightMinMs: 0.01,
  gravityRhoMs: 4743,
  rttMaxMs: 1e4
};

// runtime/mesh/coordinates/coordinates.ts
var SAME_PLACE_MS = 1e-3;
var RTT_MIN_MS = 0.01;
var Coordinates = class {
  constructor(settings = COORDINATE_DEFAULTS) {
    this.settings = settings;
    this.#vector = new Float64Array(settings.dimensions);
    this.#heightMs = settings.heightMinMs;
    this.#error = settings.errorMax;
  }
  settings;
  #filter = new LatencyFilter();
  #vector;
  #heightMs;
  #error;
  #adjustmentMs = 0;
  /** A ring; created by the first observation. */
  #residuals;
  #observations = 0;
  #own;
  /** As it is told to others: in whole steps. */
  get own() {
    this.#own ??= this.#snapshot();
    return this.#own;
  }
  /** Estimated round trip from this hub. Unit: ms. */
  distanceTo(other) {
    return distanceMs(this.own, other);
  }
  /** One observation: the round trip to a hub, and where that hub says it is.
   *  @returns false when it is not one that can be reckoned with (a remote's mistake). */
  sample(hub, rttMs, remote, rng) {
    if (!(rttMs >= 0 && rttMs <= this.settings.rttMaxMs) || !isCoordinate(remote)) return false;
    const filteredMs = Math.max(RTT_MIN_MS, this.#filter.push(hub, rttMs));
    this.#vivaldi(filteredMs, remote, rng);
    this.#adjust(filteredMs, remote);
    this.#gravity();
    this.#own = void 0;
    if (!this.#inBounds()) this.#reset();
    return true;
  }
  /** The link has ended. */
  forget(hub) {
    this.#filter.forget(hub);
  }
  /** Begin where an earlier run was. */
  restore(coordinate2) {
    if (!isCoordinate(coordinate2)) return;
    this.#vector = Float64Array.from(coordinate2.vector);
    this.#heightMs = Math.max(this.settings.heightMinMs, coordinate2.heightMs);
    this.#error = Math.max(0.5, coordinate2.error);
    this.#own = void 0;
  }
  #vivaldi(rttMs, remote, rng) {
    const { errorGain, moveGain, errorMax } = this.settings;
    const distance2 = Math.max(0, this.#rawMs(remote) + this.#adjustmentMs);
    const wrongness = Math.abs(distance2 - rttMs) / rttMs;
    const weight = this.#error / Math.max(1e-6, this.#error + remote.error);
    this.#error = Math.min(errorMax, errorGain * weight * wrongness + this.#error * (1 - errorGain * weight));
    this.#push(moveGain * weight * (rttMs - distance2), remote.vector, remote.heightMs, rng);
  }
  /** Half of the mean residual: the other end corrects the other half. */
  #adjust(rttMs, remote) {
    const size2 = this.settings.adjustmentSamples;
    this.#residuals ??= new Float64Array(size2);
    this.#residuals[this.#observations % size2] = rttMs - this.#rawMs(remote);
    this.#observations += 1;
    let sum = 0;
    for (const residual of this.#residuals) sum += residual;
    this.#adjustmentMs = sum / (2 * size2);
  }
  #gravity() {
    const origin2 = ORIGIN;
    const distance2 = straightMs(this.#vector, origin2) + this.#heightMs;
    this.#push(-((distance2 / this.settings.gravityRhoMs) ** 2), origin2, this.settings.heightMinMs, void 0);
  }
  /** Moves away from a point by so many milliseconds; a negative force pulls. */
  #push(forceMs, from, heightMs, rng) {
    const length4 = straightMs(this.#vector, from);
    if (length4 > SAME_PLACE_MS) {
      for (let i = 0; i < this.#vector.length; i++) {
        const here = this.#vector[i] ?? 0;
        this.#vector[i] = here + forceMs * (here - (from[i] ?? 0)) / length4;
      }
      const height = this.#heightMs + forceMs * (this.#heightMs + heightMs) / length4;
      this.#heightMs = Math.max(this.settings.heightMinMs, height);
      return;
    }
    if (rng === void 0) return;
    const bytes = rng(this.#vector.length);
    const direction = Float64Array.from(bytes, (byte) => byte - 127.5);
    const norm = straightMs(direction, ORIGIN);
    for (let i = 0; i < this.#vector.length; i++) {
      this.#vector[i] = (this.#vector[i] ?? 0) + forceMs * (direction[i] ?? 0) / norm;
    }
  }
  #rawMs(remote) {
    return straightMs(this.#vector, remote.vector) + this.#heightMs + remote.heightMs;
  }
  #inBounds() {
    for (const value2 of this.#vector) if (!(Math.abs(value2) <= COORDINATE_MAX_MS)) return false;
    return this.#heightMs <= COORDINATE_MAX_MS && Number.isFinite(this.#adjustmentMs) && Number.isFinite(this.#error);
  }
  /** A hub that was pushed out of bounds, or into NaN, starts again, as in serf. */
  #reset() {
    this.#vector.fill(0);
    this.#heightMs = this.settings.heightMinMs;
    this.#error = this.settings.errorMax;
    this.#adjustmentMs = 0;
    this.#residuals = void 0;
    this.#observations = 0;
    this.#own = void 0;
  }
  #snapshot() {
    return {
      vector: Array.from(this.#vector, stepped),
      heightMs: stepped(Math.min(COORDINATE_MAX_MS, Math.max(0, this.#heightMs + this.#adjustmentMs))),
      error: Math.round(this.#error * 100) / 100
    };
  }
};
var ORIGIN = Object.freeze([0, 0, 0, 0, 0, 0, 0, 0]);
function stepped(ms) {
  const steps = Math.round(ms / COORDINATE_STEP_MS);
  return steps === 0 ? 0 : steps / (1 / COORDINATE_STEP_MS);
}

// runtime/mesh/overlay/context.ts
function ownRecord({ self, coordinates }) {
  return { hub: self.hub, addresses: self.addresses, coordinate: coordinates.own };
}
function linkDistanceMs({ coordinates }, { neighbour: neighbour2, coordinate: coordinate2 }) {
  if (!Number.isNaN(neighbour2.rttMs)) return neighbour2.rttMs;
  return coordinate2 === void 0 ? UNKNOWN_MS : coordinates.distanceTo(coordinate2);
}
var UNKNOWN_MS = 1e4;

// runtime/mesh/overlay/balance.ts
var NEAR_HOLD = 0.8;
var IMPROVE_BACKOFF = 1.5;
var Balance = class {
  #context;
  #dialler;
  #standby = [];
  #improveMs = Number.NEGATIVE_INFINITY;
  #improvePauseMs;
  /** Whom the last attempt at a nearer link was for. */
  #improving;
  /** Whether everybody links with everybody: of all hubs known, and of those found by discovery. */
  #few = { all: true, local: true };
  /** Since when they have been too many; −Infinity: for long. The links of a full mesh stay for a while. */
  #crowdedMs = { all: Number.POSITIVE_INFINITY, local: Number.POSITIVE_INFINITY };
  constructor(context, dialler) {
    this.#context = context;
    this.#dialler = dialler;
    this.#improvePauseMs = context.settings.improveMinMs;
  }
  get standby() {
    return this.#standby;
  }
  set standby(hubs2) {
    this.#standby = hubs2;
  }
  get fullMesh() {
    return this.#few.all;
  }
  /** Says what each link is for. O(links · log links). */
  assign(nowMs) {
    const { links, settings } = this.#context;
    this.#countHubs(nowMs);
    const ranked = [...links.values()].map((link) => ({ link, rank: this.#rankOf(link) }));
    ranked.sort((a, b) => a.rank - b.rank || (a.link.neighbour.hub < b.link.neighbour.hub ? -1 : 1));
    let near = 0;
    let random = 0;
    for (const { link } of ranked) {
      const mesh = this.#isMesh(link, nowMs);
      if (near < settings.nearLinks) {
        near += 1;
        link.purpose = mesh ? "mesh" : "near";
      } else if (mesh) link.purpose = "mesh";
      else if (link.purpose === "random" && random < settings.randomLinks) random += 1;
      else link.purpose = this.#standby.includes(link.neighbour.hub) ? "standby" : "none";
    }
    for (const { link } of ranked.reverse()) {
      if (random >= settings.randomLinks) break;
      if (link.purpose !== "none") continue;
      link.purpose = "random";
      random += 1;
    }
  }
  /** Looks for what is missing.
   *  @returns when to look again; +Infinity when nothing is missing, or nobody is left to ask. */
  fill(nowMs, rng) {
    const { links, settings } = this.#context;
    let nextMs = this.#fillListed(nowMs, rng);
    const wanted = settings.nearLinks + settings.randomLinks;
    let missing = wanted - links.size - this.#dialler.underWay;
    while (missing > 0 && this.#dialler.room > 0) {
      const random = this.#countOf("random") + this.#dialler.count("random") < settings.randomLinks;
      const candidate = random ? this.#anyCandidate(nowMs, rng) : this.#nearCandidate(nowMs, rng);
      if (candidate === void 0) break;
      if (!this.#dialler.attempt(candidate, random ? "random" : "near", nowMs, rng))
        this.#context.peers.failed(candidate, nowMs, rng);
      else missing -= 1;
    }
    if (missing > 0) nextMs = Math.min(nextMs, this.#nextReadyMs(nowMs));
    return nextMs;
  }
  /** A link was lost, so that others may be nearer than those that are left. */
  unsettle() {
    this.#improvePauseMs = this.#context.settings.improveMinMs;
    this.#improveMs = Number.NEGATIVE_INFINITY;
  }
  /** X-BOT: one step towards nearer links. */
  improve(nowMs, rng) {
    const { links, settings } = this.#context;
    if (this.#few.all || this.#dialler.underWay > 0 || links.size < settings.nearLinks + settings.randomLinks) return;
    const tried = this.#improving === void 0 ? void 0 : links.get(this.#improving);
    this.#improving = void 0;
    if (tried?.purpose === "near") {
      this.#improvePauseMs = Math.max(settings.improveMinMs, this.#improvePauseMs / IMPROVE_BACKOFF ** 2);
      this.#improveMs = nowMs;
    }
    if (nowMs < this.#improveMs) return;
    let worstMs = 0;
    for (const link of links.values()) {
      if (link.purpose === "near") worstMs = Math.max(worstMs, linkDistanceMs(this.#context, link));
    }
    const candidate = this.#nearest(nowMs);
    if (candidate?.coordinate === void 0) return;
    const distanceMs2 = this.#distanceMs(candidate, candidate.coordinate);
    if (distanceMs2 >= worstMs * settings.nearerFactor) return;
    if (!this.#dialler.attempt(candidate, "near", nowMs, rng)) return;
    this.#improving = candidate.hub;
    this.#improveMs = nowMs + this.#improvePauseMs;
    this.#improvePauseMs = Math.min(settings.improveMaxMs, this.#improvePauseMs * IMPROVE_BACKOFF);
  }
  /** The link to give up now: idle for long enough, and not the only way to its hub.
   *  @returns also when to look again. */
  surplus(nowMs) {
    const { links, settings } = this.#context;
    let nextMs = Number.POSITIVE_INFINITY;
    let surplus;
    for (const link of links.values()) {
      const idle2 = link.purpose === "none" && !link.theyWant;
      if (!idle2) link.idleMs = Number.POSITIVE_INFINITY;
      else if (link.idleMs === Number.POSITIVE_INFINITY) link.idleMs = nowMs;
      if (!idle2 || links.size <= settings.linksMin) continue;
      if (!links.isSpare(link.neighbour.hub)) continue;
      const dueMs = link.idleMs + settings.releaseAfterMs;
      if (nowMs >= dueMs && (surplus === void 0 || link.idleMs < surplus.idleMs)) surplus = link;
      nextMs = Math.min(nextMs, Math.max(dueMs, nowMs + settings.releaseAfterMs / 4));
    }
    return { link: surplus, nextMs };
  }
  /** Hubs that a link is asked for by name: all of a small mesh, and standby links. */
  #fillListed(nowMs, rng) {
    const { peers, settings, links } = this.#context;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const hub of this.#standby) {
      const peer = peers.get(hub);
      if (peer && peers.isReady(peer, nowMs)) this.#dialler.attempt(peer, "standby", nowMs, rng);
    }
    if (!this.#few.all && !this.#few.local) return nextMs;
    if (links.size >= settings.linksLimit) return nextMs;
    for (const peer of peers.values()) {
      if (peer.linked || peer.dialling !== void 0 || !(this.#few.all || peer.local)) continue;
      if (isUndialable(peer) && !peer.local) continue;
      if (isStranger(peer) && nowMs < this.#dialler.strangersMs) continue;
      if (nowMs < peer.retryMs) nextMs = Math.min(nextMs, peer.retryMs);
      else if (this.#dialler.room <= 0) return nextMs;
      else this.#dialler.attempt(peer, "mesh", nowMs, rng);
    }
    return nextMs;
  }
  /** A link of a full mesh; when there are too many for one, those that were made for it stay for `relaxAfterMs`. */
  #isMesh({ neighbour: neighbour2, purpose }, nowMs) {
    const local = this.#context.peers.get(neighbour2.hub)?.local === true;
    if (this.#few.all || this.#few.local && local) return true;
    const sinceMs = this.#few.local ? this.#crowdedMs.all : Math.max(this.#crowdedMs.all, this.#crowdedMs.local);
    return purpose === "mesh" && nowMs < sinceMs + this.#context.settings.relaxAfterMs;
  }
  /** How many hubs there are, as far as it matters: few enough for a full mesh, or not. */
  #countHubs(nowMs) {
    const { peers, links, settings } = this.#context;
    let all = 1;
    let local = 1;
    for (const peer of peers.values()) {
      if (!peer.linked && (isUndialable(peer) || peer.failures > FAILURES_OF_THE_GONE)) continue;
      all += 1;
      if (peer.local) local += 1;
    }
    if (all <= settings.fullMeshMax) {
      const others = /* @__PURE__ */ new Set();
      for (const { view } of links.values()) for (const hub of view) if (peers.get(hub) === void 0) others.add(hub);
      others.delete(this.#context.self.hub);
      all += others.size;
    }
    this.#decide("all", all, nowMs);
    this.#decide("local", local, nowMs);
  }
  #decide(which, count, nowMs) {
    const few = count <= this.#context.settings.fullMeshMax;
    this.#few[which] = few;
    this.#crowdedMs[which] = few ? Number.POSITIVE_INFINITY : Math.min(this.#crowdedMs[which], nowMs);
  }
  #rankOf(link) {
    const held = link.purpose === "near" ? NEAR_HOLD : 1;
    const apart = link.purpose === "random" || link.purpose === "standby" ? 1 / NEAR_HOLD : 1;
    return linkDistanceMs(this.#context, link) * held * apart;
  }
  #countOf(purpose) {
    let count = 0;
    for (const link of this.#context.links.values()) if (link.purpose === purpose) count += 1;
    return count;
  }
  #nearCandidate(nowMs, rng) {
    const { links, settings } = this.#context;
    const needy = links.size < settings.linksMin;
    return (needy ? this.#twoHopCandidate(nowMs, rng) : void 0) ?? this.#nearest(nowMs) ?? this.#anyCandidate(nowMs, rng);
  }
  /** A neighbour's neighbour is alive, as far as anybody knows: after a great loss most that are remembered are not. */
  #twoHopCandidate(nowMs, rng) {
    const { links, peers, self } = this.#context;
    const ready = [];
    for (const { view } of links.values()) {
      for (const hub of view) {
        if (hub === self.hub || links.has(hub)) continue;
        const peer = peers.get(hub) ?? peers.meet({ hub, addresses: [] }, "hearsay", nowMs);
        if (peer !== void 0 && this.#mayDial(peer, nowMs)) ready.push(peer);
      }
    }
    return pick(rng, ready);
  }
  #nearest(nowMs) {
    const { peers } = this.#context;
    let nearest2;
    let nearestMs = Number.POSITIVE_INFINITY;
    for (const peer of peers.values()) {
      if (peer.coordinate === void 0 || !this.#mayDial(peer, nowMs)) continue;
      const distanceMs2 = this.#distanceMs(peer, peer.coordinate);
      if (distanceMs2 >= nearestMs) continue;
      nearest2 = peer;
      nearestMs = distanceMs2;
    }
    return nearest2;
  }
  /** Measured once is better than estimated. */
  #distanceMs(peer, coordinate2) {
    return Number.isNaN(peer.rttMs) ? this.#context.coordinates.distanceTo(coordinate2) : peer.rttMs;
  }
  #anyCandidate(nowMs, rng) {
    const { peers } = this.#context;
    const ready = [];
    for (const peer of peers.values()) if (this.#mayDial(peer, nowMs)) ready.push(peer);
    return pick(rng, ready);
  }
  #mayDial(peer, nowMs) {
    return this.#context.peers.isReady(peer, nowMs) && (nowMs >= this.#dialler.strangersMs || !isStranger(peer));
  }
  #nextReadyMs(nowMs) {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#context.peers.values()) {
      if (peer.linked || peer.dialling !== void 0 || isUndialable(peer)) continue;
      const readyMs = isStranger(peer) ? Math.max(peer.retryMs, this.#dialler.strangersMs) : peer.retryMs;
      if (readyMs > nowMs) nextMs = Math.min(nextMs, readyMs);
    }
    return nextMs;
  }
};
var FAILURES_OF_THE_GONE = 6;

// runtime/mesh/overlay/dialler.ts
var STRANGERS_FREE = 4;
var Dialler = class {
  #context;
  #underWay = [];
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Strangers, known by hearsay alone, that were dialled in vain since one could be reached. */
  #strangersFailed = 0;
  #strangersMs = Number.NEGATIVE_INFINITY;
  constructor(context) {
    this.#context = context;
  }
  /** When the oldest attempt has timed out. */
  get deadlineMs() {
    return this.#deadlineMs;
  }
  get underWay() {
    return this.#underWay.length;
  }
  get room() {
    return this.#context.settings.dialsMax - this.#underWay.length;
  }
  /** Until then no stranger is dialled. Where only some hubs can be reached (radio, several segments) most of what others tell
   *  of cannot; and nobody makes this hub knock at a thousand doors by telling of them. Unit: ms. */
  get strangersMs() {
    return this.#strangersMs;
  }
  /** A link was lost: strangers are worth a try again. */
  unsettle() {
    this.#strangersFailed = 0;
    this.#strangersMs = Number.NEGATIVE_INFINITY;
  }
  /** How many links for this purpose are on their way. */
  count(purpose) {
    let count = 0;
    for (const peer of this.#underWay) if (peer.dialling === purpose) count += 1;
    return count;
  }
  /** @returns false when there is no room, or no way to ask. */
  attempt(peer, purpose, nowMs, rng) {
    if (this.room <= 0 || peer.linked || peer.dialling !== void 0) return false;
    const via = this.#needsHelp(peer) ? pick(rng, this.#context.links.common(peer.hub)) : void 0;
    if (via === void 0 && peer.addresses.length === 0) return false;
    peer.dialling = purpose;
    peer.triedMs = nowMs;
    peer.asked = via !== void 0;
    const { dialTimeoutMs, meetTimeoutMs } = this.#context.settings;
    peer.dialUntilMs = nowMs + (peer.asked ? meetTimeoutMs : dialTimeoutMs);
    this.#underWay.push(peer);
    this.#deadlineMs = Math.min(this.#deadlineMs, peer.dialUntilMs);
    if (via === void 0) this.#context.sink.notice({ type: "dial", hub: peer.hub, addresses: peer.addresses });
    else this.#askToBeDialled(via, peer.hub);
    return true;
  }
  /** The link is up.
   *  @returns what it was asked for; "none" when the other side asked. */
  arrived(hub) {
    const at = this.#underWay.findIndex((peer2) => peer2.hub === hub);
    const peer = this.#underWay[at];
    const purpose = peer?.dialling ?? "none";
    if (peer === void 0) return purpose;
    if (isStranger(peer)) this.#strangersFailed = 0;
    this.#end(at, peer);
    return purpose;
  }
  failed(hub, nowMs, rng) {
    const at = this.#underWay.findIndex((peer2) => peer2.hub === hub);
    const peer = this.#underWay[at];
    if (peer === void 0) return;
    this.#end(at, peer);
    if (isStranger(peer)) {
      const { retryMinMs, retryMaxMs } = this.#context.settings;
      const pauseMs = retryMinMs * 2 ** Math.min(20, Math.max(0, this.#strangersFailed - STRANGERS_FREE));
      if (this.#strangersFailed >= STRANGERS_FREE)
        this.#strangersMs = nowMs + jittered(rng, Math.min(retryMaxMs, pauseMs));
      this.#strangersFailed += 1;
    }
    this.#context.peers.failed(peer, nowMs, rng);
  }
  /** Attempts that nobody answers have failed. */
  tick(nowMs, rng) {
    for (const peer of [...this.#underWay]) if (nowMs >= peer.dialUntilMs) this.failed(peer.hub, nowMs, rng);
  }
  /** The higher id leaves the dial to the lower for a while, where both ends are bound to want the link. */
  giveWay(peer, nowMs, rng) {
    if (this.#context.self.hub < peer.hub) return;
    peer.retryMs = Math.max(peer.retryMs, nowMs + jittered(rng, this.#context.settings.politeMs));
  }
  /** Without an address; and after a dial in vain, since a hub behind a NAT can dial and not be dialled. */
  #needsHelp(peer) {
    return peer.addresses.length === 0 || peer.failures > 0 && !peer.asked;
  }
  #askToBeDialled(via, target) {
    const peers = [ownRecord(this.#context)];
    this.#context.sink.send(via, { type: "NEIGHBOUR", op: "meet", target, peers });
  }
  #end(at, peer) {
    this.#underWay.splice(at, 1);
    peer.dialling = void 0;
    peer.dialUntilMs = Number.POSITIVE_INFINITY;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    for (const other of this.#underWay) this.#deadlineMs = Math.min(this.#deadlineMs, other.dialUntilMs);
  }
};

// runtime/mesh/overlay/exchange.ts
var Exchange = class {
  #context;
  #dialler;
  /** Whether the last shuffle brought somebody new. */
  fruitful = true;
  constructor(context, dialler) {
    this.#context = context;
    this.#dialler = dialler;
  }
  /** The first link of a newcomer: the other end tells others of it. */
  join(contact) {
    this.#send(contact, { type: "NEIGHBOUR", op: "join", peers: [ownRecord(this.#context)] });
  }
  onJoin(link, { peers }) {
    const newcomer = link.neighbour.hub;
    const record2 = peers?.[0];
    if (record2?.hub !== newcomer) return this.#context.sink.count("mesh.overlay.joinOfAnother");
    const ttl = this.#context.settings.walkTtl;
    const { nearLinks, randomLinks, fullMeshMax } = this.#context.settings;
    let walks = this.#context.links.size < fullMeshMax ? fullMeshMax : nearLinks + randomLinks;
    for (const hub of this.#context.links.hubs()) {
      if (hub === newcomer || walks-- <= 0) continue;
      this.#send(hub, { type: "NEIGHBOUR", op: "forward-join", ttl, peers: [record2] });
    }
  }
  onForwardJoin(from, { peers, ttl = 0 }, nowMs, rng) {
    const { links, settings, self } = this.#context;
    const record2 = peers?.[0];
    if (record2 === void 0 || record2.hub === self.hub) return;
    const onwards = links.hubs().filter((hub) => hub !== from && hub !== record2.hub);
    const next = ttl > 0 ? pick(rng, onwards) : void 0;
    if (next !== void 0) {
      if (ttl === settings.walkRememberTtl) this.#context.peers.meet(record2, "hearsay", nowMs);
      const left = Math.min(ttl, settings.walkTtl) - 1;
      this.#send(next, { type: "NEIGHBOUR", op: "forward-join", ttl: left, peers: [record2] });
      return;
    }
    const peer = this.#context.peers.meet(record2, "hearsay", nowMs);
    if (peer === void 0 || links.size >= settings.linksMax || !this.#context.peers.isReady(peer, nowMs)) return;
    this.#dialler.attempt(peer, "random", nowMs, rng);
  }
  /** Own record and a sample of the others', to one neighbour. */
  shuffle(rng) {
    const partner = pick(rng, this.#context.links.hubs());
    if (partner === void 0) return;
    this.fruitful = false;
    this.#send(partner, {
      type: "NEIGHBOUR",
      op: "shuffle",
      peers: [ownRecord(this.#context), ...this.#sample(partner, 1, rng)]
    });
  }
  onShuffle(from, { op, peers = [] }, nowMs, rng) {
    if (op === "shuffle") this.#send(from, { type: "NEIGHBOUR", op: "shuffled", peers: this.#sample(from, 0, rng) });
    this.learn(from, peers, nowMs);
  }
  /** Another hub wants this one to dial it, or wants a neighbour of this one to. */
  onMeet(from, message, nowMs, rng) {
    const { target, peers } = message;
    const { self, links, sink } = this.#context;
    const record2 = peers?.[0];
    if (record2 === void 0 || target === void 0) return sink.count("mesh.overlay.badMeet");
    if (target !== self.hub) {
      if (record2.hub !== from) return sink.count("mesh.overlay.meetOfAnother");
      if (!links.has(target)) return;
      this.#send(target, { type: "NEIGHBOUR", op: "meet", target, peers: [record2] });
      const known = this.#context.peers.get(target);
      if (known !== void 0) this.#send(from, { type: "NEIGHBOUR", op: "shuffled", peers: [recordOf(known)] });
      return;
    }
    const peer = this.#context.peers.meet(record2, "hearsay", nowMs);
    if (peer === void 0 || peer.linked || links.size >= this.#context.settings.linksLimit) return;
    this.#dialler.attempt(peer, "none", nowMs, rng);
  }
  /** Ends a link by decision, with hubs to try instead. */
  disconnect(hub, reason, rng) {
    this.#send(hub, { type: "NEIGHBOUR", op: "disconnect", peers: this.#sample(hub, 0, rng) });
    this.#context.sink.notice({ type: "drop", hub, reason });
  }
  learn(from, records, nowMs) {
    const { peers, links } = this.#context;
    for (const record2 of records) {
      if (peers.get(record2.hub) === void 0) this.fruitful = true;
      const source = record2.hub === from ? "itself" : "hearsay";
      const peer = peers.meet(record2, source, nowMs);
      if (peer && source === "itself" && !links.has(from)) peer.failures = 0;
    }
  }
  /** Records worth telling: of hubs that can be reached, as far as this hub knows. */
  #sample(except, taken, rng) {
    const known = [];
    for (const peer of this.#context.peers.values()) {
      if (peer.hub === except || peer.addresses.length === 0 || isLost(peer) || isUndialable(peer)) continue;
      known.push(peer);
    }
    return sample(rng, known, this.#context.settings.shuffleRecords - taken).map(recordOf);
  }
  #send(to, message) {
    this.#context.sink.send(to, message);
  }
};

// runtime/mesh/overlay/healing.ts
var SPLIT_MIN_MS = 1e4;
var SPLIT_MIN_HUBS = 3;
var WAVE_TTL = 3;
var WAVE_PAUSE_MS = 5e3;
var WAVE_DIALS = 3;
var WAVE_RECORDS = 4;
var Healing = class {
  #context;
  #dialler;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #waveMs = Number.NEGATIVE_INFINITY;
  /** Without any link since; +Infinity: there is one. */
  #aloneMs;
  #triesAlone = 0;
  #isolated = false;
  constructor(context, dialler) {
    this.#context = context;
    this.#dialler = dialler;
    this.#aloneMs = Number.POSITIVE_INFINITY;
  }
  get deadlineMs() {
    return this.#deadlineMs;
  }
  get isolated() {
    return this.#isolated;
  }
  /** The hub has come up, or knows of somebody for the first time. */
  begin(nowMs) {
    if (this.#context.links.size > 0 || this.#aloneMs !== Number.POSITIVE_INFINITY) return;
    this.#alone(nowMs);
  }
  /** @param lostMs since when the neighbour had been out of reach; +Infinity: it had not. */
  linked(hub, lostMs, nowMs) {
    this.#aloneMs = Number.POSITIVE_INFINITY;
    this.#triesAlone = 0;
    this.#judge(nowMs);
    if (nowMs - lostMs < SPLIT_MIN_MS || this.#lost(nowMs, SPLIT_MIN_MS).length < SPLIT_MIN_HUBS) return;
    this.#wave(hub, WAVE_TTL, nowMs);
  }
  unlinked(nowMs, rng) {
    if (this.#context.links.size === 0) this.#alone(nowMs);
    else this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + jittered(rng, this.#context.settings.healIntervalMs));
    this.#judge(nowMs);
  }
  /** Another hub has found one of those that its side had lost. */
  onHeal(from, { ttl = 0 }, nowMs, rng) {
    if (nowMs < this.#waveMs + WAVE_PAUSE_MS) return;
    this.#wave(from, Math.min(ttl, WAVE_TTL), nowMs);
    const lost = this.#lost(nowMs, 0);
    for (const peer of sample(rng, lost, WAVE_DIALS)) this.#dialler.attempt(peer, "random", nowMs, rng);
  }
  tick(nowMs, rng) {
    if (nowMs < this.#deadlineMs) return;
    this.#judge(nowMs);
    const { links } = this.#context;
    const lost = links.size === 0 ? this.#everybody() : this.#lost(nowMs, 0);
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (lost.length === 0) return;
    let oldest = lost[0];
    for (const peer of lost) if (peer.triedMs < oldest.triedMs) oldest = peer;
    this.#dialler.attempt(oldest, "random", nowMs, rng);
    this.#deadlineMs = nowMs + jittered(rng, this.#pauseMs(lost, nowMs));
    if (links.size === 0) this.#triesAlone = Math.min(this.#triesAlone + 1, 20);
    else this.#triesAlone = 0;
  }
  #pauseMs(lost, nowMs) {
    const { healIntervalMs, isolatedRetryMs, trickleAfterMs, trickleMs } = this.#context.settings;
    if (this.#context.links.size === 0) return Math.min(healIntervalMs, isolatedRetryMs * 2 ** this.#triesAlone);
    const newest = lost.reduce((ms, peer) => Math.max(ms, peer.lostMs), Number.NEGATIVE_INFINITY);
    if (nowMs - newest > trickleAfterMs) return trickleMs;
    return this.#isolated ? healIntervalMs / 4 : healIntervalMs;
  }
  #alone(nowMs) {
    this.#aloneMs = nowMs;
    this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + this.#context.settings.isolatedRetryMs);
  }
  /** No link for a while, or most of those ever linked with out of reach. */
  #judge(nowMs) {
    const { settings, peers, sink } = this.#context;
    let known = 0;
    let lost = 0;
    for (const peer of peers.values()) {
      if (!wasLinked(peer)) continue;
      known += 1;
      if (isLost(peer) && nowMs - peer.lostMs < settings.trickleAfterMs) lost += 1;
    }
    const most = lost >= SPLIT_MIN_HUBS && lost > known * settings.isolatedShare;
    const isolated = nowMs >= this.#aloneMs + settings.isolatedAfterMs || most;
    if (isolated === this.#isolated) return;
    this.#isolated = isolated;
    sink.notice({ type: "isolated", isolated });
  }
  /** Tells the neighbours, but not the one it came from, that it is worth trying now. */
  #wave(except, ttl, nowMs) {
    this.#waveMs = nowMs;
    if (ttl <= 0) return;
    const { links, sink, peers, settings } = this.#context;
    const found = peers.get(except);
    const records = found ? [recordOf(found)].slice(0, WAVE_RECORDS) : [];
    let told = 0;
    for (const hub of links.hubs()) {
      if (hub === except || told >= settings.fullMeshMax) continue;
      told += 1;
      sink.send(hub, { type: "NEIGHBOUR", op: "heal", ttl: ttl - 1, peers: records });
    }
  }
  #lost(nowMs, leastMs) {
    const lost = [];
    for (const peer of this.#context.peers.values()) {
      if (isLost(peer) && !peer.linked && peer.dialling === void 0 && nowMs - peer.lostMs >= leastMs)
        lost.push(peer);
    }
    return lost;
  }
  /** An isolated hub asks whomever it has heard of. */
  #everybody() {
    const all = [];
    for (const peer of this.#context.peers.values()) if (!peer.linked && peer.dialling === void 0) all.push(peer);
    return all;
  }
};

// runtime/mesh/overlay/links.ts
var CREDIT_MAX = 64;
var CREDIT_PER_MS = 8 / 1e3;
var FORMER_MAX = 32;
var FORMER_MS = 15e3;
var OverlayLinks = class {
  #self;
  #links = /* @__PURE__ */ new Map();
  #former;
  /** Not yet told to everybody. */
  #added = [];
  #removed = [];
  constructor(self) {
    this.#self = self;
  }
  get size() {
    return this.#links.size;
  }
  get(hub) {
    return this.#links.get(hub);
  }
  has(hub) {
    return this.#links.has(hub);
  }
  values() {
    return this.#links.values();
  }
  hubs() {
    return [...this.#links.keys()];
  }
  up(neighbour2, purpose, nowMs) {
    const link = {
      neighbour: neighbour2,
      purpose,
      wantedTold: true,
      needyTold: false,
      theyWant: true,
      theyNeed: false,
      view: [],
      coordinate: void 0,
      idleMs: Number.POSITIVE_INFINITY,
      credit: CREDIT_MAX,
      creditMs: nowMs
    };
    this.#links.set(neighbour2.hub, link);
    this.#former?.delete(neighbour2.hub);
    remove(this.#removed, neighbour2.hub);
    if (!this.#added.includes(neighbour2.hub)) this.#added.push(neighbour2.hub);
    return link;
  }
  down(hub, nowMs) {
    const link = this.#links.get(hub);
    if (link === void 0) return void 0;
    this.#links.delete(hub);
    remove(this.#added, hub);
    if (!this.#removed.includes(hub)) this.#removed.push(hub);
    this.#remember(hub, link.view, nowMs);
    return link;
  }
  /** @returns what has changed since the last call; told to all neighbours. */
  takeChanges() {
    const changes = { added: this.#added, removed: this.#removed };
    if (this.#added.length > 0) this.#added = [];
    if (this.#removed.length > 0) this.#removed = [];
    return changes;
  }
  /** What a neighbour says of its neighbours.
   *  @returns false when the view is longer than any may be: the rest is left out. */
  learn(link, added, removed, viewMax) {
    const kept = removed.length === 0 ? [...link.view] : link.view.filter((hub) => !removed.includes(hub));
    for (const hub of added) if (!kept.includes(hub)) kept.push(hub);
    link.view = kept.length <= viewMax ? kept : kept.slice(0, viewMax);
    return kept.length <= viewMax;
  }
  /** Takes one request's worth.
   *  @returns false when the neighbour asks too often. */
  spend(link, nowMs) {
    link.credit = Math.min(CREDIT_MAX, link.credit + (nowMs - link.creditMs) * CREDIT_PER_MS);
    link.creditMs = nowMs;
    if (link.credit < 1) return false;
    link.credit -= 1;
    return true;
  }
  /** The neighbours of a hub, as it says itself: of a neighbour, or of one that was lost a moment ago. */
  viewOf(hub) {
    return this.#links.get(hub)?.view ?? this.#former?.get(hub)?.view ?? NOBODY6;
  }
  /** This hub's neighbours that say that they have a link with `hub`. O(links × their links). */
  common(hub) {
    const common = [];
    for (const [id, link] of this.#links) if (id !== hub && link.view.includes(hub)) common.push(id);
    return common;
  }
  /** Whether the link to `hub` may go without anybody losing anybody: there is a common neighbour, and of the three links
   *  between them this one is the last in an order that all hubs share. The first link of any cycle's order never goes,
   *  so hubs that decide at the same time cannot cut each other off (as in Kruskal's reverse-delete). */
  isSpare(hub) {
    const rank = linkRank(this.#self, hub);
    for (const [id, link] of this.#links) {
      if (id === hub || !link.view.includes(hub)) continue;
      if (linkRank(this.#self, id) < rank && linkRank(hub, id) < rank) return true;
    }
    return false;
  }
  #remember(hub, view, nowMs) {
    this.#former ??= /* @__PURE__ */ new Map();
    this.#former.delete(hub);
    for (const [id, { untilMs }] of this.#former) {
      if (untilMs > nowMs && this.#former.size < FORMER_MAX) break;
      this.#former.delete(id);
    }
    this.#former.set(hub, { view, untilMs: nowMs + FORMER_MS });
  }
};
var NOBODY6 = Object.freeze([]);
function linkRank(a, b) {
  const x = Number.parseInt(a.slice(0, 8), 16);
  const y = Number.parseInt(b.slice(0, 8), 16);
  let mixed2 = Math.imul(x ^ y, 2654435761) ^ Math.imul(x + y, 2246822507);
  mixed2 = Math.imul(mixed2 ^ mixed2 >>> 15, 3266489909);
  return (mixed2 ^ mixed2 >>> 13) >>> 0;
}
function remove(hubs2, hub) {
  const at = hubs2.indexOf(hub);
  if (at >= 0) hubs2.splice(at, 1);
}

// runtime/mesh/overlay/placing.ts
var DRIFT_MIN_MS = 0.5;
var SETTLED_ERROR = 0.3;
var Placing = class {
  #context;
  #told;
  #pauseMs;
  #deadlineMs = Number.POSITIVE_INFINITY;
  constructor(context) {
    this.#context = context;
    this.#told = context.coordinates.own;
    this.#pauseMs = context.settings.sampleMinMs;
  }
  get deadlineMs() {
    return this.#deadlineMs;
  }
  linked(nowMs, rng) {
    const { sampleMinMs } = this.#context.settings;
    if (this.#deadlineMs > nowMs + sampleMinMs) this.#deadlineMs = nowMs + jittered(rng, sampleMinMs);
  }
  /** @returns whether the coordinate has moved far enough to be told. */
  tick(nowMs, rng) {
    if (nowMs < this.#deadlineMs) return false;
    const { settings, links, coordinates } = this.#context;
    for (const link of links.values()) this.observe(link, rng);
    const unsure = coordinates.own.error > SETTLED_ERROR;
    this.#pauseMs = Math.min(settings.sampleMaxMs, this.#pauseMs * (unsure ? 1.25 : 2));
    this.#deadlineMs = links.size === 0 ? Number.POSITIVE_INFINITY : nowMs + jittered(rng, this.#pauseMs);
    return this.#drifted();
  }
  /** @returns the coordinate, when it is to be told. */
  takeNews() {
    if (!this.#drifted()) return void 0;
    this.#told = this.#context.coordinates.own;
    return this.#told;
  }
  /** A link has something new: a round trip, or where the other end is. */
  observe(link, rng) {
    const { neighbour: neighbour2, coordinate: coordinate2 } = link;
    if (coordinate2 === void 0 || Number.isNaN(neighbour2.rttMs)) return;
    if (!this.#context.coordinates.sample(neighbour2.hub, neighbour2.rttMs, coordinate2, rng)) {
      this.#context.sink.count("mesh.overlay.badCoordinate");
    }
  }
  #drifted() {
    const { coordinates, links, settings } = this.#context;
    const { own } = coordinates;
    const movedMs = straightMs(own.vector, this.#told.vector) + Math.abs(own.heightMs - this.#told.heightMs);
    let rttSumMs = 0;
    for (const { neighbour: neighbour2 } of links.values()) if (!Number.isNaN(neighbour2.rttMs)) rttSumMs += neighbour2.rttMs;
    const meanRttMs = rttSumMs / Math.max(1, links.size);
    if (own.error * 2 < this.#told.error) return true;
    return movedMs > Math.max(DRIFT_MIN_MS, settings.coordinateDrift * meanRttMs);
  }
};

// runtime/mesh/overlay/settings.ts
var HOUR_MS = 36e5;
var OVERLAY_DEFAULTS = {
  nearLinks: 4,
  randomLinks: 2,
  linksMin: 5,
  linksMax: 8,
  linksLimit: 128,
  fullMeshMax: 16,
  relaxAfterMs: 6e4,
  releaseAfterMs: 1e4,
  nearerFactor: 0.8,
  peersMax: 512,
  dialsMax: 8,
  dialTimeoutMs: 1e4,
  meetTimeoutMs: 2500,
  politeMs: 700,
  retryMinMs: 1e3,
  retryMaxMs: 6e5,
  busyMs: 6e4,
  healIntervalMs: 2e4,
  trickleAfterMs: 72 * HOUR_MS,
  trickleMs: 6e5,
  isolatedAfterMs: 3e3,
  isolatedRetryMs: 1e3,
  isolatedShare: 0.6,
  shuffleMinMs: 2e3,
  shuffleMaxMs: 12e4,
  improveMinMs: 2e3,
  improveMaxMs: 6e5,
  shuffleRecords: 5,
  walkTtl: 6,
  walkRememberTtl: 3,
  viewDelayMs: 100,
  sampleMinMs: 2e3,
  sampleMaxMs: 6e4,
  coordinateDrift: 0.1,
  keepFirstMs: 6e4,
  keepEveryMs: HOUR_MS / 2
};

// runtime/mesh/overlay/overlay.ts
var NEVER2 = Number.POSITIVE_INFINITY;
var Overlay = class {
  coordinates;
  #context;
  #dialler;
  #balance;
  #exchange;
  #healing;
  #placing;
  /** Links whose end was decided, here or there: no failure when they close. Bounded by the links. */
  #decided = /* @__PURE__ */ new Set();
  #balanceMs = NEVER2;
  #flushMs = NEVER2;
  #shuffleMs = NEVER2;
  #shufflePauseMs;
  #keepMs = NEVER2;
  #joined = false;
  constructor(self, sink, settings = OVERLAY_DEFAULTS, coordinates = new Coordinates()) {
    this.coordinates = coordinates;
    this.#context = {
      self,
      settings,
      sink,
      links: new OverlayLinks(self.hub),
      peers: new PeerMemory(self.hub, settings),
      coordinates
    };
    this.#dialler = new Dialler(this.#context);
    this.#balance = new Balance(this.#context, this.#dialler);
    this.#exchange = new Exchange(this.#context, this.#dialler);
    this.#healing = new Healing(this.#context, this.#dialler);
    this.#placing = new Placing(this.#context);
    this.#shufflePauseMs = settings.shuffleMinMs;
  }
  get deadlineMs() {
    const upkeep = Math.min(this.#balanceMs, this.#flushMs, this.#shuffleMs, this.#keepMs);
    return Math.min(upkeep, this.#dialler.deadlineMs, this.#healing.deadlineMs, this.#placing.deadlineMs);
  }
  tick(nowMs, rng) {
    if (nowMs >= this.#dialler.deadlineMs) {
      this.#dialler.tick(nowMs, rng);
      this.#rebalance(nowMs);
    }
    this.#healing.tick(nowMs, rng);
    if (this.#placing.tick(nowMs, rng)) this.#flushSoon(nowMs);
    if (nowMs >= this.#shuffleMs) this.#shuffle(nowMs, rng);
    if (nowMs >= this.#balanceMs) this.#upkeep(nowMs, rng);
    if (nowMs >= this.#flushMs) this.#flush();
    if (nowMs >= this.#keepMs) this.save(nowMs);
  }
  /** Discovery has found a hub, or a person has named one. */
  found(record2, nowMs, rng) {
    const peer = this.#context.peers.meet(record2, "discovery", nowMs);
    if (peer === void 0) return;
    peer.failures = 0;
    if (!peer.linked && peer.dialling === void 0) {
      peer.retryMs = Number.NEGATIVE_INFINITY;
      this.#dialler.giveWay(peer, nowMs, rng);
    }
    this.#healing.begin(nowMs);
    this.#rebalance(nowMs);
    this.#keepSoon(nowMs);
  }
  /** @param addresses where the neighbour itself says that it can be dialled. */
  neighbourUp(neighbour2, nowMs, rng, addresses = []) {
    const { links, peers, settings } = this.#context;
    const { hub } = neighbour2;
    const lostMs = peers.get(hub)?.lostMs ?? NEVER2;
    const purpose = this.#dialler.arrived(hub);
    const link = links.up(neighbour2, purpose, nowMs);
    this.#decided.delete(hub);
    peers.linked(hub, nowMs);
    if (addresses.length > 0) peers.meet({ hub, addresses }, "itself", nowMs);
    if (links.size > settings.linksLimit && !this.#makeRoom(link, rng)) return;
    this.#introduce(link);
    if (!this.#joined && peers.size < settings.nearLinks + settings.randomLinks) this.#exchange.join(hub);
    this.#joined = true;
    this.#healing.linked(hub, lostMs, nowMs);
    this.#placing.linked(nowMs, rng);
    if (this.#shuffleMs === NEVER2) this.#shuffleMs = nowMs + jittered(rng, this.#shufflePauseMs);
    this.#rebalance(nowMs + settings.viewDelayMs);
    this.#flushSoon(nowMs);
    this.#keepSoon(nowMs);
  }
  neighbourDown(hub, nowMs, rng) {
    const { links, peers, settings } = this.#context;
    const link = links.down(hub, nowMs);
    if (link === void 0) return;
    this.coordinates.forget(hub);
    const decided = this.#decided.delete(hub);
    peers.unlinked(hub, link.neighbour.rttMs, decided, nowMs, rng);
    if (links.size === 0) this.#joined = false;
    this.#healing.unlinked(nowMs, rng);
    if (!decided) this.#unsettle(nowMs, rng);
    this.#rebalance(links.size < settings.linksMin ? nowMs : nowMs + settings.viewDelayMs);
    this.#flushSoon(nowMs);
  }
  dialFailed(hub, nowMs, rng) {
    this.#dialler.failed(hub, nowMs, rng);
    this.#rebalance(nowMs);
  }
  /** A link's smoothed round trip has changed. */
  rttChanged(hub, rng) {
    const link = this.#context.links.get(hub);
    if (link !== void 0) this.#placing.observe(link, rng);
  }
  onNeighbour(from, message, nowMs, rng) {
    const link = this.#context.links.get(from);
    if (link === void 0) return this.#context.sink.count("mesh.overlay.notANeighbour");
    if (message.op !== "view" && !this.#context.links.spend(link, nowMs)) {
      return this.#context.sink.count("mesh.overlay.tooManyRequests");
    }
    switch (message.op) {
      case "view":
        return this.#onView(link, message, nowMs, rng);
      case "join":
        return this.#exchange.onJoin(link, message);
      case "forward-join":
        this.#exchange.onForwardJoin(from, message, nowMs, rng);
        break;
      case "shuffle":
      case "shuffled":
        this.#exchange.onShuffle(from, message, nowMs, rng);
        break;
      case "meet":
        this.#exchange.onMeet(from, message, nowMs, rng);
        break;
      case "heal":
        this.#exchange.learn(from, message.peers ?? [], nowMs);
        this.#healing.onHeal(from, message, nowMs, rng);
        break;
      case "disconnect":
        this.#exchange.learn(from, message.peers ?? [], nowMs);
        this.#decided.add(from);
    }
    this.#rebalance(nowMs + this.#context.settings.viewDelayMs);
  }
  /** Links that resilience asks for, whatever else is wanted; the whole list each time. Bounded by the caller (4). */
  setStandby(hubs2, nowMs) {
    this.#balance.standby = hubs2;
    this.#rebalance(nowMs);
  }
  /** Hubs that have, or had a moment ago, a link with `hub`, this one left out; neighbours of this hub first. */
  watchersOf(hub) {
    const { links, self } = this.#context;
    const watchers = links.common(hub);
    for (const other of links.viewOf(hub)) {
      if (other !== self.hub && other !== hub && !watchers.includes(other)) watchers.push(other);
    }
    return watchers;
  }
  /** The neighbours that a neighbour says it has. */
  viewOf(hub) {
    return this.#context.links.viewOf(hub);
  }
  /** Whether this link's end, when it comes, was decided here or announced by the other end: ask before `neighbourDown`. */
  isParting(hub) {
    return this.#decided.has(hub);
  }
  get isolated() {
    return this.#healing.isolated;
  }
  /** For people. */
  links() {
    return [...this.#context.links.values()].map((link) => ({
      hub: link.neighbour.hub,
      purpose: link.purpose,
      distanceMs: linkDistanceMs(this.#context, link),
      neighbours: link.view.length
    }));
  }
  get peersKnown() {
    return this.#context.peers.size;
  }
  /** What an earlier run kept under `PEERS_KEY`, before any link is up. */
  restore(bytes, nowMs) {
    const own = restorePeers(this.#context.peers, bytes, nowMs);
    if (own !== void 0) this.coordinates.restore(own);
    this.#healing.begin(nowMs);
    this.#rebalance(nowMs);
  }
  /** Keeps the memory now: by itself it does so rarely. */
  save(nowMs) {
    const { peers, sink } = this.#context;
    this.#keepMs = nowMs + this.#context.settings.keepEveryMs;
    if (peers.size === 0) return;
    sink.notice({ type: "keep", key: PEERS_KEY, value: encodePeers(peers, this.coordinates.own, nowMs) });
  }
  #onView(link, message, nowMs, rng) {
    const { links, settings, sink, peers } = this.#context;
    if (message.wanted !== void 0) link.theyWant = message.wanted;
    if (message.needy !== void 0) link.theyNeed = message.needy;
    const { added = [], removed = [] } = message;
    if ((added.length > 0 || removed.length > 0) && !links.learn(link, added, removed, settings.linksLimit)) {
      sink.count("mesh.overlay.viewTooLong");
    }
    if (message.coordinate !== void 0) {
      link.coordinate = message.coordinate;
      peers.meet({ hub: link.neighbour.hub, addresses: [], coordinate: message.coordinate }, "itself", nowMs);
      this.#placing.observe(link, rng);
    }
    if (this.#balance.fullMesh) this.#hearOf(added, nowMs);
    if (message.wanted !== void 0 || message.needy !== void 0 || added.length > 0) {
      this.#rebalance(nowMs + settings.viewDelayMs);
    }
  }
  /** In a small mesh whoever a neighbour has a link with is one to have a link with; its address the neighbour knows. */
  #hearOf(hubs2, nowMs) {
    for (const hub of hubs2) this.#context.peers.meet({ hub, addresses: [] }, "hearsay", nowMs);
  }
  #upkeep(nowMs, rng) {
    this.#balance.assign(nowMs);
    this.#balanceMs = this.#balance.fill(nowMs, rng);
    const { link, nextMs } = this.#balance.surplus(nowMs);
    this.#balanceMs = Math.min(this.#balanceMs, nextMs);
    if (link !== void 0) this.#part(link, "not needed", rng);
    this.#turnAway(rng);
    if (this.#tellings() > 0) this.#flushSoon(nowMs);
  }
  /** With too many links: those who do not need this one and are not near. */
  #turnAway(rng) {
    const { links, settings } = this.#context;
    let surplus = links.size - settings.linksMax;
    if (surplus <= 0) return;
    for (const link of [...links.values()].reverse()) {
      if (surplus <= 0) return;
      const { view, theyNeed, purpose } = link;
      if (view.length === 0 && link.coordinate === void 0) continue;
      if (purpose !== "none" || theyNeed || view.length <= settings.linksMin || !links.isSpare(link.neighbour.hub))
        continue;
      this.#part(link, "links enough", rng);
      surplus -= 1;
    }
  }
  /** @returns false when the newcomer is the one that had to go. */
  #makeRoom(newcomer, rng) {
    let least = newcomer;
    for (const link of this.#context.links.values()) {
      if (link.purpose === "none" && !link.theyNeed && link.view.length > least.view.length) least = link;
    }
    this.#context.sink.count("mesh.overlay.linksLimit");
    this.#part(least, "too many links", rng);
    return least !== newcomer;
  }
  #part(link, reason, rng) {
    this.#decided.add(link.neighbour.hub);
    this.#exchange.disconnect(link.neighbour.hub, reason, rng);
  }
  #shuffle(nowMs, rng) {
    const { settings, links } = this.#context;
    this.#shuffleMs = NEVER2;
    if (links.size === 0) return;
    this.#shufflePauseMs = Math.min(settings.shuffleMaxMs, this.#shufflePauseMs * (this.#exchange.fruitful ? 1.5 : 2));
    this.#shuffleMs = nowMs + jittered(rng, this.#shufflePauseMs);
    this.#balance.assign(nowMs);
    this.#balance.improve(nowMs, rng);
    this.#exchange.shuffle(rng);
    this.#rebalance(nowMs);
  }
  /** The first view: all neighbours, and how this hub stands. */
  #introduce(link) {
    const { links, settings } = this.#context;
    const added = links.hubs().filter((hub) => hub !== link.neighbour.hub);
    link.needyTold = links.size < settings.linksMin;
    this.#context.sink.send(link.neighbour.hub, {
      type: "NEIGHBOUR",
      op: "view",
      coordinate: this.coordinates.own,
      ...added.length > 0 && { added: added.slice(0, settings.linksLimit) },
      ...link.needyTold && { needy: true }
    });
  }
  /** How many neighbours are to be told that they are wanted, or not; or that this hub is needy, or not. */
  #tellings() {
    let count = 0;
    const needy = this.#context.links.size < this.#context.settings.linksMin;
    for (const link of this.#context.links.values()) {
      if (link.wantedTold !== (link.purpose !== "none") || link.needyTold !== needy) count += 1;
    }
    return count;
  }
  #flush() {
    this.#flushMs = NEVER2;
    const { links, settings, sink } = this.#context;
    const { added, removed } = links.takeChanges();
    const coordinate2 = this.#placing.takeNews();
    const needy = links.size < settings.linksMin;
    for (const link of links.values()) {
      const wanted = link.purpose !== "none";
      const news = {
        ...added.length > 0 && !(added.length === 1 && added[0] === link.neighbour.hub) && { added },
        ...removed.length > 0 && { removed },
        ...coordinate2 && { coordinate: coordinate2 },
        ...wanted !== link.wantedTold && { wanted },
        ...needy !== link.needyTold && { needy }
      };
      link.wantedTold = wanted;
      link.needyTold = needy;
      if (Object.keys(news).length > 0) sink.send(link.neighbour.hub, { type: "NEIGHBOUR", op: "view", ...news });
    }
  }
  /** A link was lost: other candidates are wanted soon, and what did not work before may now. */
  #unsettle(nowMs, rng) {
    this.#balance.unsettle();
    this.#dialler.unsettle();
    this.#shufflePauseMs = this.#context.settings.shuffleMinMs;
    this.#shuffleMs = Math.min(this.#shuffleMs, nowMs + jittered(rng, this.#shufflePauseMs));
  }
  /** Now, or soon where many reasons come at once. */
  #rebalance(atMs) {
    this.#balanceMs = Math.min(this.#balanceMs, atMs);
  }
  #flushSoon(nowMs) {
    this.#flushMs = Math.min(this.#flushMs, nowMs + this.#context.settings.viewDelayMs);
  }
  #keepSoon(nowMs) {
    if (this.#keepMs === NEVER2) this.#keepMs = nowMs + this.#context.settings.keepFirstMs;
  }
};

// runtime/mesh/resilience/settings.ts
var HOUR_MS2 = 36e5;
var RESILIENCE_DEFAULTS = {
  episodeGapMs: 3e3,
  episodeMaxMs: 15e3,
  sharedMin: 0.5,
  halfLifeMs: 7 * 24 * HOUR_MS2,
  flapMs: 5e3,
  flapsMin: 3,
  flapWindowMs: HOUR_MS2,
  flapPatience: 0.25,
  patienceMax: 2,
  watchfulPatience: 0.5,
  watchfulMax: 6,
  alarmPatience: 0.35,
  alarmMs: 5e3,
  avoidMs: 800,
  bridgeMin: 2,
  standbyPerBridge: 2,
  standbyMax: 4,
  reviewMs: HOUR_MS2,
  keepAfterMs: 2e4
};

// runtime/mesh/resilience/resilience.ts
var FLAPS_MAX = 128;
var NEVER3 = Number.POSITIVE_INFINITY;
var Resilience = class {
  #self;
  #settings;
  #sink;
  #outlet;
  #twoHops;
  #episodes;
  #bridges;
  #watches = /* @__PURE__ */ new Map();
  /** Lost and not back, and since when. Bounded by an episode's bound. */
  #lost = /* @__PURE__ */ new Map();
  #flaps;
  #standby = [];
  #alarmMs = NEVER3;
  #reviewMs = NEVER3;
  #keepMs = NEVER3;
  #nowMs = 0;
  constructor(self, sink, outlet, twoHops, settings = RESILIENCE_DEFAULTS) {
    this.#self = self;
    this.#settings = settings;
    this.#sink = sink;
    this.#outlet = outlet;
    this.#twoHops = twoHops;
    this.#episodes = new Episodes(settings);
    this.#bridges = new Bridges(settings);
  }
  get deadlineMs() {
    return Math.min(this.#alarmMs, this.#reviewMs, this.#keepMs);
  }
  tick(nowMs) {
    this.#nowMs = nowMs;
    if (nowMs >= this.#alarmMs) this.#endAlarms();
    if (nowMs >= this.#reviewMs) this.#review();
    if (nowMs >= this.#keepMs) this.save(nowMs);
  }
  neighbourUp(hub, nowMs) {
    this.#nowMs = nowMs;
    this.#watches.set(hub, { patience: 1, watchful: false, alarmUntilMs: 0, fallen: 0, fallenMs: 0 });
    this.#back(hub);
    this.#review();
  }
  /** @param decided it was nobody's failure: the overlay, or the other end, gave the link up. */
  neighbourDown(hub, decided, nowMs) {
    this.#nowMs = nowMs;
    if (!this.#watches.has(hub)) return;
    if (!decided) {
      this.#noteBridge(hub, this.#behind(hub));
      this.#vanished(hub);
    }
    this.#watches.delete(hub);
    this.#review();
  }
  hubState(hub, state, nowMs) {
    this.#nowMs = nowMs;
    if (state === "dead") this.#vanished(hub);
    else if (state === "alive") this.#back(hub);
    else if (state === "left") this.#lost.delete(hub);
  }
  /** Many at once. */
  cut(hubs2, nowMs) {
    this.#nowMs = nowMs;
    for (const hub of hubs2) this.#vanished(hub);
  }
  /** Destinations that could only be reached over this neighbour, and now cannot. */
  routeLost(via, destinations, nowMs) {
    this.#nowMs = nowMs;
    if (this.#bridges.lost(via, destinations, this.#behind(via), nowMs)) this.#review();
  }
  /** Whether both are likely to be gone at the same time. */
  sharesRisk(a, b) {
    return a === b || this.#episodes.similarity(a, b, this.#nowMs) >= this.#settings.sharedMin;
  }
  /** The candidates, those first that do not share the primary's risk; else in their order. */
  prefer(candidates, primary) {
    const apart = candidates.filter((hub) => !this.sharesRisk(hub, primary));
    return apart.length === candidates.length ? apart : [...apart, ...candidates.filter((hub) => !apart.includes(hub))];
  }
  /** Factor of a neighbour's suspicion times. */
  patience(hub) {
    const watch = this.#watches.get(hub);
    if (watch === void 0) return 1;
    const { alarmPatience, watchfulPatience } = this.#settings;
    if (this.#nowMs < watch.alarmUntilMs) return alarmPatience;
    const flapping = this.#flapping(hub);
    return flapping > 1 ? flapping : watch.watchful ? watchfulPatience : 1;
  }
  standby() {
    return this.#standby;
  }
  /** What an earlier run kept under `LESSONS_KEY`. */
  restore(bytes, nowMs) {
    this.#nowMs = nowMs;
    const lessons = readLessons(bytes, nowMs);
    if (lessons === void 0) return this.#sink.count("mesh.resilience.unreadable");
    this.#episodes.restore(lessons.episodes);
    this.#bridges.restore(lessons.bridges);
    this.#review();
  }
  save(nowMs) {
    this.#keepMs = NEVER3;
    const value2 = writeLessons({ episodes: this.#episodes.list(), bridges: this.#bridges.ranked(nowMs) }, nowMs);
    this.#sink.notice({ type: "keep", key: LESSONS_KEY, value: value2 });
  }
  #vanished(hub) {
    if (hub === this.#self || this.#lost.has(hub) || !this.#episodes.vanished(hub, this.#nowMs)) return;
    this.#lost.set(hub, this.#nowMs);
    dropOldest(this.#lost, EPISODE_HUBS_MAX);
    this.#keepMs = Math.min(this.#keepMs, this.#nowMs + this.#settings.keepAfterMs);
    this.#reviewMs = Math.min(this.#reviewMs, this.#nowMs + this.#settings.episodeMaxMs);
    this.#test(hub);
  }
  /** One of a group is gone: all of it that are neighbours are asked at once; two gone, and routes leave the rest. */
  #test(fallen) {
    const { alarmMs, avoidMs } = this.#settings;
    for (const [hub, watch] of this.#watches) {
      if (hub === fallen || this.#lost.has(hub) || !this.sharesRisk(hub, fallen)) continue;
      if (this.#nowMs > watch.fallenMs + alarmMs) watch.fallen = 0;
      if (watch.fallen === 0) watch.fallenMs = this.#nowMs;
      watch.fallen += 1;
      if (watch.fallen === 1) this.#outlet.probe(hub);
      if (watch.fallen !== 2) continue;
      watch.alarmUntilMs = this.#nowMs + alarmMs;
      this.#alarmMs = Math.min(this.#alarmMs, watch.alarmUntilMs);
      this.#outlet.avoid(hub, this.#nowMs + avoidMs);
      this.#outlet.probe(hub);
      this.#tell(hub, watch);
    }
  }
  #back(hub) {
    const lostMs = this.#lost.get(hub);
    if (lostMs === void 0) return;
    this.#lost.delete(hub);
    if (this.#nowMs - lostMs >= this.#settings.flapMs) return;
    this.#episodes.retract(hub);
    this.#flaps ??= /* @__PURE__ */ new Map();
    const known = this.#flaps.get(hub);
    const fresh = known === void 0 || this.#nowMs - known.sinceMs > this.#settings.flapWindowMs;
    this.#flaps.delete(hub);
    this.#flaps.set(hub, fresh ? { count: 1, sinceMs: this.#nowMs } : { ...known, count: known.count + 1 });
    dropOldest(this.#flaps, FLAPS_MAX);
  }
  #flapping(hub) {
    const flaps = this.#flaps?.get(hub);
    const { flapsMin, flapWindowMs, flapPatience, patienceMax } = this.#settings;
    if (flaps === void 0 || flaps.count < flapsMin || this.#nowMs - flaps.sinceMs > flapWindowMs) return 1;
    return Math.min(patienceMax, 1 + flapPatience * (flaps.count - flapsMin + 1));
  }
  /** The neighbours of a neighbour that nobody else here has a link with: what is behind it. */
  #behind(hub) {
    return this.#twoHops.viewOf(hub).filter((far) => far !== this.#self && !this.#watches.has(far) && !this.#seenBeside(far, hub));
  }
  #seenBeside(far, hub) {
    for (const other of this.#watches.keys())
      if (other !== hub && this.#twoHops.viewOf(other).includes(far)) return true;
    return false;
  }
  #noteBridge(hub, behind) {
    this.#bridges.lost(hub, behind.length, behind, this.#nowMs);
  }
  #endAlarms() {
    this.#alarmMs = NEVER3;
    for (const [hub, watch] of this.#watches) {
      if (watch.alarmUntilMs > this.#nowMs) this.#alarmMs = Math.min(this.#alarmMs, watch.alarmUntilMs);
      this.#tell(hub, watch);
    }
  }
  /** Whom to watch closely, and which standby links to want. */
  #review() {
    const { watchfulMax, reviewMs } = this.#settings;
    const exposed = [];
    for (const [hub, watch] of this.#watches) {
      watch.watchful = false;
      const exposure = this.#episodes.exposure(hub, this.#nowMs);
      if (exposure >= EXPOSURE_MIN) exposed.push({ watch, hub, exposure });
    }
    exposed.sort((a, b) => b.exposure - a.exposure || (a.hub < b.hub ? -1 : 1));
    for (const { watch } of exposed.slice(0, watchfulMax)) watch.watchful = true;
    for (const [hub, watch] of this.#watches) this.#tell(hub, watch);
    const standby = this.#chooseStandby();
    if (!sameHubs(standby, this.#standby)) {
      this.#standby = standby;
      this.#outlet.standby(standby);
    }
    this.#reviewMs = exposed.length > 0 || standby.length > 0 ? this.#nowMs + reviewMs : NEVER3;
  }
  /** Hubs behind a bridge that do not share its risk: a link to one is a way that outlives it. */
  #chooseStandby() {
    const { standbyPerBridge, standbyMax } = this.#settings;
    const chosen = [];
    for (const { hub, behind } of this.#bridges.ranked(this.#nowMs)) {
      let taken = 0;
      for (const far of behind) {
        if (chosen.length >= standbyMax || taken >= standbyPerBridge) break;
        if (far === hub || chosen.includes(far) || this.sharesRisk(far, hub)) continue;
        taken += 1;
        if (!this.#watches.has(far) || this.#standby.includes(far)) chosen.push(far);
      }
    }
    return chosen;
  }
  #tell(hub, watch) {
    const patience = this.patience(hub);
    if (patience === watch.patience) return;
    watch.patience = patience;
    this.#outlet.patience(hub, patience);
  }
};
var EXPOSURE_MIN = 0.15;
function dropOldest(map, sizeMax) {
  if (map.size <= sizeMax) return;
  const oldest = map.keys().next().value;
  if (oldest !== void 0) map.delete(oldest);
}
function sameHubs(a, b) {
  return a.length === b.length && a.every((hub, i) => hub === b[i]);
}

// runtime/mesh/routing/settings.ts
var ROUTING_DEFAULTS = {
  flushDelayMs: 2,
  relaxedDelayMs: 100,
  flushGapMs: 10,
  flushGapMaxMs: 100,
  flushBurst: 30,
  cellMax: 64,
  cellMin: 16,
  cellRoom: 48,
  unitsMax: 32,
  unitsMin: 8,
  unitsRoom: 24,
  splitHoldMs: 1e3,
  raiseStepMs: 250,
  badSplitMs: 5e3,
  electHoldMs: 250,
  mergeHoldMs: 3e4,
  raiseBackoffMs: 3e5,
  landmarkHoldMs: 250,
  sizeHoldMs: 5e3,
  digestMs: 45e3,
  sourceHoldMs: 12e4,
  requestRetryMs: 250,
  raiseGapMs: 50,
  entriesPerSecond: 4e3
};
var RANK_MAX = LOCATOR_LEVELS_MAX;
var METRIC_MAX2 = 16777215;
var INFINITE = 4294967295;
var PENALTY_COST = 8192;
var CELL_ENTRIES_MAX = 256;
var UNSPLIT_ENTRIES_MAX = 80;
var UNIT_ENTRIES_MAX = 128;
var SLOTS_MAX = 1024;
var ENTRIES_PER_MESSAGE_MAX = 64;
var REQUEST_HOPS_MAX = 127;
var REQUEST_FANOUT = 3;
var REQUESTS_QUEUED_MAX = 256;

// runtime/mesh/routing/adjacency.ts
var Adjacency = class {
  constructor(hub, column, cost, nowMs, entriesPerSecond) {
    this.hub = hub;
    this.column = column;
    this.cost = cost;
    this.#allowance = entriesPerSecond;
    this.#allowanceMs = nowMs;
  }
  hub;
  column;
  cost;
  /** The last that it was told of our place; undefined: nothing was sent yet. */
  sent;
  /** The last that it told of its own. */
  heard;
  /** See `scopeOf`. */
  scope = 0;
  /** The next message says everything again. */
  full = false;
  /** Some of what it told found no room: its digest will not fit, and it is asked again once there is. */
  incomplete = false;
  /** The next message asks for everything again. */
  again = false;
  /** The next message carries a digest. */
  digestDue = false;
  /** What it said of itself last. */
  said;
  /** What is known of it and it seems to have forgotten, to be told to it in the next round. */
  mirror;
  /** Not again before then. Unit: ms. */
  againNotBeforeMs = 0;
  /** Until when it counts as one that swallows frames; 0: it does not. Unit: ms. */
  penaltyUntilMs = 0;
  /** Entries that it may still send now: a token bucket. */
  #allowance;
  #allowanceMs;
  #requests;
  /** @returns false when it has sent more than its share. */
  allows(entries, nowMs, entriesPerSecond) {
    const earned = (nowMs - this.#allowanceMs) * entriesPerSecond / 1e3;
    this.#allowance = Math.min(entriesPerSecond, this.#allowance + earned) - entries;
    this.#allowanceMs = nowMs;
    if (this.#allowance >= 0) return true;
    this.#allowance = Math.max(this.#allowance + entries, 0);
    return false;
  }
  /** @returns false when too many wait already. */
  ask(request2) {
    this.#requests ??= [];
    if (this.#requests.length >= REQUESTS_QUEUED_MAX) return false;
    this.#requests.push(request2);
    return true;
  }
  takeRequests() {
    const taken = this.#requests ?? NONE4;
    this.#requests = void 0;
    return taken;
  }
};
var NONE4 = Object.freeze([]);

// runtime/mesh/routing/table.ts
var SELF = 0;
var NO_COLUMN = -1;
var NO_SIZES2 = Object.freeze([]);
var SLOTS_STEP = 16;
var COLUMNS_STEP = 4;
var MARK_DIRTY = 1;
var MARK_TOLD = 2;
var MARK_WANTS = 4;
var MARK_SUNK = 8;
var MARK_ASKED = 16;
var MARK_STALE = 32;
var RouteTable = class {
  slots = /* @__PURE__ */ new Map();
  hubs = [];
  /** The length is the rank. */
  sizes = [];
  /** Slots in use are below this. */
  length = 0;
  /** Columns, used or not. */
  width = COLUMNS_STEP;
  /** Of the route that is used; INFINITE without one. */
  metric = new Uint32Array(SLOTS_STEP);
  seqno = new Uint16Array(SLOTS_STEP);
  /** Feasibility distance: RFC 8966 §3.2.5. INFINITE: none is known, anything is feasible. */
  fdMetric = new Uint32Array(SLOTS_STEP);
  fdSeqno = new Uint16Array(SLOTS_STEP);
  /** Column of the next hop. */
  via = new Int16Array(SLOTS_STEP);
  version = new Uint16Array(SLOTS_STEP);
  /** Since when there is no route. Unit: ms. */
  lostMs = new Float64Array(SLOTS_STEP);
  /** 1: some column has something to be said. */
  pending = new Uint8Array(SLOTS_STEP);
  /** Of each column's link, penalty included. */
  cost = new Uint32Array(COLUMNS_STEP);
  /** Slot × column. */
  heardMetric = new Uint32Array(SLOTS_STEP * COLUMNS_STEP).fill(INFINITE);
  heardSeqno = new Uint16Array(SLOTS_STEP * COLUMNS_STEP);
  marks = new Uint8Array(SLOTS_STEP * COLUMNS_STEP);
  #free = [];
  constructor(self) {
    this.add(self, 0);
    this.metric[SELF] = 0;
  }
  get capacity() {
    return this.metric.length;
  }
  /** Rows in use. */
  get size() {
    return this.slots.size;
  }
  rank(slot) {
    return this.sizes[slot].length;
  }
  isReachable(slot) {
    return this.metric[slot] !== INFINITE;
  }
  /** @returns the slot, or undefined when the table is full. */
  add(hub, nowMs) {
    if (this.slots.size >= SLOTS_MAX) return void 0;
    const slot = this.#free.pop() ?? this.length++;
    if (slot >= this.capacity) this.#resize(slot + SLOTS_STEP + (slot >> 2), this.width);
    this.slots.set(hub, slot);
    this.hubs[slot] = hub;
    this.sizes[slot] = NO_SIZES2;
    this.metric[slot] = INFINITE;
    this.seqno[slot] = 0;
    this.fdMetric[slot] = INFINITE;
    this.fdSeqno[slot] = 0;
    this.via[slot] = NO_COLUMN;
    this.version[slot] = 0;
    this.lostMs[slot] = nowMs;
    this.pending[slot] = 0;
    const row = slot * this.width;
    this.heardMetric.fill(INFINITE, row, row + this.width);
    this.marks.fill(0, row, row + this.width);
    return slot;
  }
  remove(slot) {
    const hub = this.hubs[slot];
    if (hub === void 0) return;
    this.slots.delete(hub);
    this.hubs[slot] = void 0;
    this.sizes[slot] = NO_SIZES2;
    this.metric[slot] = INFINITE;
    this.pending[slot] = 0;
    this.#free.push(slot);
  }
  /** Makes room for the column; what it held before is forgotten. */
  openColumn(column, cost) {
    if (column >= this.width) this.#resize(this.capacity, column + 1 + (column >> 1));
    this.cost[column] = cost;
    for (let slot = 0, at = column; slot < this.length; slot++, at += this.width) {
      this.heardMetric[at] = INFINITE;
      this.marks[at] = 0;
    }
  }
  /** To be said to the neighbour in the next round. */
  mark(slot, column, marks) {
    const at = slot * this.width + column;
    this.marks[at] = this.marks[at] | marks;
    this.pending[slot] = 1;
  }
  /** For the whole row. Columns that are not in use may be marked: nobody reads them before they are opened. */
  markAll(slot, marks) {
    for (let at = slot * this.width, end = at + this.width; at < end; at++)
      this.marks[at] = this.marks[at] | marks;
    this.pending[slot] = 1;
  }
  unmarkAll(slot, marks) {
    for (let at = slot * this.width, end = at + this.width; at < end; at++)
      this.marks[at] = this.marks[at] & ~marks;
  }
  /** Gives back what a crowd left behind. Slots are renumbered: no caller may hold one over this. */
  compact() {
    if (this.capacity <= 2 * this.size + SLOTS_STEP) return;
    let to = 0;
    for (let from = 0; from < this.length; from++) {
      const hub = this.hubs[from];
      if (hub === void 0) continue;
      if (from !== to) this.#move(from, to, hub);
      to += 1;
    }
    this.length = to;
    this.#free.length = 0;
    this.hubs.length = to;
    this.sizes.length = to;
    this.#resize(to + SLOTS_STEP, this.width);
  }
  #move(from, to, hub) {
    this.slots.set(hub, to);
    this.hubs[to] = hub;
    this.sizes[to] = this.sizes[from];
    for (const array4 of this.#perSlot()) array4[to] = array4[from];
    for (const array4 of this.#perCell()) {
      array4.copyWithin(to * this.width, from * this.width, (from + 1) * this.width);
    }
  }
  #perSlot() {
    return [this.metric, this.seqno, this.fdMetric, this.fdSeqno, this.via, this.version, this.lostMs, this.pending];
  }
  #perCell() {
    return [this.heardMetric, this.heardSeqno, this.marks];
  }
  #resize(slots, width) {
    this.metric = copied(this.metric, new Uint32Array(slots));
    this.seqno = copied(this.seqno, new Uint16Array(slots));
    this.fdMetric = copied(this.fdMetric, new Uint32Array(slots));
    this.fdSeqno = copied(this.fdSeqno, new Uint16Array(slots));
    this.via = copied(this.via, new Int16Array(slots));
    this.version = copied(this.version, new Uint16Array(slots));
    this.lostMs = copied(this.lostMs, new Float64Array(slots));
    this.pending = copied(this.pending, new Uint8Array(slots));
    this.cost = copied(this.cost, new Uint32Array(width));
    const cells = slots * width;
    this.heardMetric = this.#relaid(this.heardMetric, new Uint32Array(cells).fill(INFINITE), width);
    this.heardSeqno = this.#relaid(this.heardSeqno, new Uint16Array(cells), width);
    this.marks = this.#relaid(this.marks, new Uint8Array(cells), width);
    this.width = width;
  }
  #relaid(from, to, width) {
    if (width === this.width) return copied(from, to);
    for (let slot = 0; slot < this.length && slot * this.width < from.length; slot++) {
      const row = from.subarray(slot * this.width, slot * this.width + Math.min(this.width, width));
      to.set(row, slot * width);
    }
    return to;
  }
};
function copied(from, to) {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}

// runtime/mesh/routing/regions.ts
var STAY_PART = 1 / 8;
function locate(around, nowMs, holdMs) {
  const { table, locator: locator2 } = around;
  const slots = landmarkSlots(around, nowMs - holdMs);
  let top = table.rank(SELF);
  for (const slot of slots) top = Math.max(top, table.rank(slot));
  top = Math.min(top, LOCATOR_LEVELS_MAX);
  if (top === 0) return locator2.length === 0 ? locator2 : NOWHERE;
  const place3 = new Array(top);
  let changed = locator2.length !== top;
  for (let level = top; level >= 1; level--) {
    place3[level - 1] = landmarkOf(around, slots, place3, level);
    changed ||= place3[level - 1] !== locator2[level - 1];
  }
  return changed ? place3 : locator2;
}
var NOWHERE = Object.freeze([]);
function landmarkSlots({ table, locator: locator2 }, heldMs) {
  const slots = [];
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (table.rank(slot) === 0) continue;
    const isHeld = () => table.lostMs[slot] > heldMs && locator2.includes(table.hubs[slot]);
    if (table.isReachable(slot) || isHeld()) slots.push(slot);
  }
  return slots;
}
function landmarkOf(around, slots, place3, level) {
  const { table, locator: locator2 } = around;
  const self = table.hubs[SELF];
  if (table.rank(SELF) >= level) return self;
  const above = place3[level];
  const present = locator2[level - 1];
  let best;
  let bestMetric = INFINITE;
  let presentMetric = INFINITE;
  for (const slot of slots) {
    const hub = table.hubs[slot];
    const rank = table.rank(slot);
    if (rank !== level && !(rank > level && hub === above)) continue;
    const metric2 = table.metric[slot];
    if (metric2 === INFINITE) {
      if (hub === present && restIsSame(locator2, place3, level)) presentMetric = 0;
      continue;
    }
    if (!leadsInto(around, slot, hub, place3, level)) continue;
    if (hub === present) presentMetric = metric2;
    if (metric2 < bestMetric || metric2 === bestMetric && best !== void 0 && hub < best) {
      best = hub;
      bestMetric = metric2;
    }
  }
  if (present !== void 0 && presentMetric !== INFINITE && bestMetric >= presentMetric * (1 - STAY_PART))
    return present;
  return best ?? above ?? nearest(around, slots, level) ?? self;
}
function restIsSame(locator2, place3, level) {
  for (let above = level; above < place3.length; above++) if (locator2[above] !== place3[above]) return false;
  return true;
}
function leadsInto(around, slot, landmark, place3, level) {
  const next = around.neighbours[around.table.via[slot]];
  const theirs = next?.heard;
  if (next === void 0 || theirs === void 0) return false;
  if (next.hub !== landmark && theirs[level - 1] !== landmark) return false;
  for (let above = level; above < place3.length; above++) {
    const other = theirs[above];
    if (other !== void 0 && other !== place3[above]) return false;
  }
  return true;
}
function nearest({ table }, slots, level) {
  let best;
  let bestMetric = INFINITE;
  for (const slot of slots) {
    const metric2 = table.metric[slot];
    if (table.rank(slot) !== level || metric2 >= bestMetric) continue;
    best = table.hubs[slot];
    bestMetric = metric2;
  }
  return best;
}
function eachChild({ table, locator: locator2 }, rank, visit) {
  const above = locator2[rank];
  for (let slot = 0; slot < table.length; slot++) {
    const hub = table.hubs[slot];
    if (hub === void 0 || !table.isReachable(slot)) continue;
    const own = table.rank(slot);
    if (own === rank || own > rank && (slot === SELF || hub === above)) visit(slot);
  }
}
function countChildren(around, rank) {
  let count = 0;
  eachChild(around, rank, () => {
    count += 1;
  });
  return count;
}
function cellOf(around) {
  const hubs2 = [];
  eachChild(around, 0, (slot) => hubs2.push(around.table.hubs[slot]));
  return hubs2.sort();
}
function unitsOf(around, level) {
  const { table } = around;
  const units = [];
  eachChild(around, level, (slot) => {
    const size2 = table.sizes[slot]?.[level - 1] ?? 0;
    units.push({ id: table.hubs[slot], metric: table.metric[slot], size: size2 });
  });
  return units.sort((a, b) => a.id < b.id ? -1 : 1);
}

// runtime/mesh/routing/seqno.ts
var SEQNO_MAX = 65535;
function isNewer2(seqno2, than) {
  const ahead = seqno2 - than & SEQNO_MAX;
  return ahead !== 0 && ahead < 32768;
}
function seqnoAfter(seqno2) {
  return seqno2 + 1 & SEQNO_MAX;
}

// runtime/mesh/routing/origin.ts
var NEVER4 = Number.POSITIVE_INFINITY;
var SIZE_PART = 1 / 8;
var FIRST_SIZE_MS = 1e3;
var Origin = class {
  constructor(vectors, settings) {
    this.vectors = vectors;
    this.settings = settings;
  }
  vectors;
  settings;
  #sizesMs = NEVER4;
  #sizesToldMs = Number.NEGATIVE_INFINITY;
  /** Asked for, while it is too soon to raise the number again. */
  #wanted;
  #raisedMs = Number.NEGATIVE_INFINITY;
  /** Unit: ms. */
  get deadlineMs() {
    return this.#wanted === void 0 ? this.#sizesMs : Math.min(this.#sizesMs, this.#raisedMs + this.settings.raiseGapMs);
  }
  /** A neighbour asks for this hub with that sequence number or a newer one. */
  answer(from, seqno2, nowMs) {
    const { table, requests } = this.vectors;
    table.mark(SELF, from.column, MARK_WANTS);
    if (isNewer2(seqno2, table.seqno[SELF])) {
      this.#raise(seqno2, nowMs);
      return "waits";
    }
    requests.tell(SELF);
    return "answered";
  }
  /** What others say of this hub is never believed; but where it is newer than what this hub said, it goes on from there:
   *  either it has forgotten what it said before a restart, or somebody made it up. */
  contradict({ seqno: seqno2, version }, nowMs) {
    const { table } = this.vectors;
    if (isNewer2(seqno2, table.seqno[SELF])) this.#raise(seqnoAfter(seqno2), nowMs);
    if (!isNewer2(version, table.version[SELF])) return;
    this.vectors.restate(seqnoAfter(version), table.sizes[SELF], nowMs);
  }
  changeRank(by, nowMs) {
    const { table } = this.vectors;
    const sizes = table.sizes[SELF];
    this.#restate(by > 0 ? [...sizes, 1] : sizes.slice(0, -1), nowMs);
    if (by > 0) this.#sizesMs = nowMs + FIRST_SIZE_MS;
  }
  /** The region's children have come or gone. */
  scheduleSizes(around) {
    if (this.#sizesMs !== NEVER4 || this.#outgrown(around) === void 0) return;
    this.#sizesMs = this.#sizesToldMs + this.settings.sizeHoldMs;
  }
  tick(around, nowMs) {
    if (this.#wanted !== void 0) this.#raise(this.#wanted, nowMs);
    if (nowMs < this.#sizesMs) return;
    this.#sizesMs = NEVER4;
    const sizes = this.#outgrown(around);
    if (sizes !== void 0) this.#restate(sizes, nowMs);
  }
  #restate(sizes, nowMs) {
    this.#sizesToldMs = nowMs;
    this.#sizesMs = NEVER4;
    this.vectors.restate(seqnoAfter(this.vectors.table.version[SELF]), sizes, nowMs);
  }
  /** @returns the present sizes, when one of them differs much from what was told. */
  #outgrown(around) {
    const told = around.table.sizes[SELF];
    if (told.length === 0) return void 0;
    const sizes = told.map((_, below3) => countChildren(around, below3));
    const differs = sizes.some(
      (size2, i) => Math.abs(size2 - told[i]) > Math.max(2, told[i] * SIZE_PART)
    );
    return differs ? sizes : void 0;
  }
  #raise(seqno2, nowMs) {
    if (nowMs < this.#raisedMs + this.settings.raiseGapMs) {
      if (this.#wanted === void 0 || isNewer2(seqno2, this.#wanted)) this.#wanted = seqno2;
      return;
    }
    this.#wanted = void 0;
    this.#raisedMs = nowMs;
    this.vectors.raiseSeqno(seqno2);
  }
};

// runtime/mesh/routing/ranks.ts
var SPLIT_PART = 1 / 4;
var SPLIT_PART_MIN = 1 / 8;
var OVERFULL = 2;
var EDGE_PART = 7 / 8;
var TINY_PART = 1 / 4;
var ELECT_PART = 5 / 8;
var NEVER5 = Number.POSITIVE_INFINITY;
var RankRule = class {
  constructor(settings, self) {
    this.settings = settings;
    this.#hash = hashOf(self);
  }
  settings;
  /** When to judge again. Unit: ms. */
  deadlineMs = NEVER5;
  #crowdedMs = NEVER5;
  #sparseMs = NEVER5;
  /** How many sibling regions there were when the region became crowded: another one means that it is being split. */
  #siblings = 0;
  #raiseNotBeforeMs = 0;
  #hash;
  /** @returns by how much to change one's rank. */
  judge(around, nowMs) {
    const rank = around.table.rank(SELF);
    const raiseMs = this.#raiseMs(around, rank, nowMs);
    const lowerMs = this.#lowerMs(around, rank, nowMs);
    this.deadlineMs = Math.min(raiseMs > nowMs ? raiseMs : NEVER5, lowerMs > nowMs ? lowerMs : NEVER5);
    if (raiseMs <= nowMs) return this.#changed(nowMs, 1);
    return lowerMs <= nowMs ? this.#changed(nowMs, -1) : 0;
  }
  #changed(nowMs, by) {
    this.#crowdedMs = NEVER5;
    this.#sparseMs = NEVER5;
    if (by < 0) this.#raiseNotBeforeMs = nowMs + this.settings.raiseBackoffMs;
    return by;
  }
  /** @returns when to raise, as far as can be told now. */
  #raiseMs(around, rank, nowMs) {
    const { max } = this.#bounds(rank);
    const count = rank < RANK_MAX ? countChildren(around, rank) : 0;
    if (count <= max) {
      this.#crowdedMs = NEVER5;
      return NEVER5;
    }
    const siblings = countChildren(around, rank + 1);
    if (this.#crowdedMs === NEVER5 || siblings !== this.#siblings) this.#crowdedMs = nowMs;
    this.#siblings = siblings;
    const landmark = around.locator[rank];
    const delayMs = landmark === void 0 ? this.#electMs(around, rank) : this.#splitMs(around, rank, landmark, count);
    return Math.max(this.#crowdedMs + delayMs, this.#raiseNotBeforeMs);
  }
  #splitMs({ table }, rank, landmark, count) {
    const { splitHoldMs, badSplitMs, raiseStepMs } = this.settings;
    const slot = table.slots.get(landmark);
    if (slot === void 0 || !table.isReachable(slot)) return NEVER5;
    const away = table.via[slot];
    const own = mixed(this.#hash, rank);
    let behind = 1;
    let before = 0;
    for (let other = SELF + 1; other < table.length; other++) {
      if (!table.isReachable(other) || table.rank(other) !== rank) continue;
      if (table.via[other] !== away) behind += 1;
      if (mixed(hashOf(table.hubs[other]), rank) > own) before += 1;
    }
    const { max, min } = this.#bounds(rank);
    const smaller = Math.min(behind, count - behind);
    if (smaller < Math.min(count * SPLIT_PART_MIN, min / 2)) return NEVER5;
    const isGood = smaller >= count * SPLIT_PART || count > OVERFULL * max;
    return splitHoldMs + before * raiseStepMs + (isGood ? 0 : badSplitMs);
  }
  /** 0 … 1, the same every time: neighbours seldom have the same. */
  #jitter(rank) {
    return mixed(this.#hash, rank) / 2 ** 32;
  }
  #electMs({ table }, rank) {
    const { electHoldMs, badSplitMs, raiseStepMs } = this.settings;
    const { max } = this.#bounds(rank);
    const metrics = [];
    const through = new Uint16Array(table.width);
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (!table.isReachable(slot) || table.rank(slot) !== rank) continue;
      metrics.push(table.metric[slot]);
      const via = table.via[slot];
      through[via] = through[via] + 1;
    }
    const isEdge = Math.max(...through) > metrics.length * EDGE_PART;
    metrics.sort((a, b) => a - b);
    const reach = metrics[Math.ceil(max * ELECT_PART)] ?? INFINITE;
    const own = mixed(this.#hash, rank);
    let before = 0;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (!table.isReachable(slot) || table.rank(slot) !== rank || table.metric[slot] > reach) continue;
      if (mixed(hashOf(table.hubs[slot]), rank) > own) before += 1;
    }
    return electHoldMs + before * raiseStepMs + (isEdge ? badSplitMs : 0);
  }
  #bounds(rank) {
    const { cellMax, cellMin, cellRoom, unitsMax, unitsMin, unitsRoom } = this.settings;
    return rank === 0 ? { max: cellMax, min: cellMin, room: cellRoom } : { max: unitsMax, min: unitsMin, room: unitsRoom };
  }
  /** @returns when to lower, as far as can be told now. */
  #lowerMs(around, rank, nowMs) {
    if (rank === 0 || !this.#isSparse(around, rank)) {
      this.#sparseMs = NEVER5;
      return NEVER5;
    }
    if (this.#sparseMs === NEVER5) this.#sparseMs = nowMs;
    return this.#sparseMs + this.settings.mergeHoldMs * (1 + this.#jitter(rank) / 2);
  }
  #isSparse(around, rank) {
    const { min, room } = this.#bounds(rank - 1);
    const { table } = around;
    const count = countChildren(around, rank - 1);
    const sibling = nearestSibling(around, rank);
    if (sibling === void 0) return around.locator.length === rank && count <= room;
    const size2 = table.sizes[sibling]?.[rank - 1] ?? 0;
    const most = count <= min * TINY_PART ? CELL_ENTRIES_MAX / 2 : room;
    if (count >= min || size2 === 0 || size2 + count > most) return false;
    if (size2 >= min || table.rank(sibling) > rank || size2 > count) return true;
    return size2 === count && mixed(hashOf(table.hubs[sibling]), rank) > mixed(this.#hash, rank);
  }
};
function nearestSibling(around, rank) {
  const { table } = around;
  let nearest2;
  eachChild(around, rank, (slot) => {
    if (slot === SELF) return;
    if (nearest2 === void 0 || table.metric[slot] < table.metric[nearest2]) nearest2 = slot;
  });
  return nearest2;
}
function hashOf(hub) {
  return Number.parseInt(hub.slice(0, 8), 16) >>> 0;
}
function mixed(hash2, salt) {
  let h = hash2 ^ Math.imul(salt + 1, 2654435769);
  h = Math.imul(h ^ h >>> 16, 2246822507);
  h = Math.imul(h ^ h >>> 13, 3266489909);
  return (h ^ h >>> 16) >>> 0;
}
function digestTerm(table, slot, metric2) {
  return mixed(hashOf(table.hubs[slot]) ^ metric2, table.version[slot]);
}

// runtime/mesh/routing/scope.ts
function scopeOf(sent, heard) {
  if (sent === void 0 || heard === void 0) return 0;
  let scope = 0;
  for (let rank = 0; rank <= RANK_MAX; rank++) {
    const mine = sent[rank];
    const theirs = heard[rank];
    if (mine === theirs || mine === void 0 || theirs === void 0) scope |= 1 << rank;
  }
  return scope;
}
function inScope(scope, rank) {
  return (scope >> rank & 1) === 1;
}

// runtime/mesh/routing/outbound.ts
var TO_SAY = MARK_DIRTY | MARK_SUNK;
function updateOf(table, slot, metric2) {
  return {
    hub: table.hubs[slot],
    seqno: table.seqno[slot],
    metric: metric2,
    version: table.version[slot],
    sizes: table.sizes[slot]
  };
}
function gather(table, neighbours) {
  const rounds = [];
  for (let slot = 0; slot < table.length; slot++) {
    if (table.pending[slot] === 0) continue;
    table.pending[slot] = 0;
    let update2;
    for (const neighbour2 of neighbours) {
      if (neighbour2 === void 0) continue;
      const at = slot * table.width + neighbour2.column;
      const marks = table.marks[at];
      if ((marks & TO_SAY) === 0) continue;
      table.marks[at] = marks & ~TO_SAY;
      if (table.hubs[slot] === neighbour2.hub) continue;
      rounds[neighbour2.column] ??= { updates: [], withdrawn: [] };
      const round = rounds[neighbour2.column];
      if (isTold(table, slot, neighbour2)) {
        update2 ??= updateOf(table, slot, table.metric[slot]);
        table.marks[at] = marks & ~TO_SAY | MARK_TOLD;
        round.updates.push(update2);
      } else if ((marks & MARK_SUNK) !== 0) {
        table.marks[at] = marks & ~(TO_SAY | MARK_TOLD);
        round.updates.push(updateOf(table, slot, void 0));
      } else if ((marks & MARK_TOLD) !== 0) {
        table.marks[at] = marks & ~(TO_SAY | MARK_TOLD);
        round.withdrawn.push(table.hubs[slot]);
      }
    }
  }
  return rounds;
}
function isTold(table, slot, { column, scope }) {
  return table.isReachable(slot) && table.via[slot] !== column && inScope(scope, table.rank(slot));
}
function messagesOf(round, { place: place3, requests, digest: digest2, full, again }) {
  const entries = round.withdrawn.length + requests.length + round.updates.length;
  if (entries === 0 && place3 === void 0 && digest2 === void 0 && !full && !again) return [];
  const bodies = [];
  let from = 0;
  do {
    const body = {};
    if (from === 0 && place3 !== void 0) body.locator = place3;
    if (from === 0 && full) body.full = true;
    if (from === 0 && again) body.again = true;
    const withdrawn = part2(round.withdrawn, from, 0);
    const asked = part2(requests, from, round.withdrawn.length);
    const updates = part2(round.updates, from, round.withdrawn.length + requests.length);
    if (withdrawn.length > 0) body.withdrawn = withdrawn;
    if (asked.length > 0) body.requests = asked;
    if (updates.length > 0) body.updates = updates;
    from += ENTRIES_PER_MESSAGE_MAX;
    if (from >= entries && digest2 !== void 0) body.digest = digest2;
    bodies.push(body);
  } while (from < entries);
  return bodies;
}
function part2(items, from, start2) {
  const first = Math.max(from - start2, 0);
  const end = from + ENTRIES_PER_MESSAGE_MAX - start2;
  if (first === 0 && end >= items.length) return items;
  return end <= first ? [] : items.slice(first, end);
}
function digestTold(table, column) {
  let digest2 = 0;
  for (let slot = 0, at = column; slot < table.length; slot++, at += table.width) {
    if (table.hubs[slot] === void 0 || (table.marks[at] & MARK_TOLD) === 0) continue;
    digest2 = digest2 + digestTerm(table, slot, table.metric[slot]) >>> 0;
  }
  return digest2;
}
function digestHeard(table, column) {
  let digest2 = 0;
  for (let slot = 0, at = column; slot < table.length; slot++, at += table.width) {
    const metric2 = table.heardMetric[at];
    if (table.hubs[slot] === void 0 || metric2 === INFINITE) continue;
    digest2 = digest2 + digestTerm(table, slot, metric2) >>> 0;
  }
  return digest2;
}

// runtime/mesh/routing/pace.ts
var NEVER6 = Number.POSITIVE_INFINITY;
var REST_GAPS = 5;
var Pace = class {
  constructor(settings) {
    this.settings = settings;
  }
  settings;
  /** Unit: ms. */
  dueMs = NEVER6;
  #lastMs = Number.NEGATIVE_INFINITY;
  #inARow = 0;
  want(urgent, nowMs) {
    const { flushDelayMs, relaxedDelayMs } = this.settings;
    const dueMs = Math.max(nowMs + (urgent ? flushDelayMs : relaxedDelayMs), this.#lastMs + this.#gapMs());
    if (dueMs < this.dueMs) this.dueMs = dueMs;
  }
  flushed(nowMs) {
    const { flushGapMaxMs } = this.settings;
    this.#inARow = nowMs - this.#lastMs > REST_GAPS * flushGapMaxMs ? 1 : this.#inARow + 1;
    this.#lastMs = nowMs;
    this.dueMs = NEVER6;
  }
  #gapMs() {
    const { flushGapMs, flushGapMaxMs, flushBurst } = this.settings;
    if (this.#inARow <= flushBurst) return flushGapMs;
    return Math.min(flushGapMaxMs, flushGapMs * 2 ** (this.#inARow - flushBurst));
  }
};

// runtime/mesh/routing/selection.ts
function isFeasible(table, slot, seqno2, metric2) {
  const fdMetric = table.fdMetric[slot];
  if (fdMetric === INFINITE) return true;
  const fdSeqno = table.fdSeqno[slot];
  return seqno2 === fdSeqno ? metric2 < fdMetric : isNewer2(seqno2, fdSeqno);
}
function isUsable(table, slot, column) {
  const at = slot * table.width + column;
  const metric2 = table.heardMetric[at];
  if (metric2 === INFINITE) return false;
  const seqno2 = table.heardSeqno[at];
  if (isFeasible(table, slot, seqno2, metric2)) return true;
  return column === table.via[slot] && !isNewer2(table.fdSeqno[slot], seqno2);
}
function select(table, slot, nowMs) {
  const { width, heardMetric, cost } = table;
  const current = table.via[slot];
  const row = slot * width;
  let best = INFINITE;
  let chosen = NO_COLUMN;
  for (let column = 0; column < width; column++) {
    const heard = heardMetric[row + column];
    if (heard === INFINITE) continue;
    const total = heard + cost[column];
    if (total > METRIC_MAX2 || total > best || total === best && column !== current) continue;
    if (!isUsable(table, slot, column)) continue;
    best = total;
    chosen = column;
  }
  return use(table, slot, chosen, best, nowMs);
}
function use(table, slot, column, metric2, nowMs) {
  const before = table.metric[slot];
  const viaBefore = table.via[slot];
  if (metric2 === INFINITE) {
    if (before === INFINITE) return false;
    table.via[slot] = NO_COLUMN;
    table.metric[slot] = INFINITE;
    table.lostMs[slot] = nowMs;
    return true;
  }
  const seqno2 = table.heardSeqno[slot * table.width + column];
  const changed = before !== metric2 || viaBefore !== column || table.seqno[slot] !== seqno2;
  table.via[slot] = column;
  table.metric[slot] = metric2;
  table.seqno[slot] = seqno2;
  const fdMetric = table.fdMetric[slot];
  if (fdMetric === INFINITE || isNewer2(seqno2, table.fdSeqno[slot])) {
    table.fdSeqno[slot] = seqno2;
    table.fdMetric[slot] = metric2;
  } else if (metric2 < fdMetric) table.fdMetric[slot] = metric2;
  return changed;
}
function backup(table, slot, not) {
  const row = slot * table.width;
  let best = METRIC_MAX2 + 1;
  let chosen = NO_COLUMN;
  for (let column = 0; column < table.width; column++) {
    const heard = table.heardMetric[row + column];
    if (column === not || heard === INFINITE) continue;
    const total = heard + table.cost[column];
    if (total >= best || !isUsable(table, slot, column)) continue;
    best = total;
    chosen = column;
  }
  return chosen;
}

// runtime/mesh/routing/requests.ts
var TRIES_MAX2 = 6;
var WORTH_PART = 1 / 8;
var SeqnoRequests = class {
  constructor(table, neighbours, settings) {
    this.table = table;
    this.neighbours = neighbours;
    this.settings = settings;
  }
  table;
  neighbours;
  settings;
  /** Unit: ms. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** One for each destination at most, so as many as the table has rows. */
  #waiting;
  /** Asks the nearest neighbours that have a way which is not feasible, when it is worth it.
   *  @returns whether anybody was asked. */
  seek(slot, nowMs) {
    const hub = this.table.hubs[slot];
    const seqno2 = seqnoAfter(this.table.fdSeqno[slot]);
    let asked = false;
    for (let i = 0; i < REQUEST_FANOUT; i++) {
      const column = this.#nearestUnusable(slot);
      if (column === NO_COLUMN) break;
      this.table.mark(slot, column, MARK_ASKED);
      asked = this.neighbours[column]?.ask({ hub, seqno: seqno2, hops: REQUEST_HOPS_MAX }) === true || asked;
    }
    if (asked && !this.table.isReachable(slot)) this.#await(hub, seqno2, nowMs);
    return asked;
  }
  /** A neighbour asks for a destination that is not this hub.
   *  @returns what became of it. */
  pass(from, slot, request2, nowMs) {
    const { table } = this;
    const via = table.via[slot];
    const usable = table.isReachable(slot) && via !== from.column;
    if (usable && !isNewer2(request2.seqno, table.seqno[slot])) {
      table.mark(slot, from.column, MARK_DIRTY);
      return "answered";
    }
    table.mark(slot, from.column, MARK_WANTS);
    const waiting = this.#waiting?.get(request2.hub);
    if (waiting !== void 0 && !isNewer2(request2.seqno, waiting.seqno)) return "waits";
    const next = usable ? via : this.#nearest(slot, from.column);
    if (next === NO_COLUMN || request2.hops === 0) return "lost";
    const sent = this.neighbours[next]?.ask({ hub: request2.hub, seqno: request2.seqno, hops: request2.hops - 1 });
    this.#await(request2.hub, request2.seqno, nowMs);
    return sent === true ? "passed" : "lost";
  }
  /** The route of this row has a new sequence number: whoever waits for it is to be told.
   *  @returns whether anybody does. */
  arrived(slot) {
    const { table } = this;
    table.unmarkAll(slot, MARK_ASKED);
    const hub = table.hubs[slot];
    const waiting = this.#waiting?.get(hub);
    if (waiting === void 0 || isNewer2(waiting.seqno, table.seqno[slot])) return false;
    this.#waiting?.delete(hub);
    this.tell(slot);
    return true;
  }
  /** Marks the row for those that asked. */
  tell(slot) {
    const { table } = this;
    const row = slot * table.width;
    for (let column = 0; column < table.width; column++) {
      if ((table.marks[row + column] & MARK_WANTS) !== 0) table.mark(slot, column, MARK_DIRTY);
    }
    table.unmarkAll(slot, MARK_WANTS);
  }
  /** @returns whether anybody was asked again. */
  tick(nowMs) {
    if (nowMs < this.deadlineMs || this.#waiting === void 0) return false;
    let asked = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    for (const [hub, waiting] of this.#waiting) {
      if (nowMs >= waiting.dueMs) asked = this.#again(hub, waiting, nowMs) || asked;
      if (this.#waiting.has(hub)) this.deadlineMs = Math.min(this.deadlineMs, waiting.dueMs);
    }
    if (this.#waiting.size === 0) this.#waiting = void 0;
    return asked;
  }
  #again(hub, waiting, nowMs) {
    const { table } = this;
    const slot = table.slots.get(hub);
    const tries = waiting.tries;
    this.#waiting?.delete(hub);
    if (slot === void 0) return false;
    table.unmarkAll(slot, MARK_ASKED);
    if (table.isReachable(slot) || tries >= TRIES_MAX2) {
      table.unmarkAll(slot, MARK_WANTS);
      return false;
    }
    const asked = this.seek(slot, nowMs);
    const again = this.#waiting?.get(hub);
    if (again !== void 0) {
      again.tries = tries + 1;
      again.dueMs = nowMs + this.settings.requestRetryMs * 2 ** again.tries;
    }
    return asked;
  }
  #await(hub, seqno2, nowMs) {
    const dueMs = nowMs + this.settings.requestRetryMs;
    this.#waiting ??= /* @__PURE__ */ new Map();
    const waiting = this.#waiting.get(hub);
    if (waiting === void 0) this.#waiting.set(hub, { seqno: seqno2, dueMs, tries: 0 });
    else if (isNewer2(seqno2, waiting.seqno)) waiting.seqno = seqno2;
    this.deadlineMs = Math.min(this.deadlineMs, dueMs);
  }
  /** Among the ways that are not usable, not asked for yet, and worth it. */
  #nearestUnusable(slot) {
    const { table } = this;
    const present = table.metric[slot];
    const worth = present === INFINITE ? INFINITE : present * (1 - WORTH_PART);
    return this.#best(
      slot,
      worth,
      (column, at) => (table.marks[at] & MARK_ASKED) === 0 && !isUsable(table, slot, column)
    );
  }
  #nearest(slot, not) {
    return this.#best(slot, INFINITE, (column) => column !== not);
  }
  #best(slot, below3, fits) {
    const { table } = this;
    let best = below3;
    let chosen = NO_COLUMN;
    for (let column = 0; column < table.width; column++) {
      const at = slot * table.width + column;
      const heard = table.heardMetric[at];
      if (heard === INFINITE || heard + table.cost[column] >= best || !fits(column, at)) continue;
      best = heard + table.cost[column];
      chosen = column;
    }
    return chosen;
  }
};

// runtime/mesh/routing/vectors.ts
var NOTABLE_PART = 1 / 4;
var SCOPED_MARKS = MARK_ASKED | MARK_DIRTY | MARK_STALE | MARK_TOLD | MARK_WANTS;
var EAGER_RANK = 1;
var QUIET = 0;
var RELAXED = 1;
var URGENT = 2;
var DistanceVectors = class {
  constructor(self, settings) {
    this.self = self;
    this.settings = settings;
    this.table = new RouteTable(self);
    this.requests = new SeqnoRequests(this.table, this.neighbours, settings);
  }
  self;
  settings;
  table;
  /** By column. */
  neighbours = [];
  requests;
  /** Greatest urgency since it was last set to QUIET. */
  urgency = QUIET;
  /** A landmark, or where a neighbour is, has changed: the locator may have, too. */
  placeChanged = false;
  /** A destination came, went, or changed its rank or size. */
  membersChanged = false;
  /** Rows without a route: they are forgotten some time. */
  lost = 0;
  open(adjacency) {
    this.neighbours[adjacency.column] = adjacency;
    this.table.openColumn(adjacency.column, adjacency.cost);
    this.want(URGENT);
  }
  close({ column }, nowMs) {
    this.neighbours[column] = void 0;
    for (let slot = 0; slot < this.table.length; slot++) this.#forget(slot, column, nowMs);
    this.placeChanged = true;
  }
  /** The link's cost, or its penalty, is another. */
  recost({ column, cost, penaltyUntilMs }, penalty, nowMs) {
    const { table } = this;
    table.cost[column] = cost + (penaltyUntilMs > nowMs ? penalty : 0);
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (table.heardMetric[slot * table.width + column] === INFINITE) continue;
      this.#reselect(slot, nowMs);
      if (this.requests.seek(slot, nowMs)) this.want(RELAXED);
    }
  }
  /** One of the two locators is another: what has left the scope is forgotten by both ends, what has entered it is told in full.
   *  @param left it is this hub that is elsewhere now */
  rescope(adjacency, nowMs, left) {
    const before = adjacency.scope;
    const scope = scopeOf(adjacency.sent, adjacency.heard);
    if (scope === before) return;
    adjacency.scope = scope;
    const { table } = this;
    for (let slot = 0; slot < table.length; slot++) {
      if (table.hubs[slot] === void 0) continue;
      const rank = table.rank(slot);
      if (inScope(before & ~scope, rank)) {
        this.#forget(slot, adjacency.column, nowMs);
        if (slot === SELF && left) table.mark(SELF, adjacency.column, MARK_SUNK);
      } else if (inScope(scope & ~before, rank)) table.mark(slot, adjacency.column, MARK_DIRTY);
    }
    this.want(URGENT);
  }
  /** Everything is to be said again to this neighbour. */
  repeat({ column, scope }) {
    const { table } = this;
    for (let slot = 0; slot < table.length; slot++) {
      if (table.hubs[slot] !== void 0 && inScope(scope, table.rank(slot))) table.mark(slot, column, MARK_DIRTY);
    }
    this.want(URGENT);
  }
  /** The neighbour begins to say everything again. */
  suspect({ column }) {
    const { table } = this;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      const at = slot * table.width + column;
      if (table.heardMetric[at] !== INFINITE) table.marks[at] = table.marks[at] | MARK_STALE;
    }
  }
  /** The neighbour has said everything: what it did not repeat is no longer true. */
  dropStale({ column }, nowMs) {
    const { table } = this;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if ((table.marks[slot * table.width + column] & MARK_STALE) !== 0)
        this.#hear(slot, column, 0, INFINITE, nowMs);
    }
  }
  withdraw(from, hub, nowMs) {
    const slot = this.table.slots.get(hub);
    if (slot === void 0 || slot === SELF) return;
    this.#hear(slot, from.column, 0, INFINITE, nowMs);
  }
  /** A hub is no longer told of where the neighbour is: it has gone to another region, or its rank sank. */
  sink(from, { hub, version, sizes }, nowMs) {
    const { table } = this;
    const slot = table.slots.get(hub);
    if (slot === void 0 || slot === SELF) return;
    if (!isNewer2(version, table.version[slot])) {
      this.#hear(slot, from.column, 0, INFINITE, nowMs);
      return;
    }
    table.version[slot] = version;
    table.sizes[slot] = sizes;
    this.placeChanged = true;
    for (const neighbour2 of this.neighbours) {
      if (neighbour2 === void 0) continue;
      const at = slot * table.width + neighbour2.column;
      const told = (table.marks[at] & MARK_TOLD) !== 0;
      table.heardMetric[at] = INFINITE;
      table.marks[at] = 0;
      if (told) table.mark(slot, neighbour2.column, MARK_SUNK);
    }
    this.#reselect(slot, nowMs);
    this.want(URGENT);
  }
  /** Of another hub than this one. */
  update(from, update2, nowMs) {
    const { table } = this;
    const { hub, seqno: seqno2, version, sizes, metric: metric2 = INFINITE } = update2;
    if (metric2 === 0 !== (hub === from.hub)) return "forgedMetric";
    let slot = table.slots.get(hub);
    if (slot === void 0) {
      if (metric2 > METRIC_MAX2 || !inScope(from.scope, sizes.length)) return "taken";
      if (this.#isFull(sizes.length, 1)) return "tooManyEntries";
      slot = this.#add(hub, nowMs);
      table.version[slot] = version;
      table.sizes[slot] = sizes;
    } else if (isNewer2(version, table.version[slot])) this.#resize(slot, version, sizes, nowMs);
    const taken = inScope(from.scope, table.rank(slot)) && metric2 <= METRIC_MAX2;
    this.#hear(slot, from.column, seqno2, taken ? metric2 : INFINITE, nowMs);
    return "taken";
  }
  /** This hub says something new about itself. */
  restate(version, sizes, nowMs) {
    this.#resize(SELF, version, sizes, nowMs);
    this.want(URGENT);
  }
  /** The region throughout which this hub is told of is another. What was said of it there ends, by name, instead of being hunted for
   *  like that of a dead hub; and here it begins with a sequence number that no remembered distance stands against. */
  emigrate(nowMs) {
    const { table } = this;
    table.seqno[SELF] = seqnoAfter(table.seqno[SELF]);
    this.restate(seqnoAfter(table.version[SELF]), table.sizes[SELF], nowMs);
  }
  /** This hub has a new sequence number, told to those that asked for it. */
  raiseSeqno(seqno2) {
    this.table.seqno[SELF] = seqno2;
    this.requests.tell(SELF);
    this.want(URGENT);
  }
  /** Forgets what has been lost for long. Slots may be renumbered. @returns whether any lost row is left. */
  collect(nowMs) {
    const { table } = this;
    let left = false;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (table.hubs[slot] === void 0 || table.isReachable(slot)) continue;
      if (nowMs - table.lostMs[slot] < this.settings.sourceHoldMs) left = true;
      else table.remove(slot);
    }
    table.compact();
    return left;
  }
  want(urgency) {
    if (urgency > this.urgency) this.urgency = urgency;
  }
  /** Is the table, at every rank, filled by less than this part? */
  hasRoom(part3) {
    for (let rank = 0; rank <= RANK_MAX; rank++) if (this.#isFull(rank, part3)) return false;
    return true;
  }
  /** What the neighbour told, and was told, no longer counts. */
  #forget(slot, column, nowMs) {
    const at = slot * this.table.width + column;
    this.table.marks[at] = this.table.marks[at] & ~SCOPED_MARKS;
    if (this.table.heardMetric[at] !== INFINITE) this.#hear(slot, column, 0, INFINITE, nowMs);
  }
  #hear(slot, column, seqno2, metric2, nowMs) {
    const { table } = this;
    const at = slot * table.width + column;
    table.heardMetric[at] = metric2;
    table.heardSeqno[at] = seqno2;
    table.marks[at] = table.marks[at] & ~MARK_STALE;
    if (table.via[slot] === column) {
      this.#reselect(slot, nowMs);
      return;
    }
    if (metric2 === INFINITE || metric2 + table.cost[column] >= table.metric[slot]) return;
    if (isFeasible(table, slot, seqno2, metric2)) this.#reselect(slot, nowMs);
    else if (this.requests.seek(slot, nowMs)) this.want(table.isReachable(slot) ? RELAXED : URGENT);
  }
  #reselect(slot, nowMs) {
    const { table } = this;
    const metric2 = table.metric[slot];
    const via = table.via[slot];
    const seqno2 = table.seqno[slot];
    if (!select(table, slot, nowMs)) return;
    const now = table.metric[slot];
    if (now !== metric2) this.#metricChanged(slot, metric2, now, nowMs);
    else if (via !== table.via[slot]) {
      table.mark(slot, via, MARK_DIRTY);
      table.mark(slot, table.via[slot], MARK_DIRTY);
      this.want(RELAXED);
    }
    if (table.seqno[slot] !== seqno2 && now !== INFINITE) {
      if (this.requests.arrived(slot)) this.want(URGENT);
      if (table.rank(slot) <= EAGER_RANK) {
        table.markAll(slot, MARK_DIRTY);
        this.want(RELAXED);
      }
    }
    if (table.rank(slot) > 0) this.placeChanged = true;
  }
  #metricChanged(slot, before, now, nowMs) {
    this.table.markAll(slot, MARK_DIRTY);
    if (before === INFINITE || now === INFINITE) {
      this.membersChanged = true;
      this.lost += now === INFINITE ? 1 : 0;
      this.want(URGENT);
    } else this.want(Math.abs(now - before) > before * NOTABLE_PART ? URGENT : RELAXED);
    if (now > before) this.requests.seek(slot, nowMs);
  }
  /** The origin says something new about itself: its rank, or how many children its regions have. */
  #resize(slot, version, sizes, nowMs) {
    const { table } = this;
    const before = table.rank(slot);
    const rank = sizes.length;
    table.version[slot] = version;
    table.sizes[slot] = sizes;
    table.markAll(slot, MARK_DIRTY);
    this.want(rank === before ? RELAXED : URGENT);
    this.membersChanged = true;
    this.placeChanged ||= rank !== before;
    if (rank >= before) return;
    for (const neighbour2 of this.neighbours) {
      if (neighbour2 === void 0 || !inScope(neighbour2.scope, before)) continue;
      if (!inScope(neighbour2.scope, rank)) this.#forget(slot, neighbour2.column, nowMs);
      table.mark(slot, neighbour2.column, MARK_SUNK);
    }
  }
  #add(hub, nowMs) {
    const slot = this.table.add(hub, nowMs);
    if (slot !== void 0) return slot;
    this.#evict();
    return this.table.add(hub, nowMs);
  }
  /** The table is full of lost destinations, since those with a route are far fewer: the longest lost is forgotten. */
  #evict() {
    const { table } = this;
    let oldest = NO_COLUMN;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (table.hubs[slot] === void 0 || table.isReachable(slot)) continue;
      if (oldest === NO_COLUMN || table.lostMs[slot] < table.lostMs[oldest]) oldest = slot;
    }
    table.remove(oldest);
  }
  #isFull(rank, part3) {
    const { table } = this;
    const isSplit = this.neighbours.some((neighbour2) => (neighbour2?.sent?.length ?? 0) > 0);
    const max = rank > 0 ? UNIT_ENTRIES_MAX : isSplit ? CELL_ENTRIES_MAX : UNSPLIT_ENTRIES_MAX;
    let count = 0;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (table.isReachable(slot) && table.rank(slot) === rank) count += 1;
    }
    return count >= max * part3;
  }
};

// runtime/mesh/routing/ways.ts
function towards(table, own, to, locator2) {
  const direct = table.slots.get(to);
  if (direct === SELF) return void 0;
  if (direct !== void 0 && table.isReachable(direct)) return direct;
  if (locator2 === void 0) return void 0;
  for (let level = locator2.length; level >= 1; level--) {
    const landmark = locator2[level - 1];
    if (landmark === own[level - 1]) continue;
    const slot = table.slots.get(landmark);
    if (slot !== void 0 && slot !== SELF && table.isReachable(slot)) return slot;
  }
  return void 0;
}
function rowsOf(table, hubOf) {
  const rows = [];
  for (const [destination, slot] of table.slots) {
    const column = table.via[slot];
    const via = hubOf(column);
    if (via === void 0) continue;
    rows.push({
      destination,
      level: table.rank(slot),
      via,
      backup: hubOf(backup(table, slot, column)),
      metric: table.metric[slot],
      seqno: table.seqno[slot]
    });
  }
  return rows;
}

// runtime/mesh/routing/routes.ts
var NEVER7 = Number.POSITIVE_INFINITY;
var NO_ROUND = Object.freeze({ updates: [], withdrawn: [] });
var COLLECT_MS = 15e3;
var AGAIN_GAP_MS = 1e4;
var ROOM_PART = 3 / 4;
var Routes = class {
  constructor(self, settings, sink) {
    this.self = self;
    this.settings = settings;
    this.sink = sink;
    this.#vectors = new DistanceVectors(self, settings);
    this.#origin = new Origin(this.#vectors, settings);
    this.#pace = new Pace(settings);
    this.#rule = new RankRule(settings, self);
  }
  self;
  settings;
  sink;
  #adjacent = /* @__PURE__ */ new Map();
  #vectors;
  #origin;
  #pace;
  #rule;
  #locator = Object.freeze([]);
  #locatorTold = this.#locator;
  #cellChanged = false;
  #locateMs = NEVER7;
  #collectMs = NEVER7;
  #digestMs = NEVER7;
  #penaltyMs = NEVER7;
  get deadlineMs() {
    return Math.min(
      this.#pace.dueMs,
      this.#vectors.requests.deadlineMs,
      this.#origin.deadlineMs,
      this.#rule.deadlineMs,
      this.#locateMs,
      this.#collectMs,
      this.#digestMs,
      this.#penaltyMs
    );
  }
  get locator() {
    return this.#locator;
  }
  get rank() {
    return this.#table.rank(SELF);
  }
  /** Levels of regions that hold this hub. 0: the mesh is one cell. */
  get topLevel() {
    return this.#locator.length;
  }
  /** The hubs of this hub's cell, itself among them, sorted. */
  cell() {
    return cellOf(this.#around);
  }
  /** @param level from 1. The level-`level` regions within this hub's region above, its own among them, sorted by id. */
  units(level) {
    return unitsOf(this.#around, level);
  }
  sharesCell(hub) {
    const slot = this.#table.slots.get(hub);
    if (slot === void 0 || !this.#table.isReachable(slot)) return false;
    return slot === SELF || this.#table.rank(slot) === 0 || hub === this.#locator[0];
  }
  /** Is this neighbour in the same region of that level? @param level from 1. */
  sameScope(neighbour2, level) {
    const heard = this.#adjacent.get(neighbour2)?.heard;
    return heard !== void 0 && heard[level - 1] === this.#locator[level - 1];
  }
  /** @returns the neighbour to hand a frame to; undefined when no way is known. */
  nextHop(to, locator2) {
    const slot = this.#towards(to, locator2);
    if (slot === void 0) return this.#adjacent.has(to) ? to : void 0;
    return this.#hubOf(this.#table.via[slot]);
  }
  /** The way to the landmark of a region of that level. */
  nextHopTo(level, id) {
    const slot = this.#table.slots.get(id);
    if (slot === void 0 || slot === SELF || this.#table.rank(slot) < level) return void 0;
    return this.#hubOf(this.#table.via[slot]);
  }
  /** @returns the best neighbour other than `not` through which no loop can arise. */
  alternative(to, locator2, not) {
    const slot = this.#towards(to, locator2);
    if (slot === void 0) return to !== not && this.#adjacent.has(to) ? to : void 0;
    return this.#hubOf(backup(this.#table, slot, this.#adjacent.get(not)?.column ?? NO_COLUMN));
  }
  /** How far the next known point on the way is: the hub itself in one's cell, else the landmark of the region it is in. */
  metricTo(to, locator2) {
    if (to === this.self) return 0;
    const slot = this.#towards(to, locator2);
    return slot === void 0 ? this.#adjacent.get(to)?.cost : this.#table.metric[slot];
  }
  /** Every destination with a route. */
  table() {
    return rowsOf(this.#table, (column) => this.#hubOf(column));
  }
  neighbourUp(neighbour2, nowMs, rng) {
    const before = this.#adjacent.get(neighbour2.hub);
    if (before !== void 0) this.#close(before, nowMs);
    const column = this.#freeColumn();
    const { entriesPerSecond } = this.settings;
    const adjacency = new Adjacency(neighbour2.hub, column, neighbour2.cost, nowMs, entriesPerSecond);
    this.#adjacent.set(neighbour2.hub, adjacency);
    this.#vectors.open(adjacency);
    if (this.#digestMs === NEVER7) this.#digestMs = nowMs + this.#digestGapMs(rng);
    this.#settle(nowMs);
  }
  neighbourDown(hub, nowMs, _rng) {
    const adjacency = this.#adjacent.get(hub);
    if (adjacency === void 0) return;
    this.#close(adjacency, nowMs);
    this.#settle(nowMs);
  }
  /** @param cost 1 … 4095. @throws RangeError */
  costChanged(hub, cost, nowMs) {
    if (!(cost >= 1 && cost <= METRIC_MAX2)) throw new RangeError(`a link costs 1 \u2026 4095, not ${cost}`);
    const adjacency = this.#adjacent.get(hub);
    if (adjacency === void 0 || adjacency.cost === cost) return;
    adjacency.cost = cost;
    this.#vectors.recost(adjacency, PENALTY_COST, nowMs);
    this.#settle(nowMs);
  }
  /** Frames given to this neighbour do not arrive: until then, any other way is preferred. */
  penalise(via, untilMs, nowMs) {
    const adjacency = this.#adjacent.get(via);
    if (adjacency === void 0 || untilMs <= nowMs) return;
    adjacency.penaltyUntilMs = untilMs;
    this.#penaltyMs = Math.min(this.#penaltyMs, untilMs);
    this.#vectors.recost(adjacency, PENALTY_COST, nowMs);
    this.#settle(nowMs);
  }
  onRoute(from, body, nowMs, _rng) {
    const adjacency = this.#adjacent.get(from);
    if (adjacency === void 0) {
      this.#count("notNeighbour");
      return;
    }
    const entries = (body.updates?.length ?? 0) + (body.withdrawn?.length ?? 0) + (body.requests?.length ?? 0);
    if (!adjacency.allows(entries, nowMs, this.settings.entriesPerSecond)) {
      adjacency.incomplete = true;
      this.#count("flood");
      return;
    }
    for (const update2 of body.updates ?? []) {
      if (update2.metric === void 0) this.#onSunk(adjacency, update2, nowMs);
    }
    if (body.locator !== void 0) this.#moved(adjacency, body.locator, nowMs);
    if (body.full === true) this.#vectors.suspect(adjacency);
    for (const hub of body.withdrawn ?? []) this.#vectors.withdraw(adjacency, hub, nowMs);
    for (const update2 of body.updates ?? []) {
      if (update2.metric !== void 0) this.#onUpdate(adjacency, update2, nowMs);
    }
    for (const request2 of body.requests ?? []) this.#onRequest(adjacency, request2, nowMs);
    if (body.digest !== void 0) this.#onDigest(adjacency, body.digest, nowMs);
    if (body.again === true) {
      adjacency.full = true;
      this.#vectors.repeat(adjacency);
    }
    this.#settle(nowMs);
  }
  tick(nowMs, rng) {
    if (this.#vectors.requests.tick(nowMs)) this.#vectors.want(URGENT);
    if (nowMs >= this.#penaltyMs) this.#forgive(nowMs);
    if (nowMs >= this.#collectMs) this.#collectMs = this.#vectors.collect(nowMs) ? nowMs + COLLECT_MS : NEVER7;
    if (nowMs >= this.#origin.deadlineMs) this.#origin.tick(this.#around, nowMs);
    if (nowMs >= this.#digestMs) {
      this.#digestMs = nowMs + this.#digestGapMs(rng);
      for (const adjacency of this.#adjacent.values()) adjacency.digestDue = true;
      this.#vectors.want(URGENT);
    }
    if (nowMs >= this.#locateMs) this.#vectors.placeChanged = true;
    if (nowMs >= this.#rule.deadlineMs) this.#vectors.membersChanged = true;
    this.#settle(nowMs);
    if (nowMs >= this.#pace.dueMs) this.#flush(nowMs);
  }
  #digestGapMs(rng) {
    return this.settings.digestMs * (0.75 + fraction3(rng) / 2);
  }
  debug() {
    const t = this.#table;
    const n = this.#vectors.neighbours;
    return { hear: (id) => {
      const slot = t.slots.get(id);
      if (slot === void 0) return "none";
      return { metric: t.metric[slot], via: n[t.via[slot]]?.hub.slice(0, 4), fd: [t.fdSeqno[slot], t.fdMetric[slot]], v: t.version[slot], cols: n.map((a, c) => a && [a.hub.slice(0, 4), a.scope, t.heardSeqno[slot * t.width + c], t.heardMetric[slot * t.width + c], t.marks[slot * t.width + c]].join("/")) };
    }, self: () => [t.seqno[0], t.version[0]] };
  }
  // DEBUG
  get #table() {
    return this.#vectors.table;
  }
  get #around() {
    return { table: this.#vectors.table, neighbours: this.#vectors.neighbours, locator: this.#locator };
  }
  #count(what, by) {
    this.sink.count(`mesh.routing.${what}`, by);
  }
  #hubOf(column) {
    return this.#vectors.neighbours[column]?.hub;
  }
  #towards(to, locator2) {
    return towards(this.#table, this.#locator, to, locator2);
  }
  #freeColumn() {
    const { neighbours } = this.#vectors;
    const free = neighbours.indexOf(void 0);
    return free >= 0 ? free : neighbours.length;
  }
  #close(adjacency, nowMs) {
    this.#adjacent.delete(adjacency.hub);
    this.#vectors.close(adjacency, nowMs);
  }
  #moved(adjacency, heard, nowMs) {
    adjacency.heard = heard;
    this.#vectors.rescope(adjacency, nowMs, false);
    this.#vectors.placeChanged = true;
  }
  #onUpdate(from, update2, nowMs) {
    if (update2.hub === this.self) {
      this.#count("ownUpdate");
      this.#origin.contradict(update2, nowMs);
      return;
    }
    const verdict = this.#vectors.update(from, update2, nowMs);
    if (verdict !== "taken") this.#count(verdict);
    if (verdict === "tooManyEntries") from.incomplete = true;
    if (update2.hub === from.hub) from.said = update2;
    this.#mirror(update2.hub);
  }
  #onSunk(from, update2, nowMs) {
    if (update2.hub === this.self) this.#origin.contradict(update2, nowMs);
    else {
      this.#vectors.sink(from, update2, nowMs);
      this.#mirror(update2.hub);
    }
  }
  /** A neighbour of which others say something newer than it does itself is told: it has begun anew and forgotten, or somebody made
   *  it up. Either way it goes on from there, and what it says then holds. */
  #mirror(hub) {
    const neighbour2 = this.#adjacent.get(hub);
    const table = this.#table;
    const slot = table.slots.get(hub);
    if (neighbour2 === void 0 || slot === void 0) return;
    const { said } = neighbour2;
    const isOld = said === void 0 || isNewer2(table.version[slot], said.version);
    const isUnfeasible = said !== void 0 && !table.isReachable(slot) && isNewer2(table.fdSeqno[slot], said.seqno);
    if (!isOld && !isUnfeasible) return;
    neighbour2.mirror = { ...updateOf(table, slot, 1), seqno: table.fdSeqno[slot] };
    this.#vectors.want(URGENT);
  }
  #onRequest(from, request2, nowMs) {
    const slot = this.#table.slots.get(request2.hub);
    if (slot === void 0) {
      this.#count("requestOfUnknown");
      return;
    }
    const outcome = slot === SELF ? this.#origin.answer(from, request2.seqno, nowMs) : this.#vectors.requests.pass(from, slot, request2, nowMs);
    if (outcome === "lost") this.#count("requestLost");
    else if (outcome !== "waits") this.#vectors.want(URGENT);
  }
  #onDigest(adjacency, digest2, nowMs) {
    this.#vectors.dropStale(adjacency, nowMs);
    if (adjacency.incomplete || digest2 === digestHeard(this.#table, adjacency.column)) return;
    this.#count("digestDiffers");
    if (nowMs < adjacency.againNotBeforeMs) return;
    adjacency.againNotBeforeMs = nowMs + AGAIN_GAP_MS;
    adjacency.again = true;
    this.#vectors.want(URGENT);
  }
  #forgive(nowMs) {
    this.#penaltyMs = NEVER7;
    for (const adjacency of this.#adjacent.values()) {
      if (adjacency.penaltyUntilMs === 0) continue;
      if (adjacency.penaltyUntilMs > nowMs) this.#penaltyMs = Math.min(this.#penaltyMs, adjacency.penaltyUntilMs);
      else {
        adjacency.penaltyUntilMs = 0;
        this.#vectors.recost(adjacency, PENALTY_COST, nowMs);
      }
    }
  }
  /** Works out what follows from what was heard: where this hub is, whether its rank fits, and when to speak. */
  #settle(nowMs) {
    const vectors = this.#vectors;
    if (vectors.placeChanged) this.#locate(nowMs);
    if (vectors.membersChanged) {
      vectors.membersChanged = false;
      this.#cellChanged = true;
      const by = this.#rule.judge(this.#around, nowMs);
      if (by === 0) this.#origin.scheduleSizes(this.#around);
      else {
        this.#origin.changeRank(by, nowMs);
        this.#locate(nowMs);
      }
    }
    if (vectors.lost > 0) {
      vectors.lost = 0;
      if (this.#collectMs === NEVER7) this.#collectMs = nowMs + COLLECT_MS;
    }
    if (vectors.urgency !== QUIET) this.#pace.want(vectors.urgency === URGENT, nowMs);
    vectors.urgency = QUIET;
    if (this.#locatorTold === this.#locator) return;
    this.#locatorTold = this.#locator;
    this.sink.notice({ type: "locator", locator: this.#locator });
  }
  #locate(nowMs) {
    const { landmarkHoldMs } = this.settings;
    this.#vectors.placeChanged = false;
    const place3 = locate(this.#around, nowMs, landmarkHoldMs);
    const table = this.#table;
    const isHeld = place3.some((landmark) => !table.isReachable(table.slots.get(landmark) ?? SELF));
    this.#locateMs = isHeld ? nowMs + landmarkHoldMs : NEVER7;
    if (place3 === this.#locator) return;
    const emigrates = place3[this.rank] !== this.#locator[this.rank] && this.#locator[this.rank] !== void 0;
    this.#locator = place3;
    if (emigrates) this.#vectors.emigrate(nowMs);
    this.#vectors.membersChanged = true;
    this.#vectors.want(URGENT);
  }
  /** One round: everything that is marked, to everybody whom it concerns. */
  #flush(nowMs) {
    this.#pace.flushed(nowMs);
    const moved2 = /* @__PURE__ */ new Set();
    for (const adjacency of this.#adjacent.values()) {
      if (adjacency.sent === this.#locator) continue;
      adjacency.sent = this.#locator;
      this.#vectors.rescope(adjacency, nowMs, true);
      moved2.add(adjacency);
    }
    this.#makeRoom();
    const rounds = gather(this.#table, this.#vectors.neighbours);
    for (const adjacency of this.#adjacent.values()) {
      this.#say(adjacency, rounds[adjacency.column] ?? NO_ROUND, moved2.has(adjacency));
    }
    this.#settle(nowMs);
    if (!this.#cellChanged) return;
    this.#cellChanged = false;
    this.sink.notice({ type: "cell", hubs: this.cell() });
  }
  #say(adjacency, round, moved2) {
    const { full, again, digestDue, mirror } = adjacency;
    adjacency.full = false;
    adjacency.again = false;
    adjacency.digestDue = false;
    adjacency.mirror = void 0;
    if (mirror !== void 0) this.sink.send(adjacency.hub, { type: "ROUTE", updates: [mirror] });
    const bodies = messagesOf(round, {
      place: moved2 ? this.#locator : void 0,
      requests: adjacency.takeRequests(),
      digest: digestDue || full ? digestTold(this.#table, adjacency.column) : void 0,
      full,
      again
    });
    for (const body of bodies) this.sink.send(adjacency.hub, { type: "ROUTE", ...body });
  }
  /** Neighbours whose entries found no room are asked again once there is. */
  #makeRoom() {
    for (const adjacency of this.#adjacent.values()) {
      if (!adjacency.incomplete || !this.#vectors.hasRoom(ROOM_PART)) continue;
      adjacency.incomplete = false;
      adjacency.again = true;
    }
  }
};
function fraction3(rng) {
  return (rng(1)[0] ?? 0) / 256;
}

// runtime/mesh/state/clock.ts
var WALL_MS_MAX = 2 ** 48 - 1;
var COUNTER_MAX = 2 ** 16 - 1;
var HybridClock = class {
  constructor(driftMaxMs) {
    this.driftMaxMs = driftMaxMs;
  }
  driftMaxMs;
  #wallMs = 0;
  #counter = 0;
  /** A stamp for a write of one's own: greater than all before and all observed. */
  next(wallMs) {
    this.#advance(Math.max(0, Math.floor(wallMs)));
    return { wallMs: this.#wallMs, counter: this.#counter };
  }
  /** @returns false when the stamp is too far ahead to be believed; the clock is then as it was. */
  observe(stamp, wallMs) {
    if (!this.isNear(stamp.wallMs, wallMs)) return false;
    if (stamp.wallMs > this.#wallMs) {
      this.#wallMs = stamp.wallMs;
      this.#counter = stamp.counter;
    } else if (stamp.wallMs === this.#wallMs) {
      this.#counter = Math.max(this.#counter, stamp.counter);
    }
    return true;
  }
  isNear(stampMs, wallMs) {
    return stampMs <= wallMs + this.driftMaxMs;
  }
  #advance(wallMs) {
    if (wallMs > this.#wallMs) {
      this.#wallMs = wallMs;
      this.#counter = 0;
    } else if (this.#counter < COUNTER_MAX) {
      this.#counter += 1;
    } else {
      this.#wallMs += 1;
      this.#counter = 0;
    }
  }
};

// runtime/mesh/state/entry.ts
var HASH_WORDS = 8;
var OVERHEAD_BYTES = 24;
function bytesOf({ key: key2, value: value2 }) {
  return OVERHEAD_BYTES + key2.length / 2 + value2.length;
}
function positionOf(hash2, registry2, key2) {
  const digest2 = hash2(keyBytes(registry2, key2));
  let position2 = 0;
  for (let i = 0; i < 6; i++) position2 = position2 * 256 + (digest2[i] ?? 0);
  return position2;
}
function seal(hash2, entry2) {
  const { registry: registry2, key: key2, major, minor, value: value2 } = entry2;
  const keyLength = key2.length / 2;
  const bytes = new Uint8Array(18 + keyLength + value2.length);
  bytes[0] = registry2;
  bytes[1] = keyLength;
  writeHex(bytes, 2, key2);
  const view = new DataView(bytes.buffer);
  view.setFloat64(2 + keyLength, major);
  view.setFloat64(10 + keyLength, minor);
  bytes.set(value2, 18 + keyLength);
  const digest2 = hash2(bytes);
  const digestView = new DataView(digest2.buffer, digest2.byteOffset, digest2.byteLength);
  const words = new Uint32Array(HASH_WORDS);
  for (let i = 0; i < HASH_WORDS; i++) words[i] = digestView.getUint32(i * 4);
  return { registry: registry2, key: key2, major, minor, value: value2, position: positionOf(hash2, registry2, key2), words };
}
function compareVersions(a, b) {
  return a.major - b.major || a.minor - b.minor || compareWords(a.words, b.words);
}
function compareEntries(a, b) {
  return a.position - b.position || a.registry - b.registry || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
function compareWords(a, b) {
  for (let i = 0; i < HASH_WORDS; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
function keyBytes(registry2, key2) {
  const bytes = new Uint8Array(1 + key2.length / 2);
  bytes[0] = registry2;
  writeHex(bytes, 1, key2);
  return bytes;
}
function writeHex(bytes, at, hex) {
  for (let i = 0; i < hex.length; i += 2) {
    bytes[at + i / 2] = nibble(hex.charCodeAt(i)) * 16 + nibble(hex.charCodeAt(i + 1));
  }
}
function nibble(code) {
  return code < 58 ? code - 48 : code - 87;
}

// runtime/mesh/state/deltas.ts
var ENTRIES_IN_BATCH_MAX = 500;
var Deltas = class {
  #pending = /* @__PURE__ */ new Map();
  #settings;
  #bucket;
  /** When the next batch may go; +Infinity when there is none. Unit: ms. */
  dueMs = Number.POSITIVE_INFINITY;
  constructor(settings) {
    this.#settings = settings;
    this.#bucket = { tokens: settings.deltaBurstBytes, atMs: 0 };
  }
  /** @returns false when there are too many: reconciliation will carry it. */
  add(entry2, scope, taughtBy, dueMs) {
    const key2 = keyOf(entry2);
    if (this.#pending.size >= this.#settings.deltaEntriesMax && !this.#pending.has(key2)) return false;
    this.#pending.set(key2, { entry: entry2, scope, taughtBy });
    this.dueMs = Math.min(this.dueMs, dueMs);
    return true;
  }
  /** Somebody else has broadcast that key: this hub need not, unless it knows better. */
  heard(entry2) {
    if (this.#pending.size === 0) return;
    const key2 = keyOf(entry2);
    if (this.#pending.get(key2)?.entry === entry2) this.#pending.delete(key2);
  }
  /** @returns what goes now; when there is more, `dueMs` says when. */
  take(nowMs) {
    this.dueMs = Number.POSITIVE_INFINITY;
    const first = this.#pending.values().next().value;
    if (first === void 0) return void 0;
    const { deltaBytesPerSecond, deltaBurstBytes, messageBytesMax } = this.#settings;
    if (!take(this.#bucket, deltaBytesPerSecond, deltaBurstBytes, nowMs, messageBytesMax)) {
      this.dueMs = nowMs + (messageBytesMax - this.#bucket.tokens) / deltaBytesPerSecond * 1e3 + 1;
      return void 0;
    }
    const entries = [];
    let bytes = 0;
    for (const [key2, { entry: entry2, scope, taughtBy }] of this.#pending) {
      if (scope !== first.scope || taughtBy !== first.taughtBy) continue;
      bytes += bytesOf(entry2);
      if ((bytes > messageBytesMax || entries.length >= ENTRIES_IN_BATCH_MAX) && entries.length > 0) break;
      entries.push(entry2);
      this.#pending.delete(key2);
    }
    this.#bucket.tokens = Math.min(deltaBurstBytes, this.#bucket.tokens + Math.max(0, messageBytesMax - bytes));
    if (this.#pending.size > 0) this.dueMs = nowMs;
    return { scope: first.scope, entries, taughtBy: first.taughtBy };
  }
};
function keyOf({ registry: registry2, key: key2 }) {
  return `${registry2}/${key2}`;
}

// runtime/mesh/state/item-set.ts
var BLOCK_ENTRIES_MAX = 128;
var ItemSet = class {
  #blocks = [];
  #size = 0;
  get size() {
    return this.#size;
  }
  *[Symbol.iterator]() {
    for (const { entries } of this.#blocks) yield* entries;
  }
  get(position2, registry2, key2) {
    for (const entry2 of this.between(position2, position2 + 1)) {
      if (entry2.registry === registry2 && entry2.key === key2) return entry2;
    }
    return void 0;
  }
  /** Takes the place of the entry with the same registry and key.
   *  @returns that one, if there was one. */
  set(entry2) {
    const block = this.#blockFor(entry2);
    const index = firstNotBefore(block.entries, entry2);
    const known = block.entries[index];
    addWords(block.sum, entry2.words);
    if (known !== void 0 && compareEntries(known, entry2) === 0) {
      subtractWords(block.sum, known.words);
      block.entries[index] = entry2;
      return known;
    }
    block.entries.splice(index, 0, entry2);
    this.#size += 1;
    if (block.entries.length > BLOCK_ENTRIES_MAX) this.#split(block);
    return void 0;
  }
  delete(entry2) {
    const block = this.#blockFor(entry2);
    const index = firstNotBefore(block.entries, entry2);
    const known = block.entries[index];
    if (known === void 0 || compareEntries(known, entry2) !== 0) return false;
    subtractWords(block.sum, known.words);
    block.entries.splice(index, 1);
    this.#size -= 1;
    if (block.entries.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
    return true;
  }
  /** In order, from `lower` up to `upper`, which is not part of it. The set must not change meanwhile. */
  *between(lower, upper) {
    for (let at = this.#blockAt(lower); at < this.#blocks.length; at++) {
      for (const entry2 of this.#blocks[at]?.entries ?? []) {
        if (entry2.position >= upper) return;
        if (entry2.position >= lower) yield entry2;
      }
    }
  }
  summary(lower, upper) {
    const summary = { sum: new Uint32Array(HASH_WORDS), count: 0 };
    for (let at = this.#blockAt(lower); at < this.#blocks.length; at++) {
      const block = this.#blocks[at];
      if (block === void 0 || (block.entries[0]?.position ?? upper) >= upper) break;
      addBlock(summary, block, lower, upper);
    }
    return summary;
  }
  /** Positions that part the range into `parts` of about equal numbers: fewer when several entries share a position.
   *  The lower bound is not among them, the upper one is the last. */
  cuts(lower, upper, count, parts) {
    const cuts = [];
    let part3 = 1;
    let index = 0;
    let before = lower;
    for (const { position: position2 } of this.between(lower, upper)) {
      if (part3 < parts && index >= Math.round(part3 * count / parts)) {
        part3 += 1;
        if (position2 > before) cuts.push(shortest(before, position2));
      }
      before = position2;
      index += 1;
    }
    cuts.push(upper);
    return cuts;
  }
  /** The last block that begins at or before the position. */
  #blockAt(position2) {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = low + high >> 1;
      if ((this.#blocks[middle]?.entries[0]?.position ?? 0) < position2) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
  #blockFor(entry2) {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = low + high >> 1;
      const first = this.#blocks[middle]?.entries[0];
      if (first !== void 0 && compareEntries(first, entry2) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#blocks[Math.max(0, low - 1)];
    if (found !== void 0) return found;
    const block = { entries: [], sum: new Uint32Array(HASH_WORDS) };
    this.#blocks.push(block);
    return block;
  }
  #split(block) {
    const entries = block.entries.splice(BLOCK_ENTRIES_MAX / 2);
    const sum = new Uint32Array(HASH_WORDS);
    for (const { words } of entries) addWords(sum, words);
    subtractWords(block.sum, sum);
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, { entries, sum });
  }
};
function addBlock(summary, { entries, sum }, lower, upper) {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === void 0 || last === void 0) return;
  if (first.position >= lower && last.position < upper) {
    addWords(summary.sum, sum);
    summary.count += entries.length;
    return;
  }
  for (const { position: position2, words } of entries) {
    if (position2 < lower || position2 >= upper) continue;
    addWords(summary.sum, words);
    summary.count += 1;
  }
}
function firstNotBefore(entries, entry2) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = low + high >> 1;
    const one = entries[middle];
    if (one !== void 0 && compareEntries(one, entry2) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
function shortest(before, position2) {
  for (let unit = 2 ** 40; unit > 1; unit /= 256) {
    const rounded = Math.floor(position2 / unit) * unit;
    if (rounded > before) return rounded;
  }
  return position2;
}
function addWords(sum, words) {
  let carry = 0;
  for (let i = HASH_WORDS - 1; i >= 0; i--) {
    const total = (sum[i] ?? 0) + (words[i] ?? 0) + carry;
    sum[i] = total;
    carry = total > 4294967295 ? 1 : 0;
  }
}
function subtractWords(sum, words) {
  let borrow = 0;
  for (let i = HASH_WORDS - 1; i >= 0; i--) {
    const total = (sum[i] ?? 0) - (words[i] ?? 0) - borrow;
    sum[i] = total;
    borrow = total < 0 ? 1 : 0;
  }
}

// runtime/mesh/state/or-dots.ts
var REMOVED_MAJOR = 1;
var FLOOR_MAJOR = 2;
var COUNTER_DIGITS = 12;
var HUB_DIGITS = 32;
function dotOf(key2) {
  const hub = key2.slice(0, HUB_DIGITS);
  if (key2.length !== HUB_DIGITS + COUNTER_DIGITS || !isHubId(hub)) return void 0;
  return { hub, counter: Number.parseInt(key2.slice(HUB_DIGITS), 16) };
}
function isRemoved({ major }) {
  return major === REMOVED_MAJOR;
}

// runtime/mesh/state/registries.ts
var VALUE_BYTES_MAX = 4096;
var Registries = class {
  #options;
  #registries = /* @__PURE__ */ new Map();
  #byName = /* @__PURE__ */ new Map();
  #sets = {};
  /** @throws RangeError when two registries share a name or a number, or a value could be longer than a frame takes. */
  constructor(options2) {
    this.#options = options2;
    for (const spec of options2.specs) {
      if (this.#registries.has(spec.number) || this.#byName.has(spec.name))
        throw new RangeError(`two registries are called ${spec.name} or ${spec.number}`);
      if (spec.valueBytesMax > VALUE_BYTES_MAX) throw new RangeError(`${spec.name}: values are too long`);
      const registry2 = { ...spec, entries: 0, bytes: 0 };
      this.#registries.set(spec.number, registry2);
      this.#byName.set(spec.name, registry2);
      this.#sets[spec.scope] ??= new ItemSet();
    }
  }
  /** All entries of the scope; undefined when no registry has it. */
  set(scope) {
    return this.#sets[scope];
  }
  /** @throws RangeError when there is no such registry. */
  spec(name2) {
    const registry2 = this.#byName.get(name2);
    if (registry2 === void 0) throw new RangeError(`no registry ${name2}`);
    return registry2;
  }
  stampsOf(registry2) {
    return this.#registries.get(registry2)?.stamps;
  }
  scopeOf(entry2) {
    return this.#registries.get(entry2.registry)?.scope;
  }
  get(name2, key2) {
    const { number: number3, scope } = this.spec(name2);
    return this.#sets[scope]?.get(positionOf(this.#options.hash, number3, key2), number3, key2);
  }
  /** In the order of reconciliation, which looks random. The registry must not change meanwhile. */
  *entries(name2) {
    const { number: number3, scope } = this.spec(name2);
    for (const entry2 of this.#sets[scope] ?? []) if (entry2.registry === number3) yield entry2;
  }
  size(name2) {
    const { entries, bytes } = this.spec(name2);
    return { entries, bytes };
  }
  merge(entry2, wallMs) {
    const registry2 = this.#registries.get(entry2.registry);
    if (registry2 === void 0) return refused2("unknown-registry");
    const sealed = this.#seal(entry2);
    const set = this.#sets[registry2.scope];
    const known = set.get(sealed.position, sealed.registry, sealed.key);
    if (known !== void 0) {
      const order = compareVersions(sealed, known);
      if (order <= 0) return { result: order === 0 ? "same" : "older", entry: known };
    }
    const why = this.#refusal(registry2, sealed, known, wallMs);
    if (why !== void 0) return refused2(why);
    this.#set(registry2, set, sealed, known);
    if (registry2.kind === "or" && sealed.major === FLOOR_MAJOR) this.#dropBelow(registry2, set, sealed);
    return { result: "new", entry: sealed };
  }
  /** Drops what the registry would not take any more: of a hub that was revoked, say. All hubs must judge alike.
   *  @returns how many. */
  prune(name2, keep) {
    const registry2 = this.spec(name2);
    const set = this.#sets[registry2.scope];
    const gone = [...this.entries(name2)].filter((entry2) => !keep(entry2));
    for (const entry2 of gone) this.#delete(registry2, set, entry2);
    return gone.length;
  }
  #seal(entry2) {
    const { sealed, hash: hash2 } = this.#options;
    const known = sealed?.get(entry2);
    if (known !== void 0) return known;
    const fresh = seal(hash2, entry2);
    sealed?.set(entry2, fresh);
    sealed?.set(fresh, fresh);
    return fresh;
  }
  #refusal(registry2, entry2, known, wallMs) {
    if (entry2.value.length > registry2.valueBytesMax) return "value-bytes";
    if (known === void 0 && registry2.entries >= registry2.entriesMax) return "full";
    const bytes = registry2.bytes + bytesOf(entry2) - (known === void 0 ? 0 : bytesOf(known));
    if (bytes > registry2.bytesMax) return "full";
    const stampMs = registry2.kind === "or" ? entry2.minor : entry2.major;
    if (registry2.stamps === "hlc" && stampMs > wallMs + this.#options.driftMaxMs) return "future";
    if (registry2.kind === "or") {
      const why = this.#refusalOfDot(registry2, entry2, wallMs);
      if (why !== void 0) return why;
    }
    return registry2.accept(entry2);
  }
  #refusalOfDot(registry2, entry2, wallMs) {
    if (entry2.major === FLOOR_MAJOR) return entry2.key.length === 32 ? void 0 : "malformed";
    const dot = dotOf(entry2.key);
    if (dot === void 0 || entry2.major > 1) return "malformed";
    if (isRemoved(entry2) && entry2.minor < wallMs - this.#options.tombstoneMs) return "old-tombstone";
    const floor = this.get(registry2.name, dot.hub);
    return floor !== void 0 && dot.counter < floor.minor ? "below-floor" : void 0;
  }
  #dropBelow(registry2, set, floor) {
    for (const entry2 of [...this.entries(registry2.name)]) {
      const dot = dotOf(entry2.key);
      if (dot !== void 0 && dot.hub === floor.key && dot.counter < floor.minor) this.#delete(registry2, set, entry2);
    }
  }
  #set(registry2, set, entry2, known) {
    set.set(entry2);
    registry2.bytes += bytesOf(entry2) - (known === void 0 ? 0 : bytesOf(known));
    if (known === void 0) registry2.entries += 1;
  }
  #delete(registry2, set, entry2) {
    if (!set.delete(entry2)) return;
    registry2.entries -= 1;
    registry2.bytes -= bytesOf(entry2);
  }
};
function refused2(why) {
  return { result: "refused", why };
}

// runtime/mesh/state/outbox.ts
var RANGES_MAX = 16384;
var WANTS_MAX = 65536;
var ENTRIES_MAX = 65536;
var RANGES_IN_MESSAGE_MAX = 1e3;
var WANTS_IN_MESSAGE_MAX = 1e3;
var ENTRIES_IN_MESSAGE_MAX = 500;
var FRAME_BYTES = 24;
var RANGE_BYTES = 13;
var WANT_BYTES = 8;
var VERSION_BYTES = 14;
var Outbox2 = class {
  #ranges = [];
  #wants = [];
  #entries = [];
  #rangesSaid = 0;
  #wantsSaid = 0;
  #entriesSaid = 0;
  /** More was asked of it than an honest other side would. */
  overflow = false;
  get isEmpty() {
    return this.#rangesSaid === this.#ranges.length && this.#wantsSaid === this.#wants.length && this.#entriesSaid === this.#entries.length;
  }
  range(lower, range2) {
    if (this.#ranges.length < RANGES_MAX) this.#ranges.push({ lower, range: range2 });
    else this.overflow = true;
  }
  want(want2) {
    if (this.#wants.length < WANTS_MAX) this.#wants.push(want2);
    else this.overflow = true;
  }
  push(entry2) {
    if (this.#entries.length < ENTRIES_MAX) this.#entries.push(entry2);
    else this.overflow = true;
  }
  /** The next message's worth. */
  take(bytesMax) {
    const says = {
      ranges: [],
      wants: [],
      entries: [],
      bytes: FRAME_BYTES
    };
    this.#takeRanges(says, bytesMax);
    this.#takeWants(says, bytesMax);
    this.#takeEntries(says, bytesMax);
    if (this.isEmpty) this.#reset();
    return says;
  }
  #takeRanges(says, bytesMax) {
    let upper = 0;
    for (; this.#rangesSaid < this.#ranges.length; this.#rangesSaid += 1) {
      const next = this.#ranges[this.#rangesSaid];
      if (next === void 0 || next.lower < upper || says.ranges.length >= RANGES_IN_MESSAGE_MAX) return;
      const bytes = 2 * RANGE_BYTES + (next.range.listed?.length ?? 0);
      if (says.bytes + bytes > bytesMax && says.ranges.length > 0) return;
      says.bytes += RANGE_BYTES + (next.range.listed?.length ?? 0);
      if (next.lower > upper) {
        says.ranges.push({ upper: next.lower });
        says.bytes += RANGE_BYTES - LISTED_BYTES / 2;
      }
      says.ranges.push(next.range);
      upper = next.range.upper;
    }
  }
  #takeWants(says, bytesMax) {
    for (; this.#wantsSaid < this.#wants.length; this.#wantsSaid += 1) {
      const want2 = this.#wants[this.#wantsSaid];
      if (want2 === void 0 || says.wants.length >= WANTS_IN_MESSAGE_MAX) return;
      const bytes = WANT_BYTES + (want2.major === void 0 ? 0 : VERSION_BYTES);
      if (says.bytes + bytes > bytesMax) return;
      says.wants.push(want2);
      says.bytes += bytes;
    }
  }
  #takeEntries(says, bytesMax) {
    for (; this.#entriesSaid < this.#entries.length; this.#entriesSaid += 1) {
      const entry2 = this.#entries[this.#entriesSaid];
      if (entry2 === void 0 || says.entries.length >= ENTRIES_IN_MESSAGE_MAX) return;
      const bytes = bytesOf(entry2);
      if (says.bytes + bytes > bytesMax && says.bytes > FRAME_BYTES) return;
      says.entries.push(entry2);
      says.bytes += bytes;
    }
  }
  #reset() {
    this.#ranges = [];
    this.#wants = [];
    this.#entries = [];
    this.#rangesSaid = 0;
    this.#wantsSaid = 0;
    this.#entriesSaid = 0;
  }
};

// runtime/mesh/state/reconcile.ts
function fingerprintOf({ set, session, hash: hash2 }, lower, upper) {
  return digest(hash2, session, set.summary(lower, upper));
}
function answerRange(comparison, lower, range2, outbox) {
  if (range2.fingerprint !== void 0) answerFingerprint(comparison, lower, range2.upper, range2.fingerprint, outbox);
  else if (range2.listed !== void 0) answerList(comparison, lower, range2.upper, range2.listed, outbox);
}
function answerWant({ set }, { position: position2, major, minor }, outbox) {
  const here = [...set.between(position2, position2 + 1)];
  for (const entry2 of here) {
    const newer = major === void 0 || minor === void 0 || isNewer3(entry2, major, minor) || here.length > 1;
    if (newer) outbox.push(entry2);
    else outbox.want({ position: position2 });
  }
}
function answerFingerprint(comparison, lower, upper, theirs, outbox) {
  const { set, settings, hash: hash2, session } = comparison;
  const summary = set.summary(lower, upper);
  if (bytesEqual(digest(hash2, session, summary), theirs)) return;
  if (summary.count <= settings.listMax) return outbox.range(lower, { upper, listed: list2(comparison, lower, upper) });
  const parts = Math.min(settings.branching, Math.ceil(summary.count / settings.leafEntries));
  const cuts = set.cuts(lower, upper, summary.count, parts);
  if (cuts.length === 1) return outbox.range(lower, { upper, listed: list2(comparison, lower, upper) });
  let from = lower;
  for (const cut2 of cuts) {
    outbox.range(from, { upper: cut2, fingerprint: fingerprintOf(comparison, from, cut2) });
    from = cut2;
  }
}
var LISTED_MAX = 512;
function list2({ set, session }, lower, upper) {
  const bytes = new Uint8Array(LISTED_MAX * LISTED_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry2 of set.between(lower, upper)) {
    if (at === bytes.length) break;
    view.setUint16(at, Math.floor(entry2.position / 2 ** 32));
    view.setUint32(at + 2, entry2.position % 2 ** 32);
    view.setUint32(at + POSITION_BYTES, tagOf2(entry2, session));
    at += LISTED_BYTES;
  }
  return bytes.slice(0, at);
}
function answerList({ set, session }, lower, upper, bytes, outbox) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const theirs = /* @__PURE__ */ new Map();
  for (let at = 0; at + LISTED_BYTES <= bytes.length; at += LISTED_BYTES) {
    const position2 = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
    if (position2 < lower || position2 >= upper) continue;
    const tags = theirs.get(position2);
    if (tags === void 0) theirs.set(position2, [view.getUint32(at + POSITION_BYTES)]);
    else tags.push(view.getUint32(at + POSITION_BYTES));
  }
  for (const entry2 of set.between(lower, upper)) {
    const tags = theirs.get(entry2.position);
    if (tags === void 0) {
      outbox.push(entry2);
      continue;
    }
    const same2 = tags.indexOf(tagOf2(entry2, session));
    if (same2 >= 0) tags.splice(same2, 1);
    else outbox.want({ position: entry2.position, major: entry2.major, minor: entry2.minor });
    if (tags.length === 0 || same2 < 0) theirs.delete(entry2.position);
  }
  for (const position2 of theirs.keys()) outbox.want({ position: position2 });
}
function tagOf2({ words }, session) {
  return words[session % HASH_WORDS] ?? 0;
}
function isNewer3(entry2, major, minor) {
  return entry2.major > major || entry2.major === major && entry2.minor >= minor;
}
function digest(hash2, session, { sum, count }) {
  const bytes = new Uint8Array(8 + 4 * HASH_WORDS);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, session);
  for (let i = 0; i < HASH_WORDS; i++) view.setUint32(4 + 4 * i, sum[i] ?? 0);
  view.setUint32(4 + 4 * HASH_WORDS, count);
  return hash2(bytes).slice(0, FINGERPRINT_BYTES);
}

// runtime/mesh/state/sessions.ts
var Sessions = class {
  #options;
  #sessions = /* @__PURE__ */ new Map();
  #wishes = /* @__PURE__ */ new Map();
  #bucket;
  /** One at a time until there is something to compare: two neighbours would teach a newcomer the same. */
  #settled = false;
  #paceMs = Number.POSITIVE_INFINITY;
  constructor(options2) {
    this.#options = options2;
    this.#bucket = { tokens: options2.settings.burstBytes, atMs: 0 };
  }
  /** Whether a comparison has come to its end since this hub started. */
  get settled() {
    return this.#settled;
  }
  get size() {
    return this.#sessions.size;
  }
  get deadlineMs() {
    let deadlineMs = this.#paceMs;
    for (const session of this.#sessions.values()) deadlineMs = Math.min(deadlineMs, this.#endMs(session));
    return deadlineMs;
  }
  tick(nowMs, rng) {
    for (const session of [...this.#sessions.values()]) {
      if (this.#endMs(session) <= nowMs) this.#abandon(session, "timeout");
    }
    if (this.#paceMs <= nowMs) {
      this.#paceMs = Number.POSITIVE_INFINITY;
      for (const session of [...this.#sessions.values()]) if (session.ownTurn) this.#speak(session, nowMs);
    }
    this.#openNext(nowMs, rng);
  }
  /** To be compared with, when there is room. */
  want(hub, scope, nowMs, rng) {
    this.wantLater(hub, scope);
    this.#openNext(nowMs, rng);
  }
  /** As `want`, once the session that is just ending has ended. */
  wantLater(hub, scope) {
    if (this.#options.registries.set(scope) !== void 0) this.#wishes.set(keyOf2(hub, scope), { hub, scope });
  }
  /** The link is gone. */
  forget(hub, nowMs, rng) {
    for (const scope of ["everyone", "cell"]) {
      this.#wishes.delete(keyOf2(hub, scope));
      this.#sessions.delete(keyOf2(hub, scope));
    }
    this.#openNext(nowMs, rng);
  }
  onSync(from, body, nowMs, rng) {
    if (body.session === void 0) return this.#count("malformed");
    const key2 = keyOf2(from, body.scope);
    if (body.open) {
      if (body.ranges.length === 0) return this.#notNow(key2, body.session);
      if (!this.#accept(from, body, key2, nowMs)) return;
    }
    const session = this.#sessions.get(key2);
    if (session === void 0 || session.session !== body.session) return this.#count("no-session");
    if (session.ownTurn) return this.#count("out-of-turn");
    session.heardMs = nowMs;
    this.#hear(session, body, nowMs, rng);
    if (session.outbox.overflow) return this.#abandon(session, "overflow");
    if (body.more) return;
    const isEmpty = body.ranges.length + body.wants.length + body.entries.length === 0;
    if (isEmpty) return this.#finish(session, nowMs, rng);
    session.ownTurn = true;
    this.#speak(session, nowMs);
    if (!this.#sessions.has(key2)) this.#openNext(nowMs, rng);
  }
  #hear(session, body, nowMs, rng) {
    for (const entry2 of body.entries) {
      const merged = this.#options.learn(session.hub, entry2, nowMs, rng);
      if (merged.result === "new") session.learned += 1;
      else if (merged.result === "older") session.outbox.push(merged.entry);
    }
    for (const want2 of body.wants) answerWant(session, want2, session.outbox);
    let lower = 0;
    for (const range2 of body.ranges) {
      if (range2.upper <= lower) return this.#count("malformed");
      answerRange(session, lower, range2, session.outbox);
      lower = range2.upper;
    }
  }
  /** @returns false when the session is not begun: there is no room, or the own one goes first. */
  #accept(from, { scope, session }, key2, nowMs) {
    const set = this.#options.registries.set(scope);
    if (set === void 0 || session === void 0) {
      this.#count("no-registry");
      return false;
    }
    const mine = this.#sessions.get(key2);
    if (mine?.openedHere === true && this.#options.self < from) return false;
    if (mine === void 0 && this.#sessions.size >= this.#sessionsMax()) {
      this.#wishes.set(key2, { hub: from, scope });
      this.#send(from, { session, scope, open: true });
      return false;
    }
    this.#wishes.delete(key2);
    this.#sessions.set(key2, this.#session(from, scope, session, false, nowMs));
    return true;
  }
  /** The neighbour is busy and will open one itself. */
  #notNow(key2, id) {
    if (this.#sessions.get(key2)?.session === id) this.#sessions.delete(key2);
  }
  #openNext(nowMs, rng) {
    for (const [key2, { hub, scope }] of this.#wishes) {
      if (this.#sessions.size >= this.#sessionsMax()) return;
      this.#wishes.delete(key2);
      if (this.#sessions.has(key2)) continue;
      const bytes = rng(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      const session = this.#session(hub, scope, id, true, nowMs);
      this.#sessions.set(key2, session);
      const fingerprint2 = fingerprintOf(session, 0, POSITION_END);
      this.#send(hub, { session: id, scope, open: true, ranges: [{ upper: POSITION_END, fingerprint: fingerprint2 }] });
    }
  }
  #session(hub, scope, session, openedHere, nowMs) {
    const { registries, hash: hash2, settings } = this.#options;
    const set = registries.set(scope);
    if (set === void 0) throw new RangeError(`no registry has the scope ${scope}`);
    const times = { startedMs: nowMs, heardMs: nowMs };
    return {
      set,
      session,
      hash: hash2,
      settings,
      hub,
      scope,
      outbox: new Outbox2(),
      openedHere,
      ownTurn: false,
      learned: 0,
      ...times
    };
  }
  /** Says what there is to say, as fast as the rate allows; an empty turn says that nothing is left. */
  #speak(session, nowMs) {
    const { messageBytesMax, bytesPerSecond, burstBytes } = this.#options.settings;
    const { hub, scope, outbox } = session;
    const hasNothing = outbox.isEmpty;
    do {
      if (!take(this.#bucket, bytesPerSecond, burstBytes, nowMs, messageBytesMax)) {
        const waitMs = (messageBytesMax - this.#bucket.tokens) / bytesPerSecond * 1e3 + 1;
        this.#paceMs = Math.min(this.#paceMs, nowMs + waitMs);
        return;
      }
      const { ranges, wants, entries, bytes } = outbox.take(messageBytesMax);
      this.#bucket.tokens = Math.min(burstBytes, this.#bucket.tokens + Math.max(0, messageBytesMax - bytes));
      this.#send(hub, { session: session.session, scope, more: !outbox.isEmpty, ranges, wants, entries });
    } while (!outbox.isEmpty);
    session.ownTurn = false;
    session.heardMs = nowMs;
    if (hasNothing) this.#end(session);
  }
  #finish(session, nowMs, rng) {
    this.#end(session);
    this.#openNext(nowMs, rng);
  }
  #end(session) {
    this.#sessions.delete(keyOf2(session.hub, session.scope));
    this.#options.agreed(session.hub, session.scope, session.learned);
    this.#settled = true;
  }
  #abandon(session, why) {
    this.#sessions.delete(keyOf2(session.hub, session.scope));
    this.#count(why);
  }
  #endMs({ heardMs, startedMs, ownTurn }) {
    const { sessionIdleMs, sessionMs } = this.#options.settings;
    return Math.min(startedMs + sessionMs, ownTurn ? Number.POSITIVE_INFINITY : heardMs + sessionIdleMs);
  }
  #sessionsMax() {
    return this.#settled ? this.#options.settings.sessionsMax : 1;
  }
  #send(to, says) {
    const silence = { open: false, more: false, ranges: [], wants: [], entries: [] };
    this.#options.sink.send(to, { type: "SYNC", ...silence, ...says });
  }
  #count(what) {
    this.#options.sink.count(`mesh.state.${what}`);
  }
};
function keyOf2(hub, scope) {
  return `${scope} ${hub}`;
}

// runtime/mesh/state/settings.ts
var STATE_DEFAULTS = {
  driftMaxMs: 6e4,
  deltaAfterMs: 50,
  relayAfterMs: 400,
  deltaBytesPerSecond: 32 * 1024,
  deltaBurstBytes: 64 * 1024,
  deltaEntriesMax: 16384,
  compareEveryMs: 3e5,
  sessionsMax: 4,
  sessionIdleMs: 1e4,
  sessionMs: 3e5,
  branching: 16,
  listMax: 8,
  leafEntries: 5,
  messageBytesMax: 8 * 1024,
  bytesPerSecond: 256 * 1024,
  burstBytes: 128 * 1024,
  tombstoneMs: 30 * 24 * 36e5
};

// runtime/mesh/state/state.ts
var State = class {
  registries;
  #options;
  #settings;
  #clock;
  #deltas;
  #sessions;
  #neighbours = [];
  #compareMs = Number.POSITIVE_INFINITY;
  constructor(options2) {
    this.#options = options2;
    const settings = options2.settings ?? STATE_DEFAULTS;
    this.#settings = settings;
    const { registries: specs, hash: hash2, sealed, self, sink } = options2;
    const { driftMaxMs, tombstoneMs } = settings;
    this.registries = new Registries({
      specs,
      hash: hash2,
      driftMaxMs,
      tombstoneMs,
      ...sealed === void 0 ? {} : { sealed }
    });
    this.#clock = new HybridClock(driftMaxMs);
    this.#deltas = new Deltas(settings);
    this.#sessions = new Sessions({
      self,
      sink,
      hash: hash2,
      settings,
      registries: this.registries,
      learn: (from, entry2, nowMs, rng) => this.#learn(from, entry2, nowMs, rng),
      agreed: (hub, scope, learned) => this.#agreed(hub, scope, learned)
    });
  }
  get deadlineMs() {
    return Math.min(this.#compareMs, this.#deltas.dueMs, this.#sessions.deadlineMs);
  }
  /** Whether this hub has agreed with some neighbour since it started. */
  get settled() {
    return this.#sessions.settled;
  }
  tick(nowMs, rng) {
    if (this.#compareMs <= nowMs) this.#compareWithAny(nowMs, rng);
    if (this.#sessions.deadlineMs <= nowMs) this.#sessions.tick(nowMs, rng);
    while (this.#deltas.dueMs <= nowMs) this.#publish(nowMs, rng);
  }
  neighbourUp({ hub }, nowMs, rng) {
    if (!this.#neighbours.includes(hub)) this.#neighbours.push(hub);
    if (this.#compareMs === Number.POSITIVE_INFINITY) this.#scheduleComparison(nowMs, rng);
    if (this.#options.self < hub) this.#compare(hub, nowMs, rng);
  }
  neighbourDown(hub, nowMs, rng) {
    const index = this.#neighbours.indexOf(hub);
    if (index >= 0) this.#neighbours.splice(index, 1);
    if (this.#neighbours.length === 0) this.#compareMs = Number.POSITIVE_INFINITY;
    this.#sessions.forget(hub, nowMs, rng);
  }
  /** This hub has changed its cell: what the new one holds is to be learned. */
  cellChanged(nowMs, rng) {
    for (const hub of this.#neighbours) if (this.#options.inCell(hub)) this.#sessions.want(hub, "cell", nowMs, rng);
  }
  /** From a neighbour, over its link. */
  onSync(from, body, nowMs, rng) {
    if (body.scope === "cell" && !this.#options.inCell(from)) return this.#count("other-cell");
    this.#sessions.onSync(from, body, nowMs, rng);
  }
  /** From a broadcast. */
  onDelta(_from, body, nowMs, _rng) {
    for (const entry2 of body.entries) {
      const merged = this.#merge(entry2, nowMs);
      if (merged.result === "new" || merged.result === "same") this.#deltas.heard(merged.entry);
    }
  }
  /** A stamp for a write of one's own in a registry of "hlc" stamps: major is `wallMs`, minor `counter`. */
  stamp(nowMs) {
    return this.#clock.next(this.#options.wallMs(nowMs));
  }
  /** Writes an entry of one's own, and spreads it.
   *  @returns false when what is there is as new or newer.
   *  @param key hex of 1 to 64 bytes.
   *  @throws RangeError when the registry refuses it, with the reason. */
  put(registry2, key2, major, minor, value2, nowMs) {
    if (!/^(?:[0-9a-f]{2}){1,64}$/.test(key2)) throw new RangeError(`${registry2}: a key is hex of 1 to 64 bytes`);
    const { number: number3, scope } = this.registries.spec(registry2);
    const merged = this.#merge({ registry: number3, key: key2, major, minor, value: value2 }, nowMs);
    if (merged.result === "refused") throw new RangeError(`${registry2}: ${merged.why}`);
    if (merged.result !== "new") return false;
    if (!this.#deltas.add(merged.entry, scope, void 0, nowMs + this.#settings.deltaAfterMs))
      this.#count("deltas-full");
    return true;
  }
  /** An entry that was kept over a restart: taken as it is, not spread. @returns whether it was taken. */
  restore(entry2, nowMs) {
    return this.registries.merge(entry2, this.#options.wallMs(nowMs)).result === "new";
  }
  #learn(from, entry2, nowMs, rng) {
    const merged = this.#merge(entry2, nowMs);
    if (merged.result !== "new" || !this.settled) return merged;
    const scope = this.registries.scopeOf(entry2);
    const dueMs = nowMs + this.#settings.relayAfterMs * (0.25 + 0.75 * fraction4(rng));
    if (scope !== void 0 && this.#neighbours.length > 1 && !this.#deltas.add(merged.entry, scope, from, dueMs))
      this.#count("deltas-full");
    return merged;
  }
  #agreed(teacher, scope, learned) {
    if (learned === 0 || this.settled) return;
    for (const hub of this.#neighbours) {
      if (hub !== teacher && (scope === "everyone" || this.#options.inCell(hub))) this.#sessions.wantLater(hub, scope);
    }
  }
  #merge(entry2, nowMs) {
    const wallMs = this.#options.wallMs(nowMs);
    const merged = this.registries.merge(entry2, wallMs);
    if (merged.result === "refused") this.#count(merged.why);
    if (merged.result !== "new") return merged;
    if (this.registries.stampsOf(entry2.registry) === "hlc")
      this.#clock.observe({ wallMs: entry2.major, counter: entry2.minor }, wallMs);
    this.#options.changed(entry2.registry, merged.entry);
    return merged;
  }
  #compare(hub, nowMs, rng) {
    this.#sessions.want(hub, "everyone", nowMs, rng);
    if (this.#options.inCell(hub)) this.#sessions.want(hub, "cell", nowMs, rng);
  }
  #compareWithAny(nowMs, rng) {
    const hub = this.#neighbours[Math.floor(fraction4(rng) * this.#neighbours.length)];
    this.#scheduleComparison(nowMs, rng);
    if (hub !== void 0) this.#compare(hub, nowMs, rng);
  }
  #scheduleComparison(nowMs, rng) {
    this.#compareMs = nowMs + this.#settings.compareEveryMs * (0.5 + fraction4(rng));
  }
  #publish(nowMs, rng) {
    const batch = this.#deltas.take(nowMs);
    if (batch === void 0) return;
    const { scope, entries, taughtBy } = batch;
    const says = { scope, open: false, more: false, ranges: [], wants: [], entries };
    this.#options.publish(scope, { type: "SYNC", ...says }, nowMs, rng, taughtBy);
  }
  #count(what) {
    this.#options.sink.count(`mesh.state.${what}`);
  }
};
function fraction4(rng) {
  const [a = 0, b = 0] = rng(2);
  return (a * 256 + b) / 65536;
}

// runtime/mesh/node/parts.ts
var Parts = class {
  liveness;
  overlay;
  routes;
  forwarder;
  directory;
  broadcast;
  state;
  outbox;
  resilience;
  /** Those that keep time, in the order in which they tick. */
  timed;
  constructor(options2) {
    const { self, codecs, sink, isNeighbour, now, penalise, carry, lost, rng } = options2;
    const { hub, epoch } = self;
    this.liveness = new Liveness(hub, epoch, LIVENESS_DEFAULTS, sink, codecs.statements);
    this.overlay = new Overlay(self, sink);
    this.routes = new Routes(hub, ROUTING_DEFAULTS, sink);
    const ways = waysOf(this.routes, isNeighbour, penalise);
    this.directory = new Directory({
      hub,
      epoch,
      ways,
      sink: { send: sink.send, count: sink.count, resolved: carry, unresolved: lost },
      authority: codecs.places
    });
    this.forwarder = new Forwarder({
      hub,
      epoch,
      ways,
      known: (other) => this.directory.known(other, now()),
      sink
    });
    this.broadcast = new Broadcast({
      self: hub,
      epoch,
      sink,
      inCell: (other) => this.routes.sharesCell(other),
      hash: codecs.hash,
      encode: codecs.encode,
      decode: codecs.decode
    });
    this.state = new State({
      self: hub,
      sink,
      registries: codecs.registries,
      hash: codecs.hash,
      wallMs: codecs.wallMs,
      inCell: (other) => this.routes.sharesCell(other),
      publish: (scope, message, nowMs, _rng, except) => this.broadcast.publish(scope, message, nowMs, rng, except),
      changed: (_registry, entry2) => options2.stateChanged(entry2)
    });
    this.outbox = new Outbox({
      hub,
      epoch,
      wallOffsetMs: codecs.wallMs(0),
      sink: {
        route: sink.route,
        count: sink.count,
        learnt: (to, acknowledged) => this.forwarder.learn(to, acknowledged, now()),
        ...options2.outbox
      }
    });
    this.resilience = new Resilience(
      hub,
      sink,
      {
        patience: (other, factor) => this.liveness.setPatience(other, factor),
        probe: (other) => this.liveness.check(other, now()),
        avoid: penalise,
        standby: (hubs2) => this.overlay.setStandby(hubs2, now())
      },
      this.overlay
    );
    this.timed = [
      this.liveness,
      this.overlay,
      this.routes,
      this.directory,
      this.broadcast,
      this.state,
      this.outbox,
      this.resilience
    ];
  }
};
function waysOf(routes, isNeighbour, penalise) {
  return {
    get locator() {
      return routes.locator;
    },
    get topLevel() {
      return routes.topLevel;
    },
    cell: () => routes.cell(),
    units: (level) => routes.units(level),
    nextHop: (to, locator2) => isNeighbour(to) ? to : routes.nextHop(to, locator2),
    nextHopTo: (level, unit) => routes.nextHopTo(level, unit),
    alternative: (to, locator2, not) => routes.alternative(to, locator2, not),
    penalise
  };
}

// runtime/mesh/node/settings.ts
var NODE_DEFAULTS = {
  helloTimeoutMs: 5e3,
  linksMax: 128,
  hubsMax: 256,
  suspectDetourMs: 3e3
};

// runtime/mesh/node/traffic.ts
var Traffic2 = class {
  #context;
  constructor(context) {
    this.#context = context;
  }
  /** Best effort, one try. */
  send(to, message, locator2) {
    this.carry(this.#context.parts().forwarder.frameTo(to, message, locator2), void 0);
  }
  /** Kept until it is acknowledged; a `settled` effect tells the end. */
  sendReliably(to, message, reliability) {
    const { effect, parts, now, write } = this.#context;
    const { number: number3, encoded } = write(message);
    const parcel2 = parts().outbox.send(to, { kind: number3, bytes: encoded }, reliability, now());
    if (parcel2 === void 0) effect({ type: "settled", to, outcome: "dropped" });
  }
  /** A frame goes its way, or has arrived. @param from undefined: one of this hub's own. */
  carry(frame, from) {
    const { parts, now } = this.#context;
    const verdict = parts().forwarder.forward(frame, from, now());
    if (verdict.type === "deliver") this.#deliver(frame);
    else if (verdict.type === "send") this.#forward(verdict.to, verdict.frame);
    else if (verdict.type === "resolve") parts().directory.resolve(verdict.frame, now());
  }
  /** The directory knows the way now; if it does not lead there either, the frame is lost. */
  carryResolved(frame) {
    const { parts, now } = this.#context;
    const verdict = parts().forwarder.forward(frame, void 0, now());
    if (verdict.type === "deliver") this.#deliver(frame);
    else if (verdict.type === "send") this.#forward(verdict.to, verdict.frame);
    else if (verdict.type === "resolve") this.lost(verdict.frame);
  }
  lost(frame) {
    this.#context.parts().forwarder.unreachable(frame, this.#context.now());
  }
  /** What the outbox hands over, once. */
  parcelArrived(from, { kind, bytes }) {
    const message = this.#context.read({ number: kind, encoded: bytes });
    if (message !== void 0) this.#context.effect({ type: "deliver", from, message });
  }
  parcelSettled({ to }, outcome) {
    this.#context.effect({ type: "settled", to, outcome });
  }
  /** A message for this hub, along routes or by broadcast. */
  arrived(src, hops2, message) {
    const { effect, names, now, parts } = this.#context;
    switch (message.type) {
      case "ECHO":
        if (message.hops !== void 0) effect({ type: "echo", from: src, nonce: message.nonce, hops: hops2 });
        else this.send(src, { type: "ECHO", nonce: message.nonce, hops: hops2 });
        return;
      case "PARCEL":
        return parts().outbox.onParcel(src, message, now());
      case "PROBE":
        return parts().liveness.onProbe(src, message, now());
      case "SYNC":
        return this.#context.stateDelta(src, message);
      case "REVOKE":
        return this.#context.revoke(message.revocations);
      case "ADVERT":
        return this.#onAdvert(src, message);
      case "LOAD":
        return names.onLoad(src, message);
      case "ERROR":
        if (message.hub !== void 0) return parts().directory.invalidate(message.hub, now());
        break;
      default:
        break;
    }
    effect({ type: "deliver", from: src, message });
  }
  #onAdvert(from, advert2) {
    const verdict = this.#context.names.onAdvert(from, advert2);
    if (verdict !== "new") this.#context.count(verdict === "old" ? "mesh.oldAdvert" : "mesh.advertOfAnother");
  }
  #forward(to, frame) {
    const link = this.#context.links.of(to);
    if (link === void 0) this.#context.count("mesh.noLink");
    else this.#context.effect({ type: "forward", linkId: link.linkId, frame });
  }
  #deliver({ src, hops: hops2, payload }) {
    const message = this.#messageOf(payload);
    if (message !== void 0) this.arrived(src, hops2, message);
  }
  #messageOf(payload) {
    return "encoded" in payload ? this.#context.read(payload) : payload;
  }
};

// runtime/mesh/node/node.ts
var NO_EFFECTS = Object.freeze([]);
var NOTICES_MAX = 1e4;
var CUSTODIANS = 2;
var SILENT = "silent";
var MeshNode = class {
  self;
  links = new LinkTable();
  names;
  parts;
  #gate;
  #settings;
  #traffic;
  #doorway;
  /** The newest of each kind, for neighbours that come later. */
  #announced = /* @__PURE__ */ new Map();
  #effects = [];
  #notices = [];
  #nowMs = 0;
  #rng = () => new Uint8Array();
  constructor({ self, gate, codecs, read: read2, write, settings = NODE_DEFAULTS }) {
    this.self = self;
    this.#gate = gate;
    this.#settings = settings;
    this.names = new HubNames(settings.hubsMax);
    const sink = {
      send: (to, message) => this.#sendTo(to, message),
      route: (to, message, locator2) => this.#traffic.send(to, message, locator2),
      count: (name2, by = 1) => this.#count(name2, by),
      notice: (notice) => void this.#notices.push(notice)
    };
    this.#doorway = new Doorway({
      ...{ self, gate, links: this.links, settings },
      effect: (effect) => void this.#effects.push(effect),
      count: sink.count,
      send: (link, message) => void this.#send(link, message),
      cut: (link, reason) => this.#cut(link, reason),
      up: (neighbour2, hello2) => this.#neighbourUp(neighbour2, hello2)
    });
    this.#traffic = new Traffic2({
      ...{ self: self.hub, links: this.links, names: this.names, read: read2, write },
      parts: () => this.parts,
      now: () => this.#nowMs,
      effect: (effect) => void this.#effects.push(effect),
      count: sink.count,
      revoke: (revocations) => this.#revoke(revocations),
      stateDelta: (from, body) => this.parts.state.onDelta(from, body, this.#nowMs, this.#rng)
    });
    this.parts = new Parts({
      self,
      codecs,
      sink,
      isNeighbour: (hub) => this.links.of(hub) !== void 0,
      now: () => this.#nowMs,
      penalise: (via, untilMs) => this.parts.routes.penalise(via, untilMs, this.#nowMs),
      carry: (frame) => this.#traffic.carryResolved(frame),
      lost: (frame) => this.#traffic.lost(frame),
      rng: (length4) => this.#rng(length4),
      stateChanged: (entry2) => void this.#notices.push({ type: "state", entry: entry2 }),
      outbox: {
        deliver: (from, content) => this.#traffic.parcelArrived(from, content),
        settled: (parcel2, outcome) => this.#traffic.parcelSettled(parcel2, outcome),
        write: (operations, serial) => void this.#effects.push({ type: "write", operations, serial })
      }
    });
  }
  handle(input, nowMs, rng) {
    this.#nowMs = nowMs;
    this.#rng = rng;
    this.#take(input);
    if (this.#notices.length > 0) this.#settle();
    if (this.#effects.length === 0) return NO_EFFECTS;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
  get deadlineMs() {
    let { deadlineMs } = this.#doorway;
    for (const part3 of this.parts.timed) if (part3.deadlineMs < deadlineMs) deadlineMs = part3.deadlineMs;
    return deadlineMs;
  }
  #take(input) {
    switch (input.type) {
      case "frame":
        return this.#heard(input);
      case "tick":
        return this.#tick();
      case "link-opened":
        return this.#doorway.opened(input.linkId, input.dialled, input.peer, this.#nowMs);
      case "link-closed":
        return this.#closed(input.linkId, input.reason, "closed");
      case "found":
        return this.parts.overlay.found(input.peer, this.#nowMs, this.#rng);
      case "dial-failed":
        return this.parts.overlay.dialFailed(input.hub, this.#nowMs, this.#rng);
      case "announce":
        this.#announced.set(input.message.type, input.message);
        return this.parts.broadcast.publish("cell", input.message, this.#nowMs, this.#rng);
      case "send":
        if (input.reliable === void 0) return this.#traffic.send(input.to, input.message);
        return this.#traffic.sendReliably(input.to, input.message, input.reliable);
      case "publish":
        return this.parts.broadcast.publish(input.scope, input.message, this.#nowMs, this.#rng);
      case "ping":
        return this.#traffic.send(input.to, { type: "ECHO", nonce: input.nonce });
      case "say": {
        const link = this.links.get(input.linkId);
        if (link !== void 0) this.#send(link, input.message);
        return;
      }
      case "revoke":
        return this.#revoke([input.revocation]);
      case "leave":
        return this.#leave();
      case "written":
        return this.parts.outbox.written(input.serial, this.#nowMs);
      case "write-failed":
        return this.parts.outbox.writeFailed(input.serial);
      case "restore-parcels":
        return this.parts.outbox.restore(input.entries, this.#nowMs);
      case "restore":
        if (input.key === PEERS_KEY) this.parts.overlay.restore(input.value, this.#nowMs);
        else if (input.key === LESSONS_KEY) this.parts.resilience.restore(input.value, this.#nowMs);
    }
  }
  /** What is not delivered goes to the neighbours; all are told. */
  #leave() {
    const { liveness, outbox, overlay, resilience } = this.parts;
    const neighbours = this.links.neighbours().map(({ hub }) => hub);
    outbox.leave(neighbours.slice(0, CUSTODIANS), this.#nowMs);
    liveness.left();
    overlay.save(this.#nowMs);
    resilience.save(this.#nowMs);
  }
  #tick() {
    const nowMs = this.#nowMs;
    for (const part3 of this.parts.timed) if (part3.deadlineMs <= nowMs) part3.tick(nowMs, this.#rng);
    this.#doorway.tick(nowMs);
  }
  #heard({ linkId, heard }) {
    const link = this.links.get(linkId);
    if (link === void 0) return this.#count("mesh.unknownLink");
    const { neighbour: neighbour2 } = link;
    if (heard.form === "routed") {
      if (neighbour2 === void 0) return this.#count("mesh.frameBeforeHello");
      this.parts.liveness.heard(neighbour2.hub, this.#nowMs);
      return this.#traffic.carry(heard.frame, neighbour2.hub);
    }
    if (heard.seq <= link.heardSeq) return this.#count("mesh.replayedFrame");
    link.heardSeq = heard.seq;
    if (heard.message.type === "HELLO") return this.#doorway.onHello(link, heard.message, this.#nowMs);
    if (heard.message.type === "ERROR") return this.#onError(link, heard.message);
    if (neighbour2 === void 0) return this.#count("mesh.frameBeforeHello");
    this.parts.liveness.heard(neighbour2.hub, this.#nowMs);
    this.#act(neighbour2.hub, heard.seq, heard.message);
  }
  #act(from, seq, message) {
    const { liveness, overlay, routes, directory, broadcast, state } = this.parts;
    switch (message.type) {
      case "PING":
        return liveness.onPing(from, seq, message, this.#nowMs);
      case "PROBE":
        return liveness.onProbe(from, message, this.#nowMs);
      case "MEMBERS":
        return liveness.onMembers(from, message, this.#nowMs, this.#rng);
      case "NEIGHBOUR":
        overlay.onNeighbour(from, message, this.#nowMs, this.#rng);
        if (message.op === "view") liveness.watchersOf(from, overlay.watchersOf(from));
        return;
      case "ROUTE":
        return routes.onRoute(from, message, this.#nowMs, this.#rng);
      case "LOOKUP":
        return directory.onLookup(from, message, this.#nowMs);
      case "GOSSIP":
        return broadcast.onGossip(from, message, this.#nowMs, this.#rng);
      case "SYNC":
        return state.onSync(from, message, this.#nowMs, this.#rng);
      case "REVOKE":
        return this.#revoke(message.revocations);
      default:
        this.#count(`mesh.notOnALink.${message.type}`);
    }
  }
  #neighbourUp(neighbour2, hello2) {
    this.names.meet(neighbour2.hub, neighbour2.name);
    const { liveness, overlay, routes, broadcast, state, outbox, resilience } = this.parts;
    liveness.neighbourUp(neighbour2, this.#nowMs, this.#rng);
    overlay.neighbourUp(neighbour2, this.#nowMs, this.#rng, hello2.addresses);
    routes.neighbourUp(neighbour2, this.#nowMs, this.#rng);
    broadcast.neighbourUp(neighbour2, this.#nowMs, this.#rng);
    state.neighbourUp(neighbour2, this.#nowMs, this.#rng);
    resilience.neighbourUp(neighbour2.hub, this.#nowMs);
    outbox.reachable(neighbour2.hub, this.#nowMs);
    for (const message of this.#announced.values()) this.#traffic.send(neighbour2.hub, message);
    const revocations = this.#gate.revocations();
    if (revocations.length > 0) this.#sendTo(neighbour2.hub, { type: "REVOKE", revocations });
  }
  #closed(linkId, reason, cause) {
    const removed = this.links.remove(linkId);
    if (removed === void 0 || !removed.inUse) return;
    const { peer } = removed.link;
    this.#effects.push({ type: "link-down", hub: peer, reason });
    const { liveness, overlay, routes, forwarder, directory, broadcast, state, resilience } = this.parts;
    const decided = overlay.isParting(peer) || cause === "local" && reason !== SILENT;
    resilience.neighbourDown(peer, decided, this.#nowMs);
    liveness.neighbourDown(peer, cause, this.#nowMs, this.#rng);
    overlay.neighbourDown(peer, this.#nowMs, this.#rng);
    routes.neighbourDown(peer, this.#nowMs, this.#rng);
    forwarder.neighbourDown(peer);
    directory.neighbourDown(peer);
    broadcast.neighbourDown(peer, this.#nowMs, this.#rng);
    state.neighbourDown(peer, this.#nowMs, this.#rng);
  }
  #cut(link, reason) {
    this.#effects.push({ type: "close", linkId: link.linkId, reason });
    this.#closed(link.linkId, reason, "local");
  }
  #revoke(revocations) {
    for (const bytes of revocations) {
      const verdict = this.#gate.revoke(bytes);
      if (verdict === "known") continue;
      if (verdict !== "new") {
        this.#count(verdict.problem);
        continue;
      }
      this.#notices.push({ type: "revoked", revocation: bytes });
      this.parts.broadcast.publish("everyone", { type: "REVOKE", revocations: [bytes] }, this.#nowMs, this.#rng);
    }
    for (const link of [...this.links.values()]) if (this.#gate.isRevoked(link.peer)) this.#cut(link, "revoked");
  }
  #onError(link, error2) {
    this.#count(`mesh.told.${error2.code}`);
    this.#effects.push({ type: "told", by: link.peer, proven: link.neighbour !== void 0, error: error2 });
  }
  /** What the parts have noticed, for the others and for the driver, in order. */
  #settle() {
    for (let i = 0; i < this.#notices.length; i++) {
      if (i >= NOTICES_MAX) throw new Error("two parts of the mesh answer each other without end");
      const notice = this.#notices[i];
      if (notice !== void 0) this.#onNotice(notice);
    }
    this.#notices.length = 0;
  }
  #onNotice(notice) {
    const { liveness, overlay, routes, directory, state, outbox, resilience } = this.parts;
    switch (notice.type) {
      case "rtt":
        return this.#onRtt(notice.hub, notice.rttMs);
      case "deliver":
        return this.#traffic.arrived(notice.from, 0, notice.message);
      case "dial":
        this.#effects.push(notice);
        return;
      case "silent":
      case "drop": {
        const link = this.links.of(notice.hub);
        if (link !== void 0) this.#cut(link, notice.type === "drop" ? notice.reason : SILENT);
        return;
      }
      case "hub-state":
        if (notice.state === "suspect" && this.links.of(notice.hub) !== void 0)
          routes.penalise(notice.hub, this.#nowMs + this.#settings.suspectDetourMs, this.#nowMs);
        resilience.hubState(notice.hub, notice.state, this.#nowMs);
        break;
      case "cut":
        resilience.cut(notice.hubs, this.#nowMs);
        break;
      case "cell":
        liveness.inCell(notice.hubs);
        directory.cellChanged(this.#nowMs, this.#rng);
        state.cellChanged(this.#nowMs, this.#rng);
        outbox.waysChanged(this.#nowMs);
        break;
      case "locator":
        directory.moved(this.#nowMs, this.#rng);
        outbox.waysChanged(this.#nowMs);
        break;
      case "keep":
        this.#effects.push(notice);
        return;
      case "peer":
        overlay.found(notice.peer, this.#nowMs, this.#rng);
        return;
    }
    this.#effects.push({ type: "notice", notice });
  }
  #onRtt(hub, rttMs) {
    const neighbour2 = this.links.of(hub)?.neighbour;
    if (neighbour2 === void 0) return;
    neighbour2.rttMs = rttMs;
    this.parts.overlay.rttChanged(hub, this.#rng);
    const cost = costOf(rttMs, neighbour2.cost);
    if (cost === neighbour2.cost) return;
    neighbour2.cost = cost;
    this.parts.routes.costChanged(hub, cost, this.#nowMs);
  }
  #sendTo(to, message) {
    const link = this.links.of(to);
    if (link !== void 0) return this.#send(link, message);
    this.#count("mesh.noLink");
    return 0;
  }
  /** @returns the frame's number on this link. */
  #send(link, message) {
    link.sentSeq += 1;
    this.#effects.push({ type: "send", linkId: link.linkId, seq: link.sentSeq, message });
    return link.sentSeq;
  }
  #count(name2, by = 1) {
    this.#effects.push({ type: "count", name: name2, by });
  }
};

// runtime/wire/carried.ts
function encodeCarried(message) {
  const { number: number3, encoded } = encodePayload(message);
  const bytes = new Uint8Array(1 + encoded.length);
  bytes[0] = number3;
  bytes.set(encoded, 1);
  return bytes;
}
function decodeCarried(bytes) {
  const [number3] = bytes;
  if (number3 === void 0) return { problem: "TRUNCATED", detail: "a carried message of no bytes" };
  const read2 = decodePayload({ number: number3, encoded: bytes.subarray(1) });
  return isProblem(read2) ? read2 : read2.message;
}

// runtime/mesh/liveness/statement.ts
var CONTEXT = new TextEncoder().encode("mindos-member-v1");
var STATE_BYTES = { alive: 0, left: 3 };
function statementBytes({ hub, state, epoch, incarnation }) {
  const numbers = new DataView(new ArrayBuffer(13));
  numbers.setUint8(0, STATE_BYTES[state]);
  numbers.setBigUint64(1, BigInt(epoch));
  numbers.setUint32(9, incarnation);
  return concatBytes(CONTEXT, idToBytes(hub), new Uint8Array(numbers.buffer));
}

// tools/sim/machines/keyed-hash.ts
var PROOF_BYTES = 96;
var HASH_BYTES = 32;
function hash(bytes) {
  return spread(bytes, HASH_BYTES);
}
var STATEMENTS = {
  prove: (statement) => spread(statementBytes(statement), PROOF_BYTES),
  holds: (statement, proof) => bytesEqual(spread(statementBytes(statement), PROOF_BYTES), proof)
};
var PLACES = {
  sign: (bytes) => spread(bytes, PROOF_BYTES),
  verify: (_hub, proof, bytes) => bytesEqual(spread(bytes, PROOF_BYTES), proof)
};
function spread(bytes, length4) {
  const out = new Uint8Array(length4);
  const view = new DataView(out.buffer);
  let state = 2166136261;
  for (let i = 0; i < bytes.length; i++) state = Math.imul(state ^ bytes[i], 16777619);
  for (let at = 0; at < length4; at += 4) {
    state = mix2(state + 2654435769 + at);
    view.setUint32(at, state);
  }
  return out;
}
function mix2(value2) {
  let state = value2 >>> 0;
  state = Math.imul(state ^ state >>> 16, 2246822507);
  state = Math.imul(state ^ state >>> 13, 3266489909);
  return (state ^ state >>> 16) >>> 0;
}

// tools/sim/machines/node.ts
var CERTIFICATES = [new Uint8Array(170)];
var SimulatedNode = class {
  node;
  constructor({ hub, index, epoch, boot, addresses, wallMs }) {
    this.node = new MeshNode({
      self: { hub, epoch, boot, name: `hub ${index}`, addresses },
      gate: EVERYBODY,
      codecs: {
        ...{ hash, encode: encodeCarried, decode: carried, statements: STATEMENTS, places: PLACES },
        registries: [],
        wallMs: () => wallMs()
      },
      write: encodePayload,
      read: (payload) => {
        const read2 = decodePayload(payload);
        return isProblem(read2) ? void 0 : read2.message;
      }
    });
  }
  get deadlineMs() {
    return this.node.deadlineMs;
  }
  handle(input, nowMs, rng) {
    const effects = this.node.handle(input, nowMs, rng);
    return effects.some(({ type }) => type === "write") ? this.#written(effects, nowMs, rng) : effects;
  }
  /** A disk that takes no time: every write is followed by its answer. */
  #written(effects, nowMs, rng) {
    const all = [];
    const waiting = [...effects];
    for (let effect = waiting.shift(); effect !== void 0; effect = waiting.shift()) {
      if (effect.type !== "write") all.push(effect);
      else waiting.push(...this.node.handle({ type: "written", serial: effect.serial }, nowMs, rng));
    }
    return all;
  }
  inspect() {
    const { liveness, routes, directory } = this.node.parts;
    return {
      tables: [
        { table: "links", size: this.node.links.size, max: 128 },
        { table: "routes", size: routes.table().length, max: 256 },
        { table: "places", size: directory.placesHeld, max: 4096 }
      ],
      cell: routes.cell(),
      members: new Map(liveness.members().map(({ hub, state }) => [hub, state]))
    };
  }
};
var EVERYBODY = {
  chain: () => CERTIFICATES,
  check: () => void 0,
  checkEpoch: () => ({ type: "ok" }),
  revoke: () => "known",
  isRevoked: (_hub) => false,
  revocations: () => []
};
function carried(bytes) {
  const message = decodeCarried(bytes);
  return "problem" in message ? void 0 : message;
}
var node = {
  name: "node",
  about: "the mesh's node, as a hub runs it",
  boot: (birth) => new SimulatedNode(birth)
};

// tools/sim/machines/pinger.ts
var PING_INTERVAL_MS2 = 1e3;
var NOTHING = [];
var STRIDE2 = 3;
var DUE = 1;
var SENT = 2;
var Pinger = class {
  #hub;
  #links = [];
  deadlineMs = Number.POSITIVE_INFINITY;
  constructor(birth) {
    this.#hub = birth.hub;
  }
  handle(input, nowMs, rng) {
    switch (input.type) {
      case "tick":
        return this.#ping(nowMs);
      case "frame":
        return this.#heard(input);
      case "found":
        return this.#hub < input.peer.hub ? [{ type: "dial", hub: input.peer.hub, addresses: input.peer.addresses }] : NOTHING;
      case "link-opened": {
        const staggerMs = (rng(1)[0] ?? 0) / 256 * PING_INTERVAL_MS2;
        const dueMs = input.dialled ? nowMs + staggerMs : Number.POSITIVE_INFINITY;
        this.#links.push(input.linkId, dueMs, 0);
        this.deadlineMs = Math.min(this.deadlineMs, dueMs);
        return NOTHING;
      }
      case "link-closed": {
        const at = this.#find(input.linkId);
        if (at >= 0) this.#links.splice(at, STRIDE2);
        return NOTHING;
      }
      default:
        return NOTHING;
    }
  }
  #ping(nowMs) {
    const effects = [];
    const links = this.#links;
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < links.length; at += STRIDE2) {
      let dueMs = links[at + DUE];
      if (dueMs <= nowMs) {
        dueMs = nowMs + PING_INTERVAL_MS2;
        links[at + DUE] = dueMs;
        effects.push(this.#send(at, { type: "PING" }));
      }
      if (dueMs < deadlineMs) deadlineMs = dueMs;
    }
    this.deadlineMs = deadlineMs;
    return effects;
  }
  #heard({ linkId, heard }) {
    if (heard.form !== "link" || heard.message.type !== "PING" || heard.message.ackOf !== void 0) return NOTHING;
    const at = this.#find(linkId);
    return at < 0 ? NOTHING : [this.#send(at, { type: "PING", ackOf: heard.seq })];
  }
  #send(at, message) {
    const seq = this.#links[at + SENT] + 1;
    this.#links[at + SENT] = seq;
    return { type: "send", linkId: this.#links[at], seq, message };
  }
  #find(linkId) {
    for (let at = 0; at < this.#links.length; at += STRIDE2) if (this.#links[at] === linkId) return at;
    return -1;
  }
};
var pinger = {
  name: "pinger",
  about: "pings its links once a second and does nothing else: the engine's own cost",
  boot: (birth) => new Pinger(birth)
};

// tools/sim/machines/all.ts
var KINDS = [node, flood, pinger];
var MACHINES = new Map(KINDS.map((kind) => [kind.name, kind]));
function machineOf(name2) {
  const found = MACHINES.get(name2);
  if (found !== void 0) return found;
  throw new RangeError(`no machine "${name2}"; there are: ${[...MACHINES.keys()].join(", ")}`);
}

// tools/sim/report.ts
var TRAFFIC_ROWS = 12;
var COUNT_ROWS = 16;
function printOutcome(outcome) {
  const { hubs: hubs2, topology: topology2, machine: machine2, simulatedMs, wallMs, events } = outcome;
  console.log(
    `${outcome.scenario}: ${hubs2} hubs on ${topology2}, machine ${machine2}, seed ${outcome.seed}, ${simulatedMs / 1e3} s simulated in ${(wallMs / 1e3).toFixed(1)} s, ${(events / 1e6).toFixed(2)} million events (${(events / wallMs / 1e3).toFixed(2)} million a second), trace ${outcome.traceHash}`
  );
  if (outcome.heapBytesPerHub !== null) console.log(`  heap: ${outcome.heapBytesPerHub} bytes a hub`);
  for (const [name2, value2] of Object.entries(outcome.figures)) console.log(`  ${name2.padEnd(24)} ${shown(value2)}`);
  const seconds = simulatedMs / 1e3;
  console.log("  sent, by kind              frames/s a hub   bytes/s a hub");
  for (const { kind, frames, bytes } of outcome.traffic.slice(0, TRAFFIC_ROWS)) {
    const per = (value2) => (value2 / seconds / hubs2).toFixed(2).padStart(14);
    console.log(`    ${kind.padEnd(22)}${per(frames)}  ${per(bytes)}`);
  }
  const counts = [...outcome.counts].sort((a, b) => b[1] - a[1]).slice(0, COUNT_ROWS);
  if (counts.length > 0) console.log(`  counted: ${counts.map(([name2, count]) => `${name2} ${count}`).join(", ")}`);
  for (const { atMs, invariant, detail } of outcome.violations)
    console.log(`  BROKEN ${invariant} at ${atMs} ms: ${detail}`);
  if (outcome.violationCount > outcome.violations.length) console.log(`  \u2026 ${outcome.violationCount} in all`);
}
function shown(value2) {
  if (value2 === null) return "never";
  return Number.isInteger(value2) ? String(value2) : value2.toPrecision(5);
}

// ../../tmp/simperf/one.mts
var [name, machine = "node", seed = "1", hubs, topology, minutes, wire] = process.argv.slice(2);
var scenario = scenarioOf(name);
printOutcome(runScenario({ scenario, machine: machineOf(machine), seed: +seed, hubs: +(hubs ?? scenario.hubs), topology: topology ?? scenario.topology, minutes: +(minutes ?? scenario.minutes), wire: wire === "wire" }));
