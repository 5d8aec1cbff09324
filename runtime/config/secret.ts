/**
 * A value that must not reach a screen, a log or a file: every ordinary way to print it gives "[secret]". Pure.
 */
const MASK = "[secret]";

export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A copy, for the one place that needs the value. */
  reveal(): Uint8Array {
    return this.#bytes.slice();
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  /** What Node's `util.inspect` (and so `console.log`) shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
