/**
 * The entry of `mindos`: which of the two bundles runs. A hub is one script that starts from what V8 compiled of it the last
 * time (`io/code-cache.ts`); the commands are many small modules, of which each loads the few that it needs.
 */
import { join } from "node:path";

async function runHub(): Promise<void> {
  const { codeCacheFolder, runScript } = await import("./io/code-cache.js");
  runScript(join(__dirname, "hub.js"), codeCacheFolder(process.env));
}

function runCommand(): Promise<unknown> {
  const program: string = "./commands.mjs";
  return import(program);
}

void (process.argv[2] === "hub" ? runHub() : runCommand());
