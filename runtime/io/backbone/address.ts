/** Addresses of message brokers, as people write them. Pure, but for Node's URL and net. */
import { isIP } from "node:net";
import { MindosError } from "../../core/errors.js";

export interface BrokerAddress {
  /** Without user and password: its name in lists, files and messages. */
  readonly url: string;
  readonly scheme: "mqtt" | "mqtts" | "ws" | "wss";
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface GivenAddress extends BrokerAddress {
  readonly user?: string;
  readonly password?: string;
}

const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;
const URL_CHARS_MAX = 512;

/** @throws MindosError BAD_INPUT; the message never quotes a password. */
export function parseBrokerUrl(text: string): GivenAddress {
  const url = parse(text);
  const scheme = url.protocol.slice(0, -1);
  if (!isScheme(scheme)) {
    throw new MindosError("BAD_INPUT", `a broker's address begins with mqtt://, mqtts://, ws:// or wss://`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (host === "") throw new MindosError("BAD_INPUT", "the broker's address names no host");
  const isSocket = scheme === "ws" || scheme === "wss";
  if (!isSocket && url.pathname.length > 1) throw new MindosError("BAD_INPUT", "an mqtt:// address has no path");
  const port = url.port === "" ? PORTS[scheme] : Number(url.port);
  if (port === 0) throw new MindosError("BAD_INPUT", "port 0 is no port");
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  return {
    url: `${scheme}://${shown}:${port}${isSocket ? url.pathname : ""}`,
    ...{ scheme, host, port },
    ...(user === "" ? {} : { user }),
    ...(password === "" ? {} : { password }),
  };
}

function parse(text: string): URL {
  try {
    if (text.length <= URL_CHARS_MAX) return new URL(text);
  } catch {
    // Not the parser's message: it quotes the text, and with it the password.
  }
  throw new MindosError(
    "BAD_INPUT",
    "that is no address such as mqtts://broker.example:8883, or mqtt://127.0.0.1:1883 without TLS",
  );
}

function isScheme(text: string): text is keyof typeof PORTS {
  return Object.hasOwn(PORTS, text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MindosError("BAD_INPUT", "the user or the password in the address is not percent-encoded text");
  }
}
