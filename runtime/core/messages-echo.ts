/** ECHO: a ping along the routes, for people and for measurements. Types only. */
export interface EchoBody {
  /** Of the one who asks: tells the answers apart. 0 … 2^32 − 1. */
  readonly nonce: number;
  /** In an answer: how many hubs passed the question on. */
  readonly hops?: number;
}
