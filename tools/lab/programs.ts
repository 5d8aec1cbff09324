/** The lab's programs as bundles: fifty of them start on two cores, and none of them has the time to read TypeScript. */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { LAUNCHER_OPTIONS, MODULE_OPTIONS, SCRIPT_OPTIONS } from "../build.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface LabPrograms {
  readonly hub: string;
  /** Where the first hubs that settle leave their code for those that start after them. */
  readonly keptCode: string;
  readonly air: string;
  /** A hub whose time is told to it. */
  readonly stepped: string;
}

let built: Promise<LabPrograms> | undefined;

/** Built once for each process of the lab's; removed when it ends. Inside the checkout, where native packages are found. */
export function labPrograms(): Promise<LabPrograms> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<LabPrograms> {
  removeLeftovers();
  const outdir = join(root, ".bench", `lab-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await Promise.all([
    build({
      ...LAUNCHER_OPTIONS,
      entryPoints: { launcher: "tools/lab/hub-launcher.ts" },
      outdir,
      // The folder above is one of modules.
      outExtension: { ".js": ".cjs" },
    }),
    build({ ...SCRIPT_OPTIONS, entryPoints: { hub: "tools/lab/hub-process.ts" }, outdir }),
    build({
      ...MODULE_OPTIONS,
      entryPoints: { air: "tools/lab/air-process.ts", stepped: "tools/lab/stepped-hub.ts" },
      outdir,
    }),
  ]);
  return {
    hub: join(outdir, "launcher.cjs"),
    keptCode: join(outdir, "code"),
    air: join(outdir, "air.mjs"),
    stepped: join(outdir, "stepped.mjs"),
  };
}

/** Of labs that were killed. */
function removeLeftovers(): void {
  const folder = join(root, ".bench");
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /^lab-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
