/**
 * How long a silence must last before it is no row of lost retransmissions any more. Pure.
 * A lost packet is sent again after 200, 600, 1,400, 3,000 ms … (RFC 6298 §5.5 with Linux' TCP_RTO_MIN): on a link that loses
 * a share p of its packets, a living neighbour stays silent through r retransmissions with a chance of p^(r+1) for each ping.
 */
const RTO_MIN_MS = 200;
/** For each ping, that all observers who agree were silent by chance. At one ping a second, 4 · 10⁻⁶ in an hour. */
const WRONG_CHANCE = 1e-9;
/** 12.6 s. The link is given up long before, and a new one would have shown that the hub lives. */
const RETRANSMISSIONS_MAX = 6;

/**
 * @param loss share of packets that the link loses, 0 … 1, not measured exactly.
 * @param observers ≥ 1: how many agree, each of its own link.
 * @returns the time that the last retransmission to be outlasted comes after the ping: 200 … 12,600. Unit: ms.
 */
export function outlastMs(loss: number, observers: number): number {
  const tries = Math.log(WRONG_CHANCE) / observers / Math.log(Math.min(Math.max(loss, 1e-6), 0.99));
  const lost = Math.min(Math.max(Math.ceil(tries) - 1, 1), RETRANSMISSIONS_MAX);
  return RTO_MIN_MS * (2 ** lost - 1);
}
