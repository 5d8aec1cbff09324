/**
 * Who may import whom (see runtime/ARCHITECTURE.md). A rule forbids everything that is not named in it.
 * dependency-cruiser reports "node:fs" as "fs", so `core` matches by dependency type.
 */
const ours = "^(runtime|firmware-bridge|boards|models|tools|test)/";
const node = ["core"];
const npm = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];

/** A room may reach itself, runtime/core, and what `more` names. */
const room = (name, path, more = []) => ({
  name: `${name}-stays-in-its-room`,
  severity: "error",
  from: { path },
  to: { path: ours, pathNot: [path, "^runtime/core/", ...more] },
});
const noNode = (name, path) => ({
  name: `${name}-does-no-io`,
  severity: "error",
  from: { path },
  to: { dependencyTypes: node },
});
const onlyPackages = (name, path, allowed) => ({
  name: `${name}-packages`,
  severity: "error",
  from: { path },
  to: { dependencyTypes: npm, ...(allowed === undefined ? {} : { pathNot: `node_modules/(${allowed})/` }) },
});

const pure = [
  ["core", "^runtime/core/", undefined],
  ["wire", "^runtime/wire/", "cbor-x|valibot"],
  ["mesh", "^runtime/mesh/", undefined],
  ["intents", "^runtime/intents/", undefined],
  ["inference", "^runtime/inference/", "valibot"],
  ["agents", "^runtime/agents/", undefined],
  ["config", "^runtime/config/", "valibot|smol-toml"],
  ["decoders", "^firmware-bridge/decoders/", undefined],
  ["boards", "^boards/[^/]+\\.ts$", undefined],
];

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "packages-are-declared",
      severity: "error",
      from: { path: "^(runtime|firmware-bridge|boards)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown"] },
    },
    {
      name: "what-runs-does-not-need-dev-packages",
      severity: "error",
      from: { path: "^(runtime|firmware-bridge|boards)/", pathNot: "^runtime/dashboard/page/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    },
    ...pure.flatMap(([name, path, allowed]) => [
      room(name, path),
      noNode(name, path),
      onlyPackages(name, path, allowed),
    ]),
    room("io", "^runtime/io/", ["^runtime/wire/", "^runtime/inference/"]),
    room("gateways", "^runtime/gateways/"),
    room("dashboard", "^runtime/dashboard/"),
    noNode("dashboard", "^runtime/dashboard/"),
    onlyPackages("dashboard", "^runtime/dashboard/", "preact|uplot|@preact"),
    room("launcher", "^runtime/launcher\\.ts$", ["^runtime/io/"]),
    room("cli", "^runtime/cli/", ["^runtime/hub(-tools)?\\.ts$", "^runtime/config/"]),
    room("bridge", "^firmware-bridge/[^/]+\\.ts$", ["^firmware-bridge/decoders/"]),
    noNode("bridge", "^firmware-bridge/[^/]+\\.ts$"),
    room("ble", "^firmware-bridge/ble/"),
    onlyPackages("ble", "^firmware-bridge/ble/", "dbus-next|node-ble|@stdlib"),
    {
      name: "nothing-imports-tools-or-tests",
      severity: "error",
      from: { path: "^(runtime|firmware-bridge|boards|models)/" },
      to: { path: "^(tools|test)/" },
    },
    {
      name: "only-cli-and-tools-know-the-hub",
      severity: "error",
      from: { pathNot: "^(runtime/cli/|runtime/hub|tools/|test/)" },
      to: { path: "^runtime/hub" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|\\.bench)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".js", ".json"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
