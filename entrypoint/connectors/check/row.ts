/** What is checked of a connector, in this order. */
export const checkNames = [
  'address',
  'management-api',
  'key',
  'callback-address',
  'public-url',
  'provisioner',
  'events',
  'registration',
  'data-flows',
] as const
/** Name of a check. */
export type CheckName = (typeof checkNames)[number]

/** Outcomes of a check. `warning`: it works, though not as well as it might; `unknown`: it could not be seen. */
export const checkOutcomes = ['ok', 'warning', 'failed', 'unknown'] as const
/** Outcome of a check. */
export type CheckOutcome = (typeof checkOutcomes)[number]

/** How a fault is mended. */
export interface Mending {
  readonly hint: string
  /** Whose configuration the lines belong into. */
  readonly where: 'connector' | 'connectors-file' | 'settings'
  /** Lines to write there, as they are but for what stands in `<…>`. */
  readonly lines: readonly string[]
}

/** One check of a connector. */
export interface CheckRow {
  readonly name: CheckName
  readonly outcome: CheckOutcome
  /** What was seen, in a sentence or two. */
  readonly seen: string
  readonly mend?: Mending
}
