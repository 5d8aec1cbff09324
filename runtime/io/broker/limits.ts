/** Every bound of the broker, with the reason for its default. Pure. */

export interface BrokerLimits {
  /** One MQTT packet, headers and all. A link frame has at most 64 KiB; the rest is header, topic and properties.
   *  Raise: larger payloads; lower: less memory a stranger can make the hub hold (this times `connectionsMax`). */
  readonly packetBytesMax: number;
  /** TCP and WebSocket together. Further ones are refused at once. */
  readonly connectionsMax: number;
  /** From the first byte to a whole CONNECT; cuts silent and trickling connections. Unit: ms. */
  readonly connectTimeoutMs: number;
  /** Idle time before the kernel probes a silent peer; MQTT keepalive works besides, where the client asks for it. */
  readonly tcpKeepaliveMs: number;
  /** What may wait for one client that reads slowly. QoS 0 past it is dropped, QoS 1/2 cuts the client. */
  readonly outgoingBytesMax: number;
  /** A client that stays over `outgoingBytesMax` this long is cut. Unit: ms. */
  readonly slowConsumerMs: number;
  readonly topicBytesMax: number;
  readonly topicLevelsMax: number;
  readonly subscriptionsMax: number;
  /** Past either bound a publish is delivered but not retained. */
  readonly retainedMessagesMax: number;
  /** At most `outgoingBytesMax`, so that a new subscriber can be given all of it. */
  readonly retainedBytesMax: number;
  /** Sessions that outlive their connection; the one touched least recently is forgotten. */
  readonly sessionsMax: number;
  /** Messages kept for one absent session; newer ones are dropped. */
  readonly queuedMessagesMax: number;
  readonly queuedBytesMax: number;
  /** QoS 2 messages of one client that wait for their PUBREL; one more cuts the client. */
  readonly incomingMessagesMax: number;
  readonly sessionExpiryMaxS: number;
}

export const BROKER_LIMITS: BrokerLimits = {
  packetBytesMax: 64 * 1024 + 512,
  connectionsMax: 256,
  connectTimeoutMs: 5_000,
  tcpKeepaliveMs: 30_000,
  outgoingBytesMax: 2 * 1024 * 1024,
  slowConsumerMs: 10_000,
  topicBytesMax: 256,
  topicLevelsMax: 16,
  subscriptionsMax: 64,
  retainedMessagesMax: 2_000,
  retainedBytesMax: 1024 * 1024,
  sessionsMax: 64,
  queuedMessagesMax: 500,
  queuedBytesMax: 512 * 1024,
  incomingMessagesMax: 64,
  sessionExpiryMaxS: 7 * 24 * 3600,
};
