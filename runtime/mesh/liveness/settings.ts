/** What failure detection is set to, and what each number trades. */
/** By the number of observers that agree. Unit: ms. */
export type Suspicion = readonly [one: number, two: number, three: number, four: number];

export interface LivenessSettings {
  /** A link's heartbeat. Lower: a dead hub is noticed sooner; higher: less idle traffic (18 bytes for a beat and its answer). Half a second, not one:
   *  whoever is the only observer waits for a beat and then for five answer times, and 1,000 + 100 + 750 ms are more than the second and a half
   *  that neighbours may take. It costs 60 bytes a second of a hub's 256. Unit: ms. */
  readonly intervalMs: number;
  /** How much later than its neighbour's heartbeat is due the other end asks by itself. Above scheduling noise, below a retransmission. Unit: ms. */
  readonly graceMs: number;
  /** The end that does not beat, and one that hears traffic all the time, measure the round trip this often. Unit: ms. */
  readonly measureEveryMs: number;
  /** A neighbour that is missed is pinged beside its link this often. Lower: sure sooner, for more packets; it must stay above what one interference spoils. Unit: ms. */
  readonly datagramEveryMs: number;
  /** Whether datagrams get through beside a new link is tried again after so long. Unit: ms. */
  readonly datagramTryMs: number;
  /** And whether they still do, so often: below the two minutes that address translators keep a mapping (RFC 4787 §4.3). Unit: ms. */
  readonly datagramRefreshMs: number;
  /** The same beside a link that loses packets: its stream stalls at times, and datagrams that do no longer get through must not make a death of that. Unit: ms. */
  readonly datagramRefreshLossyMs: number;
  /** A hub that hears nobody else, since it has nobody else, outlasts as long a pause of its own radio, datagrams or not. Raise: leaves are wrong less often; lower: their
   *  only neighbour's death is noticed sooner. Unit: ms. */
  readonly onlyNeighbourMs: number;
  /** Bounds of a link's answer time, srtt + 4·rttvar. Lower floor: sooner; it must stay above a scheduler's pauses. Unit: ms. */
  readonly answerMsMin: number;
  /** Higher: links that often retransmit are given more time, and failures behind them are seen later. Unit: ms. */
  readonly answerMsMax: number;
  /** At most, where datagrams get through beside the link. Higher: busy neighbours are pinged less; lower: sooner. Unit: ms. */
  readonly answerMsBeside: number;
  /** Answer time of a link that was never measured. Unit: ms. */
  readonly answerMsFirst: number;
  /** Unanswered pings after which this hub accuses: 2, since one is lost to every TCP retransmission (200 ms). */
  readonly accuseAfterMisses: number;
  /** Witnesses asked at the first miss (SWIM's k). */
  readonly probesMax: number;
  /**
   * Suspicion: how many answer times must pass in silence when 2, 3, or 4 and more observers agree. TCP retransmits after
   * 200, 600, 1,400 and 3,000 ms: the fewer agree, the more lost retransmissions in a row must be outlasted. That is for links that
   * lose 1 % and less; others are given more (`retransmissions.ts`). Lower: sooner; it must stay above a process' pauses.
   */
  readonly suspicionAnswers: readonly [two: number, three: number, four: number];
  /** When this hub alone observes it, on a link that is not known to lose nothing, or hears nobody else: outlasts four retransmissions at 1 % loss. Unit: ms. */
  readonly lonelyMs: number;
  /**
   * Answer times instead of that, when this hub is the only observer but not the only one that there was: others that could be heard here are
   * silent too, or hubs around it fell at the same time, and somebody else is heard here. Lower: mass losses are noticed sooner; higher: fewer false
   * deaths at their edge; a witness that is asked at the first miss must have the time to ask and to answer.
   */
  readonly bereftAnswers: number;
  /** Hubs that are suspected within so long of each other may have one cause. Above a heartbeat's interval. Unit: ms. */
  readonly sharedCauseMs: number;
  /** The same when the connection was closed: the time that a false alarm has to be refuted. Unit: ms. */
  readonly closedMs: Suspicion;
  /** Answer times after which a link is given up although others hear the hub: three retransmissions at the floor. */
  readonly silentAnswers: number;
  /** A hub that was heard so recently is said to live without being asked. Below `answerMsMin`. Unit: ms. */
  readonly freshMs: number;
  /** How often in one silence others' words that they hear the hub restart the count; then they must be wrong, or lie. */
  readonly reprievesMax: number;
  /** Told of a death by others, a hub that is no observer waits so long for the victim's refutation: twice across a cell with a retransmission. Unit: ms. */
  readonly hearsayDeadMs: number;
  /** Told of a suspicion that nobody refutes, confirms or carries on. Unit: ms. */
  readonly hearsaySuspectMs: number;
  /** A hub of this cell that is held for gone is asked along routes after so long, when they still lead to it; then ever less often. Above the
   *  time that routes need to drop a dead hub. Unit: ms. */
  readonly askAfterMs: number;
  /** How seldom at last. Unit: ms. */
  readonly askPauseMsMax: number;
  /** How long the answer may take. Unit: ms. */
  readonly askAnswerMs: number;
  /** All neighbours are pinged at the first sign that a hub fails, at most so often: a beat more for each. Unit: ms. */
  readonly testPauseMs: number;
  /** A tick that comes later: two ends that are held up so long each look like a packet sent again (150 ms), so nothing is learnt of links for a
   *  moment. Lower: bad links are learnt later on a busy machine; higher: busy machines take good links for bad ones. Unit: ms. */
  readonly heldUpMs: number;
  /** A tick that comes later shows that this hub, not the others, was stopped. Above a garbage collection. Unit: ms. */
  readonly lateMs: number;
  /** From here on nothing that was measured before counts any more: this hub listens for a full round first. Unit: ms. */
  readonly stalledMs: number;
  /** Who has heard none of its neighbours for so long was cut off itself: when it hears one again, it gives the others a round before it judges
   *  them. A beat and two answer times: one lost beat is no cut. Unit: ms. */
  readonly cutOffMs: number;
  /** Lifeguard's local health multiplier is at most this. */
  readonly healthMax: number;
  /** How long decided deaths wait for others that are about to be decided. Raise: fewer announcements of one cut; lower: sooner. Unit: ms. */
  readonly cutHoldMs: number;
  /** An update is handed on to at most ⌈this · log2(cell + 1)⌉ neighbours (SWIM's λ). Sparse meshes have fewer and are flooded. */
  readonly spreadFactor: number;
  /** Updates are gathered for so long when the last were sent just now. Unit: ms. */
  readonly spreadPaceMs: number;
  /** How long a dead hub, or one that left, is remembered. Unit: ms. */
  readonly forgetAfterMs: number;
  /** Hubs of which more is known than that they live: a cell in transition (256), twice. The oldest settled one goes. */
  readonly casesMax: number;
  /** Updates and probes taken from one neighbour in a second; the rest is dropped. A cell's mass loss, many times over; checking a proof counts 8. */
  readonly creditsPerSecond: number;
  /** Pings of one neighbour that are answered. It sends one or two, and one each 75 ms while it hears nothing: what has gathered while this hub stood still
   *  comes at once, and any answer to it will do. More is a flood, which would make this hub say as much. */
  readonly pingsPerSecond: number;
  /** Times in a second that this hub raises its incarnation: whoever accuses it without end costs no more. */
  readonly refutationsPerSecond: number;
}

export const LIVENESS_DEFAULTS: LivenessSettings = {
  intervalMs: 500,
  graceMs: 100,
  measureEveryMs: 30_000,
  datagramEveryMs: 40,
  datagramTryMs: 1000,
  datagramRefreshMs: 60_000,
  datagramRefreshLossyMs: 8000,
  onlyNeighbourMs: 1000,
  answerMsMin: 150,
  answerMsMax: 400,
  answerMsBeside: 200,
  answerMsFirst: 300,
  accuseAfterMisses: 2,
  probesMax: 3,
  suspicionAnswers: [5, 4, 2],
  lonelyMs: 3300,
  bereftAnswers: 5,
  sharedCauseMs: 1500,
  closedMs: [1000, 300, 200, 100],
  silentAnswers: 6,
  freshMs: 100,
  reprievesMax: 4,
  hearsayDeadMs: 500,
  hearsaySuspectMs: 10_000,
  askAfterMs: 2000,
  askPauseMsMax: 64_000,
  askAnswerMs: 2000,
  testPauseMs: 500,
  heldUpMs: 30,
  lateMs: 100,
  stalledMs: 500,
  cutOffMs: 800,
  healthMax: 8,
  cutHoldMs: 100,
  spreadFactor: 1.5,
  spreadPaceMs: 10,
  forgetAfterMs: 600_000,
  casesMax: 512,
  creditsPerSecond: 512,
  pingsPerSecond: 32,
  refutationsPerSecond: 10,
};
