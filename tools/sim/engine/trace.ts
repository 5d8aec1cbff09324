/** A running 64-bit fingerprint of a run: two FNV-like lanes over every delivered frame and every notice. Equal runs have equal hashes. */
export class TraceHash {
  readonly #lanes = Int32Array.of(0x811c_9dc5, 0xcbf2_9ce4);

  add(value: number): void {
    const word = value | 0;
    const low = Math.imul((this.#lanes[0] as number) ^ word, 0x0100_0193);
    const high = Math.imul((this.#lanes[1] as number) ^ word ^ (word >>> 13), 0x85eb_ca6b);
    this.#lanes[0] = low ^ (low >>> 15);
    this.#lanes[1] = high ^ (high >>> 13);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
  }

  /** 16 hex digits. */
  get hex(): string {
    return [...this.#lanes]
      .reverse()
      .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}
