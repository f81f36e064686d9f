import type { Figure } from './figure.ts'
import type { Testbed } from './testbed.ts'

/** What a benchmark gets to work with. */
export interface Context {
  /** Only to see that it works: as few repetitions as possible, and figures that mean nothing. */
  readonly quick: boolean
  /** A folder of this benchmark's own on a real disk; it goes afterwards. */
  readonly folder: string
  /** Tells whoever waits how far it is. */
  readonly say: (line: string) => void
}

/** What a benchmark found. */
export interface Measured {
  readonly figures: readonly Figure[]
  /** What a reader must know to read the figures: how often, how large, what else was seen. */
  readonly notes: readonly string[]
}

interface Described {
  /** As it is named on the command line. */
  readonly name: string
  readonly title: string
}

/** One benchmark: measures, checks that what it measured really happened, cleans up. It fails by throwing; a missed aim is no failure. */
export type Benchmark = Described &
  (
    | { readonly needs: 'nothing'; run(context: Context): Promise<Measured> }
    | { readonly needs: 'testbed'; run(context: Context, testbed: Testbed): Promise<Measured> }
  )
