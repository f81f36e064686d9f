import type { Claim } from './claim.ts'
import { authorization } from './claims/authorization.ts'
import { callbacks } from './claims/callbacks.ts'
import { choosing } from './claims/choosing.ts'
import { ending } from './claims/ending.ts'
import { pausing } from './claims/pausing.ts'
import { starting } from './claims/starting.ts'

/** What was seen on EDC 0.18.0. The stand-ins are held to it, and so is the real pair where it can be had. */
export const claims: readonly Claim[] = [
  ...starting,
  ...callbacks,
  ...pausing,
  ...ending,
  ...choosing,
  ...authorization,
]
