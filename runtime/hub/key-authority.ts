/** Signs and checks places of the directory, and broadcasts, with the hubs' own keys. */
import { concatBytes } from "../core/bytes.js";
import type { OriginAuthority } from "../mesh/broadcast/origin.js";
import type { Authority } from "../mesh/directory/authority.js";
import type { StatementKeys } from "../mesh/liveness/statement.js";
import type { Gate } from "../mesh/node/hello.js";

const PUBLIC_KEY_BYTES = 32;

/** The key travels with the signature: a keeper has never met most of those whose places it keeps. */
export function placesAuthority({ publicKey, hubIdOf, sign, verify }: StatementKeys): Authority {
  return {
    sign: (bytes) => concatBytes(publicKey, sign(bytes)),
    verify: (hub, proof, bytes) => {
      const key = proof.subarray(0, PUBLIC_KEY_BYTES);
      return hubIdOf(key) === hub && verify(key, bytes, proof.subarray(PUBLIC_KEY_BYTES));
    },
  };
}

/** As places; and who is out of the home is not heard any more, whoever carries it. */
export function originAuthority(keys: StatementKeys, gate: Pick<Gate, "isMember" | "isRevoked">): OriginAuthority {
  const { sign, verify } = placesAuthority(keys);
  return {
    sign,
    verify: (hub, proof, bytes) => !gate.isRevoked(hub) && verify(hub, proof, bytes),
    isMember: (hub) => gate.isMember(hub),
  };
}
