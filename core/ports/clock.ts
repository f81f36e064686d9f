/** The time, passed in wherever it matters, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

/** Fresh ids, passed in for the same reason. */
export interface Ids {
  /** A random UUID in lower case. */
  next(): string
}
