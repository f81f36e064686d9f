/**
 * Every rule of the checker, by its name: which promise it is about, and what a reader can do where it is broken. The promises are those
 * of docs/operations.md, “Checking the whole”.
 */
export const checkRules = {
  'unreadable-row': {
    promise: 'the store holds only what can be read',
    hint: 'Something else wrote to the database, or a newer release did. Restore a backup, or remove the row by hand.',
  },
  'contradicting-row': {
    promise: 'the store does not contradict itself',
    hint: 'Something else wrote to the database. Restore a backup.',
  },
  'no-work': {
    promise: 'everything that is not over is looked at again',
    hint: 'Restarting the service does not help. It becomes due when the job is cancelled, its transfer is ended in the connector, or the files of the reception are removed (dsc reception remove).',
  },
  overdue: {
    promise: 'everything that is due is taken',
    hint: 'See that the service runs and can write to its store; docs/operations.md, work_late.',
  },
  'past-deadline': {
    promise: 'every job comes to its end within its limits',
    hint: 'dsc job why tells what it waits for; the log says what fails.',
  },
  'live-after-end': {
    promise: 'the end of a transfer is the end of its job',
    hint: 'Cancel the job: dsc job cancel.',
  },
  'two-attempts': {
    promise: 'at most one attempt of a job exists',
    hint: 'The older one is removed by the next sweep (DSC_SWEEP_INTERVAL) when it is ten minutes old.',
  },
  'stray-attempt': {
    promise: 'everything on the backend belongs to an attempt on record',
    hint: 'The next sweep (DSC_SWEEP_INTERVAL) removes it when it is ten minutes old.',
  },
  'lost-attempt': {
    promise: 'every attempt on record exists on the backend',
    hint: 'Somebody removed its objects; the next look at the job says so. Nothing is to be done.',
  },
  'held-slot': {
    promise: 'nothing is left of a job that is over',
    hint: 'The removal hangs: see what the log says of the job, and whether a finalizer holds its objects.',
  },
  'too-many': {
    promise: 'limits hold at every moment',
    hint: 'A fault: please report it with what the log says of these jobs.',
  },
  'success-without-result': {
    promise: 'a job that succeeded has a registered result',
    hint: 'A fault: please report it.',
  },
  'result-without-success': {
    promise: 'only a job that succeeded has a result',
    hint: 'A fault: please report it.',
  },
  'broken-result': {
    promise: 'a registered result is whole in the object store',
    hint: 'Somebody removed or changed its objects. Restore them, or run the job again: dsc job retry.',
  },
  'broken-reception': {
    promise: 'what was received is whole in the object store',
    hint: 'Somebody removed or changed its files. Restore them; or remove the reception and, as long as its transfer lasts, have it fetched again: dsc reception remove, dsc reception fetch.',
  },
  'left-in-store': {
    promise: 'nothing lies in the object store but results and receptions that are kept, logs, and inputs of assets',
    hint: 'Remove it by hand: nobody reads it any more, unless another installation shares the bucket and has the job or the reception.',
  },
  'callback-without-cause': {
    promise: 'a connector is told of a result only where there is one',
    hint: 'A fault: please report it.',
  },
  'callback-twice': {
    promise: 'a connector is told of one end once',
    hint: 'A fault: please report it. The connector’s state is read before each is sent, so one of them has no effect.',
  },
  'callback-late': {
    promise: 'a callback is delivered within three days',
    hint: 'The connector does not answer, or refuses: dsc connector check.',
  },
  'connector-waits': {
    promise: 'a connector does not wait for what will never come',
    hint: 'End the transfer process in the connector.',
  },
  'connector-ahead': {
    promise: 'a connector got the address from us',
    hint: 'Somebody else called back for this transfer: see who can reach the connector’s callback address.',
  },
} as const satisfies Readonly<Record<string, { readonly promise: string; readonly hint: string }>>

/** The name of a rule. */
export type CheckRule = keyof typeof checkRules

/** Something that is not as it should be. */
export interface Finding {
  readonly rule: CheckRule
  /** What it is about: the id of a job, transfer, callback or reception, an object's key. With the rule it names the finding. */
  readonly about: string
  readonly message: string
}
