/** An address that the other side gave us: where a push goes. Property names are without a namespace; values may be secrets. */
export interface Destination {
  /** What kind of address it is, such as `HttpData` or the URL of a profile. */
  readonly endpointType: string
  readonly endpoint?: string
  readonly properties: Readonly<Record<string, string>>
}

/**
 * How a data flow goes: who moves the data (`pull`: the consumer fetches, `push`: we deliver), and when it counts as started (`async`:
 * when the result is there, `sync`: at once).
 */
export interface FlowMode {
  readonly type: 'pull' | 'push'
  readonly start: 'async' | 'sync'
}

/** What a `start` of Data Plane Signaling said, as far as it counts later. It was frozen when it was accepted. */
export interface Flow extends FlowMode {
  /** Of the message that began it: the same one again is a repetition. */
  readonly messageId: string
  readonly agreementId: string
  /** The participant it is for. */
  readonly consumerId: string
  /** Ourselves, as the control plane names us. */
  readonly participantId?: string
  /** The profile, or transfer type, as it was asked for. */
  readonly profile: string
  /** The consumer's parameters as JSON text. */
  readonly parameters?: string
  /** Where a push goes. It is forgotten when the transfer ends. */
  readonly destination?: Destination
  /** A callback of this kind was sent, and nobody knows whether it was taken. Kept only where the control plane cannot be asked. */
  readonly unclear?: 'started' | 'completed'
  /** When everything of a push was at its destination, milliseconds since 1970. */
  readonly deliveredAt?: number
}
