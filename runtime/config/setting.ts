/**
 * The kinds of settings. A setting is data: what it takes, what it is when nobody says, and one sentence that tells
 * its effect. The schema, the help texts and the documentation are made from it. Pure.
 */
import * as v from "valibot";

export const PROFILES = ["standard", "small"] as const;
export type Profile = (typeof PROFILES)[number];

export interface Setting<T> {
  readonly kind: "setting";
  /** "whole number from 0 to 65535": completes the sentence "must be a …". */
  readonly takes: string;
  readonly help: string;
  /** What it is when nobody says, per profile; as it would be written in the file. */
  readonly defaults: Readonly<Record<Profile, unknown>>;
  readonly secret: boolean;
  readonly optional: boolean;
  /** Of a list: what each item takes. */
  readonly itemTakes?: string;
  readonly schema: v.GenericSchema<unknown, T>;
}

interface Options<D> {
  readonly help: string;
  readonly default: D;
  /** What the profile for 512 MB boards takes instead. */
  readonly small?: D;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function setting<T>(takes: string, options: Options<unknown>, schema: v.GenericSchema<unknown, T>): Setting<T> {
  const defaults = { standard: options.default, small: options.small ?? options.default };
  return { kind: "setting", takes, help: options.help, defaults, secret: false, optional: false, schema };
}

export function int({ min, max, ...options }: Options<number> & Range): Setting<number> {
  return setting(
    `whole number from ${min} to ${max}`,
    options,
    v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
  );
}

export function decimal({ min, max, ...options }: Options<number> & Range): Setting<number> {
  return setting(`number from ${min} to ${max}`, options, v.pipe(v.number(), v.minValue(min), v.maxValue(max)));
}

export function flag(options: Options<boolean>): Setting<boolean> {
  return setting("true or false", options, v.boolean());
}

export function choice<const C extends readonly string[]>(choices: C, options: Options<C[number]>): Setting<C[number]> {
  return setting(`one of ${choices.map((name) => `"${name}"`).join(", ")}`, options, v.picklist(choices));
}

/** Free text for people and file names: bounded, and without control characters, which could drive a terminal. */
export function text(options: Options<string> & { readonly lengthMax: number }): Setting<string> {
  const schema = v.pipe(
    v.string(),
    v.maxLength(options.lengthMax),
    v.regex(/^(?:[^\p{C}\p{Zl}\p{Zp}]*)$/u),
    v.check((value) => value === value.trim()),
  );
  return setting(`text of at most ${options.lengthMax} characters, without control characters`, options, schema);
}

/** Text with a form of its own: `parse` gives the value, or undefined when the form is wrong. */
export function formed<T>(
  takes: string,
  parse: (written: string) => T | undefined,
  options: Options<string>,
): Setting<T> {
  const schema = v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue();
      return NEVER;
    }),
  );
  return setting(takes, options, schema);
}

/** May be left out; the value is then undefined. */
export function optional<T>(inner: Setting<T>): Setting<T | undefined> {
  return { ...inner, optional: true, schema: v.optional(inner.schema) };
}

/** Never printed: neither the value nor a wrong attempt at it. */
export function secret<T>(inner: Setting<T>): Setting<T> {
  return { ...inner, secret: true };
}

/** A list of plain values. */
export function list<T>(
  item: Setting<T>,
  options: Options<readonly unknown[]> & { readonly itemsMax: number },
): Setting<T[]> {
  const schema = v.pipe(v.array(item.schema), v.maxLength(options.itemsMax));
  const whole = setting<T[]>(`list of at most ${options.itemsMax}, each a ${item.takes}`, options, schema);
  return { ...whole, itemTakes: item.takes };
}

/** `[name]` in the file. */
export interface Section<F extends Fields = Fields> {
  readonly kind: "section";
  readonly help: string;
  readonly fields: F;
}

/** `[[name]]` in the file, once for each entry. */
export interface Entries<F extends Fields = Fields> {
  readonly kind: "entries";
  readonly help: string;
  readonly entriesMax: number;
  readonly fields: F;
}

export type Fields = { readonly [name: string]: Setting<unknown> };
export type SettingsTable = { readonly [name: string]: Setting<unknown> | Section | Entries };

export function section<F extends Fields>(help: string, fields: F): Section<F> {
  return { kind: "section", help, fields };
}

export function entries<F extends Fields>(help: string, entriesMax: number, fields: F): Entries<F> {
  return { kind: "entries", help, entriesMax, fields };
}

type FieldValues<F extends Fields> = { readonly [K in keyof F]: F[K] extends Setting<infer T> ? Frozen<T> : never };
export type Frozen<T> = T extends readonly (infer E)[] ? readonly Frozen<E>[] : T;
/** The frozen value that a table describes. */
export type ValuesOf<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V>
    ? Frozen<V>
    : T[K] extends Section<infer F>
      ? FieldValues<F>
      : T[K] extends Entries<infer F>
        ? readonly FieldValues<F>[]
        : never;
};
