/** A process of `broker.ts`'s bench: a broker that lets everybody do everything. */
import { createCounters } from "../../../runtime/core/counters.js";
import { startBroker } from "../../../runtime/io/broker.js";

const everything = { connect: () => true, publish: () => true, subscribe: () => true };
const broker = await startBroker({ port: 0, counters: createCounters(), authorise: everything });
process.send?.(broker.port);
