import type { ExecutionContext } from 'ava'
import type { PairUnderTest } from './pair-under-test.ts'

/** Something that control planes do. */
export interface Claim {
  readonly title: string
  run(t: ExecutionContext, pair: PairUnderTest): Promise<void>
}
