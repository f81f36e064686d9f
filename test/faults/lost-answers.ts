import type { Dependency, FaultPlan } from './proxy/fault.ts'

/**
 * For how many calls of a kind the answer can be lost, one after the other, so that all must still end well. `always`: what was done
 * is seen by another call. `first`: whoever calls can only call again, and goes on doing so.
 */
type Lost = 'always' | 'first'

/** Every kind of call that the service and its sidecar make of other parts; a test records them and holds this table to it. */
export const lostAnswers: Readonly<Record<Dependency, Readonly<Record<string, Lost>>>> = {
  kubernetes: {
    'create jobs': 'always',
    'create configmaps': 'always',
    'create secrets': 'always',
    'patch jobs': 'always',
    'patch pods': 'always',
    'delete jobs': 'always',
    'get configmaps': 'first',
    'delete secrets': 'always',
    'get jobs': 'first',
    'list jobs': 'first',
    'list pods': 'first',
    'watch pods': 'always',
    'get pods/log': 'first',
  },
  store: {
    'HEAD bucket': 'first',
    'PUT bucket': 'first',
    'HEAD object': 'first',
    'GET object': 'first',
    'PUT object': 'first',
    AssumeRole: 'first',
    'revoke credentials': 'first',
    'list objects': 'first',
    'delete objects': 'always',
    'list uploads': 'first',
    'list versions': 'first',
    'begin upload': 'first',
    'PUT part': 'first',
    'list parts': 'first',
    'complete upload': 'first',
    'abort upload': 'always',
  },
  'pod-store': {
    'GET object': 'first',
    'PUT object': 'first',
    'begin upload': 'first',
    'PUT part': 'first',
    'complete upload': 'first',
    'abort upload': 'always',
  },
  connector: {
    'GET transferprocesses': 'first',
    'GET contractagreements': 'first',
    callback: 'always',
    'POST transferprocesses/terminate': 'always',
  },
  database: {
    connect: 'first',
    settings: 'first',
    time: 'first',
    'update schema_version': 'first',
    begin: 'first',
    commit: 'first',
    rollback: 'first',
    'lock-name': 'first',
    claim: 'first',
    renew: 'first',
    'next-due': 'first',
    wake: 'first',
    'still-held': 'first',
    'give-back': 'first',
    'remove-work': 'first',
    accept: 'first',
    'same-transfer': 'first',
    'process-transfers': 'first',
    transfer: 'first',
    'update-transfer': 'first',
    job: 'first',
    'update-job': 'first',
    before: 'first',
    agreement: 'first',
    contenders: 'first',
    'all-slots': 'first',
    slots: 'first',
    turn: 'first',
    'insert-callback': 'first',
    callback: 'first',
    'remove-callback': 'first',
    'insert-result': 'first',
    result: 'first',
    'lock-result': 'first',
    'mark-result': 'first',
    'select jobs': 'first',
    'insert installation': 'first',
    'select installation': 'first',
    'insert assets': 'first',
    'asset-version': 'first',
    'newest-asset': 'first',
    'insert-usage': 'first',
    'insert usage': 'first',
    'append-audit': 'first',
    'audit-is-pending': 'first',
    'delete audit_pending': 'first',
    'select audit_head': 'first',
    'insert-audit': 'first',
    'update audit_head': 'first',
  },
}

/** What the service asks of its database while it starts, and never again: `test/faults/database.test.ts` loses these answers. */
export const onlyAtStart: ReadonlySet<string> = new Set(
  ['set', 'select', 'create', 'insert schema_version', 'select schema_version', 'with jobs'].map(
    (name) => `database: ${name}`,
  ),
)

/** How often the answer of a call of the kind `first` is lost. */
const times = 3

/**
 * A plan in which one kind of call is done, and its answer lost.
 * @param instead what comes in its place
 */
export function losing(dependency: Dependency, name: string, instead: 'reset' | 503): FaultPlan {
  const always = lostAnswers[dependency][name] === 'always'
  return (call) =>
    call.dependency === dependency && call.name === name && (always || call.index < times)
      ? { kind: 'lost', instead }
      : undefined
}

/** A plan in which the first answers of every kind of call are lost. */
export const losingAll: FaultPlan = ({ index }) => (index < 2 ? { kind: 'lost', instead: 'reset' } : undefined)
