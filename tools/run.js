/**
 * `npm start` and `npm test` on a fresh machine: install what is missing, build what is stale, then run.
 * Node built-ins only, since nothing else is there yet. Everything it says goes to standard error, so that
 * `npm start -- --headless --json` leaves standard output to the events.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MINIMUM = [20, 12];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, "node_modules", ".mindos-install");
const buildStamp = join(root, "dist", ".stamp");
const BUILD_INPUTS = [
  "runtime",
  "firmware-bridge",
  "boards",
  "models",
  "tools/build.ts",
  "tools/registries.ts",
  "tools/stubs",
  "package.json",
];

const LAYERED = ["runtime", "firmware-bridge", "boards", "tools", "test"];
const tsx = ["--import", "tsx"];
/** A simulated hub is some 100 kB, so Node's own limit (4 GB) ends at 40,000 hubs. What an event makes dies with it: a larger young heap is
 *  collected less often (measured: a third of the collections' time, a tenth of a cold start). */
const roomy = [`--max-old-space-size=${Math.floor((totalmem() * 0.75) / 2 ** 20)}`, "--max-semi-space-size=64"];
const vitest = "node_modules/vitest/vitest.mjs";
/** What each npm script does once everything is installed; `steps` stop at the first failure. */
const tasks = {
  start: { built: true, steps: [["dist/mindos.js", "swarm"]] },
  mindos: { built: true, steps: [["dist/mindos.js"]] },
  test: { built: true, steps: [[vitest, "run", "--project", "unit"]] },
  "test:system": { built: true, steps: [[vitest, "run", "--project", "system"]] },
  bench: { built: true, steps: [[...roomy, ...tsx, "tools/bench/main.ts"]] },
  fuzz: { built: false, steps: [[...tsx, "tools/fuzz/main.ts"]] },
  sim: { built: false, steps: [[...roomy, ...tsx, "tools/sim/main.ts"]] },
  train: { built: false, steps: [[...tsx, "tools/train/main.ts"]] },
  build: { built: false, steps: [[...tsx, "tools/build.ts"]] },
  registries: { built: false, steps: [[...tsx, "tools/registries.ts"]] },
  check: {
    built: false,
    steps: [
      [...tsx, "tools/registries.ts", "--check"],
      ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
      ["node_modules/dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.cjs", ...LAYERED],
      ["node_modules/typescript/bin/tsc", "-p", "."],
      ["node_modules/typescript/bin/tsc", "-p", "runtime/dashboard/page"],
      [...tsx, "tools/build.ts"],
      [vitest, "run", "--project", "unit"],
    ],
  },
};

async function main() {
  const [name, ...rest] = process.argv.slice(2);
  const task = tasks[name];
  if (task === undefined) return fail(`unknown task "${name}"; there are: ${Object.keys(tasks).join(", ")}`);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor < NODE_MINIMUM[1]))
    return fail(`Node ${process.versions.node} is too old: install Node ${NODE_MINIMUM.join(".")} or newer`);
  process.chdir(root);
  if (!(await ensureInstalled())) return;
  if (task.built && !(await ensureBuilt())) return;
  for (const [index, step] of task.steps.entries()) {
    if (task.steps.length > 1)
      process.stderr.write(`mindos: ${name} ${index + 1}/${task.steps.length}: ${step.join(" ")}\n`);
    const extra = index === task.steps.length - 1 ? systemFilter(name, rest) : [];
    process.exitCode = await run(process.execPath, [...step, ...extra], { stdio: "inherit" });
    if (process.exitCode !== 0) return;
  }
}

/** `npm run test:system -- radio` runs the files whose name has "radio" in it. */
function systemFilter(name, rest) {
  return name === "test:system" ? rest.map((word) => (word.startsWith("-") ? word : `test/system/${word}`)) : rest;
}

async function ensureInstalled() {
  const wanted = hash(
    [join(root, "package-lock.json")],
    `${process.platform} ${process.arch} ${process.versions.modules}`,
  );
  if (existsSync(installStamp) && readFileSync(installStamp, "utf8") === wanted) return true;
  if (!existsSync(installStamp) && isInstalledByNpm()) {
    writeFileSync(installStamp, wanted);
    return true;
  }
  const total = countWanted();
  const done = progress("installing", () => `${countInstalled()} of ${total} packages from the npm registry`);
  const npm = process.env.npm_execpath;
  const output = [];
  const status = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, "ci"], { output })
    : await run(process.platform === "win32" ? "npm.cmd" : "npm", ["ci"], {
        output,
        shell: process.platform === "win32",
      });
  done(status === 0 ? `${countInstalled()} packages` : undefined);
  if (status !== 0) {
    process.stderr.write(output.join(""));
    fail(
      "`npm ci` failed (its words are above). Check the connection to the npm registry and the free disk space, then run this again.",
    );
    return false;
  }
  writeFileSync(installStamp, wanted);
  return true;
}

/** Somebody has typed `npm ci`: npm notes in a lock file of its own what lies there. What is for other machines does not. */
function isInstalledByNpm() {
  const noted = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(noted)) return false;
  const there = JSON.parse(readFileSync(noted, "utf8")).packages;
  const { "": _, ...wanted } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, { optional, version }]) =>
    there[path] === undefined ? optional === true : there[path].version === version,
  );
}

/** What `countInstalled` comes to: packages inside of others, and those for other machines, are not counted. */
function countWanted() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const isFor = (list, here) => list === undefined || list.includes(here);
  return Object.entries(packages).filter(
    ([path, { cpu, os }]) =>
      path.lastIndexOf("node_modules/") === 0 && isFor(os, process.platform) && isFor(cpu, process.arch),
  ).length;
}

/** How far npm has come: it moves each package into place when it is unpacked. */
function countInstalled() {
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return 0;
  let count = 0;
  for (const name of readdirSync(modules)) {
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) count += 1;
    else count += readdirSync(join(modules, name)).filter((inner) => !inner.startsWith(".")).length;
  }
  return count;
}

async function ensureBuilt() {
  const wanted = hash(
    [...BUILD_INPUTS.flatMap((path) => filesBelow(join(root, path))), join(root, "package-lock.json")],
    "build 1",
  );
  if (existsSync(buildStamp) && readFileSync(buildStamp, "utf8") === wanted) return true;
  const done = progress("building", () => "the hub, the inference process and the page");
  const output = [];
  const status = await run(process.execPath, ["--import", "tsx", "tools/build.ts"], { output });
  done(status === 0 ? "dist/" : undefined);
  if (status !== 0) {
    process.stderr.write(output.join(""));
    fail("the build failed (its words are above)");
    return false;
  }
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(buildStamp, wanted);
  return true;
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function hash(paths, salt) {
  const sum = createHash("sha256").update(salt);
  for (const path of paths) sum.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  return sum.digest("hex");
}

/** A log stays readable, and nobody takes the silence for a hang: some minutes on a Pi's card. Unit: ms. */
const TELL_MS = { terminal: 250, log: 10_000 };

/** A line that is rewritten on a terminal; elsewhere a line now and then. */
function progress(verb, detail) {
  const startedMs = Date.now();
  const seconds = () => `${((Date.now() - startedMs) / 1000).toFixed(0)} s`;
  const live = process.stderr.isTTY === true;
  const [before, after] = live ? ["\r\x1b[K", ""] : ["", "\n"];
  const tell = () => process.stderr.write(`${before}mindos: ${verb} ${detail()}, ${seconds()}${after}`);
  tell();
  const timer = setInterval(tell, live ? TELL_MS.terminal : TELL_MS.log);
  return (result) => {
    clearInterval(timer);
    const end = result === undefined ? `${verb} failed` : `${verb} done: ${result}`;
    process.stderr.write(`${live ? "\r\x1b[K" : ""}mindos: ${end}, ${seconds()}\n`);
  };
}

/** @returns the exit status; a signal counts as 128 + its number, as in a shell. */
function run(command, args, { stdio, output, shell }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: stdio ?? ["ignore", "pipe", "pipe"], shell: shell ?? false });
    const forward = (signal) => child.kill(signal);
    const signals = ["SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    // Ctrl-C reaches the whole foreground group already: only outlive the child.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    child.stdout?.on("data", (chunk) => output?.push(chunk.toString()));
    child.stderr?.on("data", (chunk) => output?.push(chunk.toString()));
    const finish = (status) => {
      for (const signal of signals) process.off(signal, forward);
      process.off("SIGINT", ignore);
      resolve(status);
    };
    child.on("error", (error) => {
      output?.push(`${error.message}\n`);
      finish(127);
    });
    child.on("close", (code, signal) => finish(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

function fail(message) {
  process.stderr.write(`mindos: ${message}\n`);
  process.exitCode = 1;
}

await main();
