/** The named figures of a bench, as its last line gives them: each that was asked for is there, null where it could not be measured, with the reason. */

export type SheetJson = Readonly<Record<string, number | null | Readonly<Record<string, string>>>>;

export class FigureSheet {
  readonly #values = new Map<string, number | null>();
  readonly #notes = new Map<string, string>();

  /** @param asked keys that are in the line whatever happens. */
  constructor(asked: readonly string[]) {
    for (const key of asked) this.missing(key, "not reached");
  }

  set(key: string, value: number): void {
    // JSON has no words for these.
    if (!Number.isFinite(value))
      return this.missing(key, Number.isNaN(value) ? "nothing was measured" : "never happened");
    this.#values.set(key, value);
    this.#notes.delete(key);
  }

  missing(key: string, why: string): void {
    this.#values.set(key, null);
    this.#notes.set(key, why);
  }

  /** What has to be known of a figure that was measured. */
  note(key: string, note: string): void {
    this.#notes.set(key, note);
  }

  /** The figures, and under `notes` why one is null, or what it leaves out. */
  toJSON(): SheetJson {
    const figures: Record<string, SheetJson[string]> = Object.fromEntries(this.#values);
    if (this.#notes.size > 0) figures["notes"] = Object.fromEntries(this.#notes);
    return figures;
  }
}
