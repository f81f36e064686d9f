/** How many jobs one consumer may have. */
export interface ConsumerLimits {
  /** Jobs that hold a slot at the same time; further ones wait. */
  readonly runningJobs: number
  /** Jobs that wait for a slot at the same time; further ones are refused. */
  readonly queuedJobs: number
}

/** What the service allows beside what each asset says itself. Everything is counted in the store, by the jobs that are there. */
export interface JobLimits {
  /** Jobs of all consumers that hold a slot at the same time. */
  readonly runningJobs: number
  /** For every consumer that is not named below. */
  readonly consumer: ConsumerLimits
  /** Consumers for whom something else holds, by participant id. */
  readonly consumers: ReadonlyMap<string, Partial<ConsumerLimits>>
  /** Jobs that one agreement is good for, whatever its asset says. */
  readonly jobsPerAgreement: number
  /** How long a job may wait for a slot where its asset has no `limits.queueTimeout`. Milliseconds. */
  readonly queueTimeoutMs: number
}

/** What holds for one consumer. */
export function limitsOf({ consumer, consumers }: JobLimits, consumerId: string): ConsumerLimits {
  return { ...consumer, ...consumers.get(consumerId) }
}
