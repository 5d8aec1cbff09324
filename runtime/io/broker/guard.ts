/**
 * Stands between aedes' parser and aedes: every packet is validated before the broker acts on it. Not pure.
 * It closes what 2.0.0-beta.1 leaves open and 1.2.0 repaired after it was released (names such as "constructor" or
 * "__proto__" as client id or filter, GHSA-52qw-whmv-87c5), and bounds what a packet may ask for. It hangs on one private
 * field, `client._parser`, present in 1.x and 2.x; the version is pinned, and `attachGuard` throws at the first connection
 * should the field be gone.
 */
import type { EventEmitter } from "node:events";
import type { Client } from "aedes";
import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket, Packet } from "mqtt-packet";
import { MindosError } from "../../core/errors.js";
import { isWellFormed } from "./access.js";
import type { BrokerLimits } from "./limits.js";

const USER_PROPERTIES_MAX = 32;
const CREDENTIAL_BYTES_MAX = 256;

interface Parser extends EventEmitter {
  parse(chunk: Buffer): number;
}

/** The part of aedes' client that has no type. */
type GuardedClient = Client & { _parser?: Parser; subscriptions?: object; duplicates?: object };

export interface GuardHooks {
  /** A packet was refused; the connection is being cut. */
  refused(counter: string): void;
}

export function attachGuard(client: Client, limits: BrokerLimits, hooks: GuardHooks): void {
  const guarded = client as GuardedClient;
  const parser = guarded._parser;
  const [accept] = parser?.listeners("packet") ?? [];
  if (!parser || !accept) throw new MindosError("INTERNAL", "the broker library has no parser to guard");
  // Keyed by what comes from the wire: an inherited name must read back as absent.
  guarded.subscriptions = Object.create(null) as object;
  guarded.duplicates = Object.create(null) as object;

  const cut = (counter: string, cause?: unknown): void => {
    hooks.refused(counter);
    client.emit("error", new Error(counter, { cause }));
  };
  parser.removeAllListeners("packet");
  parser.on("packet", (packet: Packet) => {
    if (client.closed) return; // packets that came in one chunk with the one that was refused
    const fault = faultOf(packet, limits);
    if (fault) return cut(fault);
    accept.call(parser, packet);
  });
  parser.on("error", () => hooks.refused("broker.malformed"));
  const parse = parser.parse.bind(parser);
  parser.parse = (chunk) => {
    try {
      return parse(chunk);
    } catch (cause) {
      cut("broker.malformed", cause); // one client's bytes must not end the process
      return 0;
    }
  };
}

/** @returns the name of the counter, or undefined when the packet may pass. */
function faultOf(packet: Packet, limits: BrokerLimits): string | undefined {
  switch (packet.cmd) {
    case "connect":
      return connectFault(packet, limits);
    case "publish":
      return publishFault(packet, limits);
    case "subscribe":
      return subscribeFault(packet, limits);
    case "unsubscribe":
      return unsubscribeFault(packet, limits);
    case "connack":
    case "suback":
    case "unsuback":
    case "pingresp":
    case "auth":
      return "broker.malformed"; // what only a server sends, or what is not supported
    default:
      return undefined;
  }
}

function connectFault(packet: IConnectPacket, limits: BrokerLimits): string | undefined {
  const tooLong = (text: string | Buffer | undefined): boolean => (text?.length ?? 0) > CREDENTIAL_BYTES_MAX;
  if (tooLong(packet.clientId) || packet.clientId in {}) return "broker.refused_client_id";
  if (tooLong(packet.username) || tooLong(packet.password)) return "broker.refused_credentials";
  if (packet.will && !isWellFormed(packet.will.topic, false, limits)) return "broker.refused_topic";
  return propertiesFault(packet.properties?.userProperties);
}

function publishFault(packet: IPublishPacket, limits: BrokerLimits): string | undefined {
  if (!isWellFormed(packet.topic, false, limits)) return "broker.refused_topic";
  return propertiesFault(packet.properties?.userProperties);
}

function subscribeFault(packet: ISubscribePacket, limits: BrokerLimits): string | undefined {
  const { subscriptions } = packet;
  if (subscriptions.length > limits.subscriptionsMax) return "broker.refused_subscriptions";
  return subscriptions.every((entry) => isWellFormed(entry.topic, true, limits)) ? undefined : "broker.refused_topic";
}

function unsubscribeFault(packet: IUnsubscribePacket, limits: BrokerLimits): string | undefined {
  const { unsubscriptions } = packet;
  if (unsubscriptions.length > limits.subscriptionsMax) return "broker.refused_subscriptions";
  return unsubscriptions.every((filter) => isWellFormed(filter, true, limits)) ? undefined : "broker.refused_topic";
}

function propertiesFault(userProperties: object | undefined): string | undefined {
  if (!userProperties) return undefined;
  const count = Object.values(userProperties).flat().length;
  return count > USER_PROPERTIES_MAX ? "broker.refused_properties" : undefined;
}
