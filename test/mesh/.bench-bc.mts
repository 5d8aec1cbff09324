import { BroadcastNet } from "/work/main/test/mesh/broadcast-net.js";
import { ringWithChords } from "/work/main/test/mesh/small-net.js";
const N = Number(process.argv[2] ?? 1000), gap = Number(process.argv[3] ?? 1000), msgs = Number(process.argv[4] ?? 60), churn = Number(process.argv[5] ?? 0);
const net = new BroadcastNet(7, JSON.parse(process.env.S ?? "{}"));
for (let i = 0; i < N; i++) net.addHub();
ringWithChords(net as never, N, 6, 10);
let t0 = Date.now();
const warm = 20;
for (let w = 0; w < warm; w++) { net.say(Math.floor(net.random() * N), "warm" + w); net.run(net.nowMs + 1000); if (w < 3 || w == warm - 1) console.log("warm", w, JSON.stringify(net.resetCosts()), net.heardBy("warm" + w)); else net.resetCosts(); }
net.run(net.nowMs + 5000); net.resetCosts();
const alive = () => net.stations.flatMap((s, i) => s ? [i] : []);
const churnPerMs = (churn / 100) * N / 60000; let owe = 0;
const marks: {text: string, atMs: number, alive: Set<number>}[] = [];
const born: number[] = Array(N).fill(0);
const died = new Set<number>();
for (let m = 0; m < msgs; m++) {
  const a = alive(); const who = a[Math.floor(net.random() * a.length)]!;
  marks.push({ text: "m" + m, atMs: net.nowMs, alive: new Set(a) });
  net.say(who, "m" + m);
  marks.at(-1)!.alive.delete(who);
  // churn spread over the gap
  for (let s = 0; s < 10; s++) {
    net.run(net.nowMs + gap / 10);
    owe += churnPerMs * gap / 10;
    while (owe >= 1) {
      owe -= 1;
      const a2 = alive(); const victim = a2[Math.floor(net.random() * a2.length)]!;
      const orphans = net.neighbours(victim);
      net.crash(victim, 1500);
      // neighbours repair after 2 s; a newcomer joins with 6
      net.at(net.nowMs + 2000, () => { for (const o of orphans) if (net.stations[o] && net.neighbours(o).length < 5) { const a3 = alive(); net.link(o, a3[Math.floor(net.random() * a3.length)]!, 15); } });
      const j = net.addHub(); for (let k = 0; k < 6; k++) { const a3 = alive(); net.link(j, a3[Math.floor(net.random() * a3.length)]!, 10 + 20 * net.random()); }
    }
  }
}
net.run(net.nowMs + 10000);
let want = 0, got = 0;
for (const mk of marks) for (const i of mk.alive) { const s = net.stations[i]; if (!s) continue; want++; if (s.heard.get(mk.text)) got++; }
const dup = marks.filter(m => net.heardBy(m.text) < 0).length;
const c = net.resetCosts();
console.log(JSON.stringify(c), "copies/delivery", (c.payloads / c.deliveries).toFixed(4), "delivered", got, "of", want, "dup", dup, "ihave bytes/hub/s", ((c.announceBytes) / N / (msgs * gap / 1000)).toFixed(1), "ihaveBytes per delivery", (c.announceBytes / c.deliveries).toFixed(1), Object.fromEntries(net.counts), "cpu s", (Date.now() - t0) / 1000);
