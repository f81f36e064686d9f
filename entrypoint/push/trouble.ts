/**
 * The destination does not take the result, and would not later: what is wrong with it is the consumer's to mend. The message is for the
 * consumer: which property is meant and what is wrong, without a full stop, and nothing that the destination said itself.
 */
export class DestinationRefusal extends Error {
  override readonly name = 'DestinationRefusal'
}

/** The result cannot be read from our object store, or is not what its manifest says: our fault, never the destination's. */
export class ResultUnreadable extends Error {
  override readonly name = 'ResultUnreadable'
}

/** A connection to a destination did not come about, or ended; its cause is what Node says. */
export class ConnectionBroke extends Error {
  override readonly name = 'ConnectionBroke'
}
