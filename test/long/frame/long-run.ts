import type { Testbed } from '../../support/testbed.ts'

/** What a long run gets to work with. */
export interface LongContext {
  /** Every choice follows from it: the same seed makes the same run, as far as processes and networks allow. */
  readonly seed: number
  /** Share of the full size: 1 for the report that is kept, less for the selection in continuous integration. */
  readonly size: number
  /** A folder of this run's own on a real disk; it goes afterwards where the run went well. */
  readonly folder: string
  /** Tells whoever waits how far it is. */
  readonly say: (line: string) => void
}

/** What a long run found. */
export interface LongOutcome {
  /** What was counted or measured, by what it is: `{"kills": 500, "jobs": 2140}`. */
  readonly figures: Readonly<Record<string, number | string>>
  /** Broken promises, each with the seed that shows it again. Empty where all is well. */
  readonly violations: readonly string[]
}

interface Described {
  /** As it is named on the command line. */
  readonly name: string
  readonly title: string
}

/**
 * A test that takes too long for every change. It throws where it could not be carried out (NotHere where the machine lacks what it needs); what
 * it finds are violations.
 */
export type LongRun = Described &
  (
    | { readonly needs: 'nothing'; run(context: LongContext): Promise<LongOutcome> }
    | { readonly needs: 'testbed'; run(context: LongContext, testbed: Testbed): Promise<LongOutcome> }
  )
