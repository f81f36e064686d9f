/**
 * Every place at which a crash is tried, and what is true there: where a side effect is about to happen, has happened and is on
 * record nowhere, or has just been recorded. The long run `crash-points` ends the process at each of them; a test holds this table to
 * the code.
 */
export const crashPoints = {
  'accept-begun': 'a new message is understood, nothing is written',
  'accept-kept': 'transfer and job are on disk, the connector has no answer',
  'flow-begun': 'a new data flow is understood, nothing is written',
  'flow-kept': 'data flow and job are on disk, the control plane has no answer',
  'signal-kept': 'a control plane’s signal is on record, it has no answer',
  'work-claimed': 'items of work are leased, nobody looked at them',
  'work-stepped': 'a step was taken, its item is still leased',
  'work-finished': 'an item was given back, the next one is not claimed',
  'verify-asked': 'the connector answered about a transfer, nothing of it is written',
  'verify-queued': 'the job is queued',
  'slot-taken': 'an attempt has its slot, nothing of it exists on the backend',
  'launch-done': 'the backend has the attempt, that is not on record',
  'launch-kept': 'the launch is on record',
  'job-made': 'the Job exists, suspended and alone',
  'config-map-made': 'the Job has its ConfigMap and no Secret',
  'credentials-made': 'the attempt has credentials that nobody knows',
  'secret-made': 'everything of the attempt exists, and the Job is suspended',
  'job-released': 'the Job was let go, the launch has not returned',
  'directory-made': 'the local attempt has its directories and no process',
  'worker-started': 'the local worker runs and its process id is noted',
  'running-kept': 'that the worker runs, or ended, is on record',
  'stop-kept': 'why a worker is to end is on record, and it runs on',
  'stop-sent': 'the worker was told to end',
  'files-sent': 'the files of a result are in the object store, without a manifest',
  'manifest-made': 'the manifest is there, the upload has not ended',
  'result-checked': 'the result is whole, it is not registered',
  'result-kept': 'the result is registered, the connector was not told',
  'log-kept': 'the logs of an attempt are in the object store, that is not on record',
  'attempt-failed-kept': 'an attempt has failed on record, the next one has not begun',
  'job-failed-kept': 'the job has failed on record, the connector was not told',
  'callback-begun': 'a callback is about to be sent',
  'callback-marked': 'that a callback is about to be sent is on record, it was not sent',
  'callback-sent': 'the connector answered a callback, the outbox still has it',
  'callback-done': 'a callback is out of the outbox',
  'deliver-begun': 'that a result is pushed is on record, nothing of it was sent',
  'deliver-sent': 'everything is at its destination, that is not on record',
  'deliver-kept': 'that everything is at its destination is on record, the control plane was not told',
  'transfer-asked': 'the connector said how a transfer stands, nothing of it is written',
  'transfer-followed': 'a transfer follows its process on record',
  'transfer-ended': 'the end of a transfer is on record, and its job’s with it',
  'removal-set': 'a result has its time of removal, and no work that does it',
  'cancel-begun': 'an operator’s cancel is about to be written',
  'cancel-kept': 'an operator’s cancel is on record, the operator has no answer',
  'retry-begun': 'an operator’s repetition is about to be written',
  'retry-kept': 'an operator’s repetition is on record, the operator has no answer',
  'clear-up-stopping': 'the worker of a job that is over is about to be told to end, that is on record',
  'clear-up-logs-kept': 'the logs of a job that is over are kept on record, its objects exist',
  'objects-removing': 'the backend was told to remove an attempt',
  'leftovers-removed': 'what an attempt left in the object store is gone, its slot is not free',
  'slot-freed': 'a slot is free, nobody who waits for one was told',
  'expiry-removed': 'a result is gone from the object store, not from the record',
  'expiry-kept': 'a result is gone on record',
  'orphan-found': 'an attempt that nobody owns was found on the backend',
  'orphan-removed': 'the backend was told to remove it',
  'bundle-kept': 'the files of an asset are in the object store, the asset is not registered',
  'asset-kept': 'an asset is registered, whoever sent it has no answer',
  'reception-kept': 'a reception is on disk, the control plane has no answer',
  'reception-signal-kept': 'what a control plane said of a reception is on record, it has no answer',
  'file-fetched': 'a file of a provider is in the object store, others are missing or nothing of it is on record',
  'file-taken': 'a pushed file is in the object store, the provider has no answer',
  'reception-whole': 'everything of a reception is here and was compared, that is not on record',
  'news-marked': 'that the control plane is about to be told of a reception is on record, it was not told',
  'news-sent': 'the control plane answered what it was told of a reception, that is not on record',
  'reception-erased': 'the files of a reception are gone from the object store, not from the record',
} as const

/** The name of such a place. */
export type CrashPoint = keyof typeof crashPoints

/** What happens at each place; nothing, unless a test run says otherwise. */
let strike: ((point: CrashPoint) => void) | undefined

/** Marks a place at which a crash is tried. It does nothing, unless the process was started for such a trial. */
export function crash(point: CrashPoint): void {
  strike?.(point)
}

/** Says what happens at every place from now on: for trials only. */
export function armCrashPoints(happens: (point: CrashPoint) => void): void {
  strike = happens
}
