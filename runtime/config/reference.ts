/** The settings as text: for `mindos hub --help`, the documentation, and an example file. Pure. */
import type { Fields, Profile, Setting } from "./setting.js";
import { SETTINGS } from "./settings.js";

export interface SettingReference {
  /** "inference.backend", "sensors[].address" */
  readonly name: string;
  readonly takes: string;
  readonly default: string;
  /** Where the profile for small boards differs. */
  readonly small?: string;
  readonly help: string;
}

export function settingsReference(): SettingReference[] {
  return Object.entries(SETTINGS).flatMap(([name, entry]) => {
    if (entry.kind === "setting") return [referenceOf(name, entry)];
    const prefix = entry.kind === "entries" ? `${name}[].` : `${name}.`;
    return Object.entries(entry.fields as Fields).map(([field, setting]) => referenceOf(prefix + field, setting));
  });
}

function referenceOf(name: string, setting: Setting<unknown>): SettingReference {
  const standard = toml(setting.defaults.standard);
  const small = toml(setting.defaults.small);
  const reference = { name, takes: setting.takes, default: standard, help: setting.help };
  return small === standard ? reference : { ...reference, small };
}

/** A whole file with every setting at its default, each with its effect above it. */
export function exampleToml(profile: Profile = "standard"): string {
  const out: string[] = [];
  const sections: string[] = [];
  for (const [name, entry] of Object.entries(SETTINGS)) {
    if (entry.kind === "setting") out.push(...lines(name, entry, profile));
    else if (entry.kind === "section")
      sections.push("", `# ${entry.help}`, `[${name}]`, ...fieldLines(entry.fields, profile));
    else sections.push("", `# ${entry.help}`, `# [[${name}]]`, ...exampleEntry(entry.fields));
  }
  return `${[...out, ...sections].join("\n")}\n`;
}

function fieldLines(fields: Fields, profile: Profile): string[] {
  return Object.entries(fields).flatMap(([name, field]) => lines(name, field, profile));
}

function lines(name: string, setting: Setting<unknown>, profile: Profile): string[] {
  const value = name === "profile" ? profile : setting.defaults[profile];
  return [`# ${setting.help}`, `${name} = ${toml(value)}`];
}

/** Entries have no defaults: they are shown commented out. */
function exampleEntry(fields: Fields): string[] {
  return Object.entries(fields).map(([name, field]) => `# ${name} = "…"  # ${field.help}`);
}

function toml(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
