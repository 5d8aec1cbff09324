/** Which hub is meant by what a person types: its name, its id, or the first digits of that. Pure. */
import { MindosError } from "./errors.js";
import { type HubId, isHubId } from "./ids.js";
import { nearest } from "./nearest.js";

export interface NamedHubId {
  readonly hub: HubId;
  readonly name: string;
}

export interface Meaning {
  /** Fewer digits than these would fit by accident. What cannot be taken back wants more of them. */
  readonly digitsMin: number;
  /** A whole id serves, though nobody known here has it. */
  readonly unknownIds: boolean;
}

const DIGITS_SHOWN = 12;

/** @throws MindosError HUB_UNKNOWN when nobody or more than one is meant; it names who may have been. */
export function hubMeant(text: string, hubs: readonly NamedHubId[], { digitsMin, unknownIds }: Meaning): HubId {
  const digits = text.toLowerCase();
  if (isHubId(digits) && (unknownIds || hubs.some(({ hub }) => hub === digits))) return digits;
  const isPrefix = digits.length >= digitsMin && /^[0-9a-f]+$/.test(digits);
  const named = hubs.filter(({ name }) => name === text);
  const meant = named.length > 0 || !isPrefix ? named : hubs.filter(({ hub }) => hub.startsWith(digits));
  const [only, other] = meant;
  if (only !== undefined && other === undefined) return only.hub;
  if (other !== undefined) {
    const ids = meant.map(({ hub }) => hub.slice(0, DIGITS_SHOWN)).join(", ");
    throw new MindosError("HUB_UNKNOWN", `"${text}" is any of ${ids}`);
  }
  const names = hubs.map(({ name }) => name);
  const near = nearest(text, names);
  const hint = near === undefined || near === text ? "" : `; did you mean "${near}"?`;
  throw new MindosError("HUB_UNKNOWN", `no hub that is known here is called "${text}"${hint}`);
}
