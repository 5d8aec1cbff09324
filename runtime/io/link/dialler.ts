/**
 * The dialling end of a link: one TLS connection to another hub's door, and one MQTT session in it. Not pure: a socket.
 * Dialling again is left to the caller: one dial is one `LinkSession`, or none.
 */
import { connect, type TLSSocket } from "node:tls";
import type { HubId } from "../../core/ids.js";
import type { Counters } from "../../core/ports.js";
import type { TlsIdentity } from "../tls/identity.js";
import type { LinkSecret } from "./datagrams.js";
import { type LinkSession, MqttSession } from "./session.js";
import { ALPN_PROTOCOLS, clientContext, datagramSecret, OPENING_TIMEOUT_MS, provenPeer, TO_SELF } from "./tls.js";

export interface DialOptions {
  readonly selfId: HubId;
  readonly host: string;
  readonly port: number;
  /** Who must be there; absent: whoever is. */
  readonly hub?: HubId;
  readonly counters: Counters;
  /** CONNACK has come: frames may be sent. */
  readonly opened: (session: LinkSession) => void;
  readonly received: (session: LinkSession, frame: Uint8Array) => void;
  /** Once, whether it was ever open or not.
   *  @param leadsHome this hub itself answered: there is no use in trying again. */
  readonly closed: (leadsHome: boolean) => void;
}

/** What a dial gives at once. */
export interface Dialling {
  /** Nobody has answered yet: neither a connection nor a refusal. */
  readonly isUnanswered: boolean;
  close(): void;
}

export type DialWith = (options: DialOptions) => Dialling;

/** @returns how this hub dials others. */
export function createDialler(tls: TlsIdentity): DialWith {
  const secureContext = clientContext(tls);
  return (options) => {
    const socket = connect({
      host: options.host,
      port: options.port,
      secureContext,
      ALPNProtocols: [...ALPN_PROTOCOLS],
      // Whoever listens on the network learns no name.
      servername: "",
      rejectUnauthorized: false,
    });
    return follow(socket.setNoDelay(true), options);
  };
}

function follow(socket: TLSSocket, options: DialOptions): Dialling {
  const { counters, selfId } = options;
  let isOver = false;
  let leadsHome = false;
  let session: LinkSession | undefined;
  const over = (): void => {
    clearTimeout(timer);
    if (isOver) return;
    isOver = true;
    options.closed(leadsHome);
  };
  /** A session closes its socket itself, behind its last words. */
  const end = (): void => {
    if (session === undefined) socket.destroy();
    else session.close();
    over();
  };
  const timer = setTimeout(end, OPENING_TIMEOUT_MS);
  socket.on("error", () => undefined); // what becomes of it, "close" tells
  socket.once("close", over);
  socket.once("secureConnect", () => {
    const proven = provenPeer(socket, selfId);
    const fault = "fault" in proven ? proven.fault : faultOf(proven.peer, options);
    if ("fault" in proven || fault !== undefined) {
      counters.count(fault ?? "link.no_key");
      leadsHome = fault === TO_SELF;
      end();
      return;
    }
    session = new MqttSession({
      socket,
      dialled: true,
      selfId,
      peer: proven.peer,
      remote: `${options.host}:${options.port}`,
      beside: besideOf(socket, options.port),
      counters,
      events: {
        opened: (opened) => {
          clearTimeout(timer);
          options.opened(opened);
        },
        received: options.received,
        closed: over,
      },
    });
  });
  return {
    get isUnanswered() {
      return socket.connecting;
    },
    close: end,
  };
}

/** The port that was dialled leads to the other end's datagrams, too. */
function besideOf(socket: TLSSocket, port: number): LinkSecret | undefined {
  const secret = datagramSecret(socket);
  const host = socket.remoteAddress;
  return secret === undefined || host === undefined ? undefined : { secret, remote: { host, port } };
}

function faultOf(peer: HubId, { hub }: DialOptions): string | undefined {
  return hub === undefined || hub === peer ? undefined : "link.wrong_hub";
}
