import { OverlayNet, scattered } from "./mesh/overlay/overlay-net.js";
const net = new OverlayNet({ seed: 7 });
scattered(net, 1000, 100, 5);
const c0=process.cpuUsage(); net.run(10_000); const c1=process.cpuUsage(c0); net.run(60_000); const c2=process.cpuUsage(c0); console.log("cpu ms", c1.user/1000, c2.user/1000, net.hubs.reduce((s,h)=>s+h.dials,0), net.components().slice(0,3));
