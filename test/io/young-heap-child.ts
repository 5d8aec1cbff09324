/** Keeps all that it makes, with `keepYoungHeapSmall` ("small") or without. Prints the most that V8's young generation had. Unit: MiB. */
import { getHeapSpaceStatistics } from "node:v8";
import { keepYoungHeapSmall } from "../../runtime/io/young-heap.js";

const OBJECTS = 300_000;
const LOOK_EVERY = 1000;

if (process.argv[2] === "small") keepYoungHeapSmall();
const kept: unknown[] = [];
let most = 0;
for (let i = 0; i < OBJECTS; i++) {
  kept.push({ i, of: [i, i] });
  if (i % LOOK_EVERY !== 0) continue;
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  most = Math.max(most, young?.space_size ?? Number.NaN);
}
console.log(kept.length > 0 ? most / 2 ** 20 : 0);
