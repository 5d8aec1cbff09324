/** The version, from the one place that has it; esbuild copies it into the bundle. */
import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
