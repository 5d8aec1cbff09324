/**
 * Which applications may connect to the broker, and what they may publish and read. Pure. Other hubs do not come here.
 * The rules at the bottom hold for everyone, whatever an `Authorise` says.
 */
import { isHubId } from "../../core/ids.js";

export const STATE_TOPICS = "mindos/v1/";
export const APPLICATION_TOPICS = "app/";

export interface ClientInfo {
  /** As the client names itself. */
  readonly clientId: string;
  /** Remote IP address, as the socket tells; "" when it is already gone. */
  readonly address: string;
  readonly username?: string;
  readonly password?: Uint8Array;
}

export interface Authorise {
  connect(client: ClientInfo): boolean;
  publish(client: ClientInfo, topic: string): boolean;
  subscribe(client: ClientInfo, filter: string): boolean;
}

/** Until a hub has an owner: everything from this machine only, applications read state and write under `app/`. */
export const loopbackOnly: Authorise = {
  connect: (client) => isLoopback(client.address),
  publish: (_client, topic) => topic.startsWith(APPLICATION_TOPICS),
  subscribe: (_client, filter) => filter.startsWith(STATE_TOPICS),
};

export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** A hub's id is nobody's client id: whoever comes with one means the port for links. */
export function mayUseClientId(clientId: string): boolean {
  return !isHubId(clientId) && /^[\x21-\x7e]{0,64}$/.test(clientId);
}

/** `$` topics belong to the broker. */
export function isReservedTopic(topic: string): boolean {
  return topic.startsWith("$");
}

export function isReservedFilter(filter: string): boolean {
  return filter.startsWith("$");
}

/** MQTT 3.1.1 §4.7: "+" is one level, "#" is the parent and everything below. */
export function filterMatches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

/** @param filter true when wildcards are allowed. Bounds come from the broker's limits. */
export function isWellFormed(
  topic: unknown,
  filter: boolean,
  limits: { readonly topicBytesMax: number; readonly topicLevelsMax: number },
): topic is string {
  if (typeof topic !== "string" || topic.length === 0 || topic.length > limits.topicBytesMax) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused (§1.5.3)
  if (/[\u0000-\u001f\u007f\ufffd]/.test(topic) || topic === "__proto__") return false;
  const levels = topic.split("/");
  if (levels.length > limits.topicLevelsMax) return false;
  if (!filter) return !/[+#]/.test(topic);
  return levels.every((level, i) => !/[+#]/.test(level) || level === "+" || (level === "#" && i === levels.length - 1));
}
