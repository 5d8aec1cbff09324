import { OverlayNet, scattered } from "./mesh/overlay/overlay-net.js";
const n = Number(process.argv[2] ?? 1000);
const net = new OverlayNet({ seed: 7, countBytes: true });
scattered(net, n, 100, 5);
const t0 = Date.now();
let last=0;
const show=(label:string)=>{ const d=net.degrees(); const b=net.hubs.reduce((s,h)=>s+h.bytes,0); 
 console.log(label,(net.nowMs/1000).toFixed(0)+"s", "comp",net.components().slice(0,4).join(","), "deg", d[0], d[d.length>>1], d[Math.floor(d.length*0.99)], d.at(-1), "mean", (d.reduce((a,b)=>a+b,0)/d.length).toFixed(2), "rtt", net.meanLinkRttMs().toFixed(1), "B/s", ((b-last)/net.alive.length).toFixed(0), "dials", net.hubs.reduce((s,h)=>s+h.dials,0), "wall", Date.now()-t0); last=b;};
for (const t of [3,10,30,60,120,300,600,900]) { net.run(t*1000); show("grow"); }
for (const h of net.alive) if (net.random.fraction()<0.5) net.crash(h);
for (const t of [0.5,1,2,3,5,10,30,60]) { net.run(900_000+t*1000); show("half"); }
const c=new Map<string,number>(); for(const h of net.hubs) for(const [k,v] of h.counts) c.set(k,(c.get(k)??0)+v); console.log(c);
const p=new Map<string,number>(); for(const h of net.alive) for(const l of h.overlay.links()) p.set(l.purpose,(p.get(l.purpose)??0)+1); console.log(p);
