import type { PassingCall } from './fault.ts'
import type { Weighted } from './weighted.ts'

/** Calls that a server does not refuse while the connection lasts. */
const bounds: ReadonlySet<string> = new Set(['connect', 'begin', 'rollback'])
const connects = ({ name }: PassingCall): boolean => name === 'connect'
const states = ({ name }: PassingCall): boolean => !bounds.has(name)

const error = (state: string, weight: number, fits: (call: PassingCall) => boolean): Weighted => ({
  weight,
  fault: { kind: 'error', state },
  fits,
})

/** What can go wrong with a call to the database (codes: postgresql.org/docs/15/errcodes-appendix.html). */
export const databaseFaults: readonly Weighted[] = [
  { weight: 2, fault: { kind: 'reset' } },
  { weight: 3, fault: { kind: 'lost', instead: 'reset' } },
  { weight: 1, fault: { kind: 'lost', instead: 503 } },
  { weight: 0.05, fault: { kind: 'lost', instead: 'nothing' } },
  { weight: 2, fault: { kind: 'truncated' } },
  { weight: 2, fault: { kind: 'slow', ms: 400 } },
  error('53300', 1, connects), // too many connections
  error('57P03', 1, connects), // it starts up
  error('57P01', 2, (call) => !connects(call)), // an administrator ends it
  error('40001', 2, states), // another transaction is in the way
  error('40P01', 1, states),
  error('53100', 1, states), // its disk is full
  error('53200', 1, states), // out of memory
  error('55P03', 1, states), // a lock is not to be had
  error('57014', 1, states), // it took too long
  error('25006', 1, states), // it only reads, as after a failover
]
