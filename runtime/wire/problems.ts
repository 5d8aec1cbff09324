/**
 * What can be wrong with bytes from another hub: always its fault, always a counted drop, never a throw. Pure.
 */
export const PROBLEMS = {
  TOO_LARGE: "longer than a frame, or a control frame, may be",
  TRUNCATED: "ends before an item does, or a declared length reaches past the end",
  TRAILING: "bytes follow the one item",
  TOO_DEEP: "nested deeper than the limit",
  TOO_MANY_ITEMS: "more data items than the limit",
  TEXT_TOO_LONG: "a text longer than the limit",
  TEXT_INVALID: "a text that is not UTF-8, or that begins with a byte order mark",
  INDEFINITE: "an indefinite length, or a break",
  RESERVED: "a head that RFC 8949 reserves",
  TAG: "a tag: this protocol uses none",
  SIMPLE: "a simple value other than false, true and null",
  FLOAT: "a float that is not 64 bits wide, or is NaN or infinite",
  INTEGER_RANGE: "an integer beyond ±(2^53 − 1)",
  BAD_KEY: "a map key that is neither an integer nor a text",
  DUPLICATE_KEY: "a map key that occurs twice",
  NOT_CANONICAL: "a value that has a shorter or a sorted form, or a default that is written out",
  BAD_FRAME: "not a frame: wrong shape, form, address, hop count or sequence number",
  UNKNOWN_ALIAS: "a number that stands for no hub on this link",
  UNSUPPORTED: "a reserved type, or an unknown odd one",
  IGNORED: "an unknown even type",
  UNKNOWN_KEY: "an unknown odd key",
  MISSING_FIELD: "a required field is absent",
  BAD_FIELD: "a field has the wrong type, length or range",
  UNREADABLE: "passed every check and still could not be read: a bug in MindOS",
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a later version of the protocol may well say: an update can make it readable. */
export const LATER: ReadonlySet<ProblemCode> = new Set(["UNSUPPORTED", "IGNORED", "UNKNOWN_KEY"]);

export interface FrameProblem {
  readonly problem: ProblemCode;
  /** Where; made of names and numbers of ours, never of text from the remote. */
  readonly detail: string;
}
