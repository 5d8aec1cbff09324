/** The contract of a board: a data file, one for each kind of small computer. Types only. */
export interface Board {
  readonly id: string;
  readonly title: string;
  /** Device tree `compatible` strings that name it; empty where there is no device tree. */
  readonly compatible: readonly string[];
  readonly arch: "arm64" | "x64" | "armv7" | "armv6";
  readonly memoryMiB: number;
  /** The settings profile that fits. */
  readonly profile: "small" | "standard";
  readonly bluetooth: boolean;
  /** What was really done on it: "run", "emulated" or "not tried", and where a figure comes from. */
  readonly tried: string;
}
