import { runScenario } from "./tools/sim/run.ts";
import { scenarioOf } from "./tools/sim/scenarios/all.ts";
import { machineOf } from "./tools/sim/machines/all.ts";
const [name, topology, hubs, secs="12"] = process.argv.slice(2);
const scenario = scenarioOf(name);
let dark = new Set<number>(); let simRef: any; let cutMs = 0;
const planned = scenario.plan;
const N = Number(hubs);
const sc = { ...scenario, plan(s: any) { const p: any = planned(s); cutMs = p.faults[0].atMs; dark = new Set(p.faults[0].hubs); return { ...p, faults: process.env.HEAL ? p.faults : [p.faults[0]], reach: [], agreedMs: undefined, endMs: process.env.HEAL ? p.endMs : cutMs + Number(secs)*1000 }; } };
const o = runScenario({ scenario: sc as any, machine: machineOf("node"), seed: 1, hubs: N, topology, minutes: 1, prepare: (sim: any) => {
  const ids = new Map<string, number>(); for (let i = 0; i < sim.topology.hubs; i++) ids.set(sim.idOf(i), i);
  const node = (i: number) => sim.hubs.machine[i].node;
  (globalThis as any).__dbg={hub: sim.idOf(81), n:(h:any)=>ids.get(h)};
  const probe = () => {
    const healed = !!process.env.HEAL && sim.nowMs > cutMs + 30000; const alive = [...Array(sim.topology.hubs).keys()].filter((i) => !dark.has(i) || sim.nowMs < cutMs || healed);
    // components by real links (both alive & linked)
    const comp = new Map<number, number>(); let c = 0;
    const adj = (i: number) => node(i).links.neighbours().map((x: any) => ids.get(x.hub)!).filter((j: number) => alive.includes(j) && node(j).links.of(sim.idOf(i)));
    const aliveSet = new Set(alive);
    for (const s of alive) { if (comp.has(s)) continue; c++; const st = [s]; comp.set(s, c); while (st.length) { const x = st.pop()!; for (const y of node(x).links.neighbours().map((n: any) => ids.get(n.hub)!)) if (aliveSet.has(y) && !comp.has(y)) { comp.set(y, c); st.push(y); } } }
    const members = new Map<number, number[]>(); for (const [i, g] of comp) { if (!members.has(g)) members.set(g, []); members.get(g)!.push(i); }
    const why = new Map<string, number>(); let total = 0;
    let rnd = 12345; const rand = (n: number) => { rnd = (Math.imul(rnd, 1103515245) + 12345) >>> 0; return (rnd >>> 8) % n; };
    for (let k = 0; k < 400; k++) {
      const a = alive[rand(alive.length)]; const same = members.get(comp.get(a)!)!; const b = same[rand(same.length)]; if (a === b || comp.get(a) !== comp.get(b)) continue; total++;
      const bid = sim.idOf(b); const loc = node(b).parts.routes.locator; const known = node(a).parts.directory.known(bid, sim.nowMs);
      let x = a, r = "ok"; const seen = new Set<number>();
      for (let h = 0; h < 127; h++) { if (x === b) break; if (seen.has(x)) { r = "loop"; if (process.env.WHY && sim.nowMs > cutMs + Number(process.env.WHY)) console.log("LOOP", a, "->", b, "bloc", loc.map((l:any)=>ids.get(l)), [...seen].map((z)=>z+"("+node(z).parts.routes.locator.map((l:any)=>ids.get(l)).join("/")+")").join(" "), "again", x); break; } seen.add(x); const n = node(x); const nh = n.links.of(bid) ? bid : n.parts.routes.nextHop(bid, loc); if (!nh) { r = "noroute"; if (process.env.WHY && sim.nowMs > cutMs + Number(process.env.WHY)) { console.log("NOROUTE", a,"->",b,"at",x,"h",h, "bloc", loc.map((l:any)=>ids.get(l)), "xloc", n.parts.routes.locator.map((l:any)=>ids.get(l)), "xrank", n.parts.routes.rank, "xtable", n.parts.routes.table().map((q:any)=>ids.get(q.destination)+"r"+q.level).join(" "), "nb", n.links.neighbours().map((q:any)=>ids.get(q.hub)+":"+node(ids.get(q.hub)!).parts.routes.locator.map((l:any)=>ids.get(l)).join("/")).join(" ")); } break; } const y = ids.get(nh)!; if (dark.has(y) && sim.nowMs >= cutMs && !healed) { const st = n.parts.liveness.state(nh); const alt = n.parts.routes.alternative(bid, loc, nh); r = "dead-next:" + st + (alt ? ":alt" : ":noalt"); break; } x = y; }
      const stale = known && JSON.stringify(known) !== JSON.stringify(loc) ? " stale" : "";
      why.set(r + stale, (why.get(r + stale) ?? 0) + 1);
    }
    const cells = new Set(alive.map((i) => node(i).parts.routes.locator[0] ?? "")); const cellSizes = alive.map((i) => node(i).parts.routes.cell().length).sort((x, y) => x - y);
    const links = alive.reduce((s, i) => s + node(i).links.neighbours().filter((n: any) => dark.has(ids.get(n.hub)!)).length, 0);
    console.log(((sim.nowMs - cutMs) / 1000).toFixed(1), "alive", alive.length, "comps", c, "pairs", total, Object.fromEntries(why), "cells", cells.size, "cell p50/max", cellSizes[cellSizes.length >> 1], cellSizes.at(-1), "deadlinks", links, "ranks", alive.filter((i) => node(i).parts.routes.rank > 0).length, "top", Math.max(...alive.map((i) => node(i).parts.routes.topLevel)));
  };
  for (let t = 2000; t < cutMs; t += process.env.HEAL ? 36000 : 6000) sim.at(t, probe);
  if (process.env.HEAL) for (const t of [20000, 31000,32000,33000,34000,36000,38000,40000,45000,50000,60000,68000]) sim.at(cutMs+t, probe); else for (let t = -500; t <= 12000; t += t < 4000 ? 500 : 1000) sim.at(cutMs + t, probe);
} });
console.log(Object.fromEntries(o.counts), o.wallMs);
