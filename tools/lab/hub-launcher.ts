/** Starts a lab's hub as `mindos` starts a hub: from kept code, here of all hubs of the lab together. */
import { join } from "node:path";
import { runScript } from "../../runtime/io/code-cache.js";

runScript(join(__dirname, "hub.js"), join(__dirname, "code"));
