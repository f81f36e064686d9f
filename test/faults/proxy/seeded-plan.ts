import { chance } from './chance.ts'
import { databaseFaults } from './database-faults.ts'
import type { Dependency, FaultPlan } from './fault.ts'
import type { Weighted } from './weighted.ts'

const writes = /^(create|patch|delete|update) /

/** How often a silence is tried against everything else: it costs the time until the caller gives up. */
const silenceWeight: Readonly<Record<Dependency, number>> = {
  kubernetes: 0.3,
  store: 0.3,
  connector: 0.3,
  'pod-store': 0.05,
  database: 0.05,
}

const httpFaults: readonly Weighted[] = [
  ...[500, 502, 503, 504].map((status): Weighted => ({ weight: 1, fault: { kind: 'answer', status } })),
  ...[429, 503].map((status): Weighted => ({ weight: 1, fault: { kind: 'answer', status, retryAfter: 1 } })),
  { weight: 2, fault: { kind: 'reset' } },
  { weight: 3, fault: { kind: 'lost', instead: 'reset' } },
  { weight: 1, fault: { kind: 'lost', instead: 503 } },
  { weight: 1, fault: { kind: 'lost', instead: 504 } },
  { weight: 2, fault: { kind: 'truncated' } },
  { weight: 2, fault: { kind: 'slow', ms: 400 } },
  // Not where it would be a plain lie: a name that is taken is a fact.
  {
    weight: 1,
    fault: { kind: 'answer', status: 409 },
    fits: ({ dependency, name }) =>
      (dependency === 'kubernetes' && /^(patch|delete) /.test(name)) ||
      (dependency === 'connector' && (name === 'callback' || name.endsWith('/terminate'))) ||
      (dependency.endsWith('store') && /^(PUT|delete|complete)/.test(name)),
  },
  {
    weight: 1,
    fault: { kind: 'answer', status: 401 },
    fits: ({ dependency }) => dependency === 'kubernetes' || dependency === 'connector',
  },
  { weight: 1, fault: { kind: 'answer', status: 403 }, fits: ({ dependency }) => dependency === 'store' },
  // As a proxy answers while what is behind it is away.
  {
    weight: 1,
    fault: { kind: 'answer', status: 404 },
    fits: ({ dependency, name }) =>
      dependency === 'connector' ||
      (dependency === 'kubernetes' && !writes.test(name)) ||
      (dependency === 'store' && /^(HEAD|GET) object$/.test(name)),
  },
]

/**
 * A plan in which every call goes wrong with the same probability, and how follows from the seed.
 * @param rate share of the calls, from 0 to 1
 */
export function seededPlan(seed: number, rate: number): FaultPlan {
  return (call) => {
    const { dependency, name, index } = call
    if (chance(seed, dependency, name, index, 'whether') >= rate) return undefined
    const fitting: readonly Weighted[] = [
      ...(dependency === 'database' ? databaseFaults : httpFaults).filter(
        ({ fits }) => fits === undefined || fits(call),
      ),
      { weight: silenceWeight[dependency], fault: { kind: 'hang' } },
    ]
    const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
    let left = chance(seed, dependency, name, index, 'which') * total
    return fitting.find(({ weight }) => (left -= weight) < 0)?.fault ?? { kind: 'reset' }
  }
}
