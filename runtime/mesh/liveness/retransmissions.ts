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
/** At half of all pings lost. */
const PINGS_MAX = 30;

/** The same of all pings beside a link: its stream must be silent as long, which at a tenth lost one beat in a thousand is. */
const WRONG_CHANCE_BESIDE = 1e-7;
/** A link that lost nothing may begin to lose a tenth each way at once: a fifth of all pings. */
const LOSS_SUDDEN = 0.2;

/**
 * How long pings must go unanswered that nothing holds back: each is lost for itself.
 * @param loss share of pings that the link loses, 0 … 1, as far as it is known.
 * @param observers ≥ 1: how many agree, each of its own link.
 * @param everyMs between two of them.
 * @returns without the time that the last one may take. Unit: ms.
 */
export function unansweredMs(loss: number, observers: number, everyMs: number): number {
  const tries = Math.log(WRONG_CHANCE_BESIDE) / observers / Math.log(Math.min(Math.max(loss, LOSS_SUDDEN), 0.99));
  return Math.min(Math.ceil(tries), PINGS_MAX) * everyMs;
}

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
