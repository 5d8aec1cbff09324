import { StateNet, entryOf, sha256, frameBytes } from "./state-net.js";
import { ringWithChords } from "./small-net.js";
const hex = (n: number) => Buffer.from(sha256(Buffer.from("k" + n))).subarray(0, 16).toString("hex");
const mode = process.argv[2] ?? "updates"; const per = Number(process.argv[3] ?? 20); const settings = JSON.parse(process.env.S ?? "{}");
const N = 10000;
const net = new StateNet(3, undefined, settings);
for (let i = 0; i < 2 * per; i++) net.addHub();
const base = Array.from({ length: N }, (_, i) => entryOf(hex(i)));
if (mode !== "disjoint") for (const s of net.stations) for (const e of base) s!.state.restore(e, 0);
// two halves: rings
for (let h = 0; h < 2; h++) for (let i = 0; i < per; i++) { if (per > 1) net.link(h * per + i, h * per + (i + 1) % per, 15); for (let c = 0; c < 2 && per > 4; c++) net.link(h * per + i, h * per + Math.floor(net.random() * per), 15); }
net.run(60_000);
let diffBytes = 0;
const a = Math.min(7, per - 1), b = per + Math.min(3, per - 1);
if (mode === "updates") for (let i = 0; i < 200; i++) { const half = i % 2; const e = entryOf(hex(Math.floor(i * 49.7)), 2); diffBytes += frameBytes({ type: "SYNC", scope: "everyone", open: false, more: false, ranges: [], wants: [], entries: [e] }) - 8; net.put(half * per + (i % per), e); if (i % 40 === 39) net.run(net.nowMs + 2000); }
if (mode === "adds") for (let i = 0; i < 200; i++) { const half = i % 2; const e = entryOf(hex(N + i)); diffBytes += 125; net.put(half * per + (i % per), e); }
if (mode === "disjoint") { for (let i = 0; i < N; i++) { const h = i % 2; for (let k = 0; k < per; k++) net.station(h * per + k).state.restore(base[i]!, 0); diffBytes += 125; } }
net.run(net.nowMs + 60_000);
const half = [...Array(per).keys()];
console.log("halves agree", net.agrees(half), net.agrees(half.map(i => i + per)), "all", net.agrees());
net.metering = true; let turns = 0;
const t = net.nowMs; const c0 = process.cpuUsage();
net.link(a, b, 20);
let healed = -1, pair = -1;
for (let ms = 0; ms < 120000 && healed < 0; ms += 10) { net.run(t + ms); if (pair < 0 && net.agrees([a, b])) pair = ms; if (pair >= 0 && net.agrees()) healed = ms; }
const cpu = process.cpuUsage(c0);
net.run(net.nowMs + 3000);
console.log(mode, "pair ms", pair, "healed ms", healed, "bytes", net.over(a, b), "diff", diffBytes, "ratio", (net.over(a, b) / diffBytes).toFixed(2), "cpu ms", (cpu.user / 1000).toFixed(0), Object.fromEntries(net.counts));
if (mode === "updates") { // idle
  net.metering = true; net.bytes.clear(); net.syncBytes = 0; const t1 = net.nowMs; net.run(t1 + 3_600_000); let sum = 0; for (const v of net.bytes.values()) sum += v; console.log("idle B/s/hub", (sum / (2 * per) / 3600).toFixed(3)); }
