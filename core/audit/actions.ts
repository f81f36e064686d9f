/** What an entry of the audit log is about. The id of a `result` is its job's; of an `offer` `<asset>@<connector>`. */
export type ObjectKind = 'asset' | 'job' | 'result' | 'transfer' | 'reception' | 'offer' | 'key' | 'request' | 'log'

interface ActionEntry {
  /** What it is done to. */
  readonly object: ObjectKind
  /** What it says, in one sentence. */
  readonly meaning: string
}

/** Everything the audit log can tell. Names are never reused or changed: filters and programs rely on them. docs/operations.md shows this table. */
export const actions = {
  'asset.registered': { object: 'asset', meaning: 'A version of a compute asset was registered.' },
  'asset.replaced': { object: 'asset', meaning: 'A version that no job had used was replaced.' },
  'asset.paused': { object: 'asset', meaning: 'It gets no new jobs.' },
  'asset.resumed': { object: 'asset', meaning: 'It gets new jobs again.' },
  'asset.removed': { object: 'asset', meaning: 'Every version was taken off the offer.' },
  'asset.withdrawn': { object: 'asset', meaning: 'The assets’ folder gives this version no more.' },
  'asset.offered-again': { object: 'asset', meaning: 'The assets’ folder gives this version (again).' },
  'offer.published': { object: 'offer', meaning: 'The asset was published in a connector.' },
  'offer.unpublished': { object: 'offer', meaning: 'The asset was taken out of a connector’s catalogue.' },
  'transfer.accepted': { object: 'transfer', meaning: 'A connector’s message was kept, with its job.' },
  'transfer.granting': { object: 'transfer', meaning: 'The consumer is to be given an address.' },
  'transfer.granted': { object: 'transfer', meaning: 'Access is open.' },
  'transfer.delivering': { object: 'transfer', meaning: 'A push by us began.' },
  'transfer.suspended': { object: 'transfer', meaning: 'Access is closed until the transfer is resumed.' },
  'transfer.ended': { object: 'transfer', meaning: 'The transfer is over, and its token dead.' },
  'transfer.revoked': { object: 'transfer', meaning: 'Its earlier tokens are dead.' },
  'callback.done': { object: 'transfer', meaning: 'A callback is done with: delivered, over or refused.' },
  'job.verified': { object: 'job', meaning: 'The connector confirmed transfer, agreement and consumer.' },
  'job.repeated': { object: 'job', meaning: 'An operator had a job run again, as this job.' },
  'job.starting': { object: 'job', meaning: 'An attempt took a slot.' },
  'job.running': { object: 'job', meaning: 'The worker was seen to run.' },
  'job.storing': { object: 'job', meaning: 'The worker ended well; the result is being stored.' },
  'job.attempt-failed': { object: 'job', meaning: 'An attempt failed, and another one follows.' },
  'job.stopping': { object: 'job', meaning: 'The worker of an attempt was told to end.' },
  'job.cleared-up': { object: 'job', meaning: 'Everything of an attempt is gone from the backend.' },
  'job.succeeded': { object: 'job', meaning: 'The job ended well.' },
  'job.failed': { object: 'job', meaning: 'The job failed.' },
  'job.cancelled': { object: 'job', meaning: 'Somebody ended the job.' },
  'job.logs-removed': { object: 'job', meaning: 'The job’s logs were removed.' },
  'job.forgotten': { object: 'job', meaning: 'What the service kept of the job was removed.' },
  'result.registered': { object: 'result', meaning: 'The result was found whole and registered.' },
  'result.expiry-set': { object: 'result', meaning: 'When the result is to be removed.' },
  'result.removal-ordered': { object: 'result', meaning: 'An operator wants the result removed now.' },
  'result.removed': { object: 'result', meaning: 'The result was removed, and nothing of it is left.' },
  'result.read': { object: 'result', meaning: 'An operator, or the consumer, read files of the result.' },
  'reception.prepared': { object: 'reception', meaning: 'A flow in which we receive was prepared.' },
  'reception.started': { object: 'reception', meaning: 'The provider has started: the data may come.' },
  'reception.suspended': { object: 'reception', meaning: 'Nothing is fetched or taken until the flow is resumed.' },
  'reception.resumed': { object: 'reception', meaning: 'The flow goes on.' },
  'reception.completed': { object: 'reception', meaning: 'The flow is over, and completed.' },
  'reception.terminated': { object: 'reception', meaning: 'The flow is over; what was not whole goes.' },
  'reception.received': { object: 'reception', meaning: 'Everything is here, and as it should be.' },
  'reception.failed': { object: 'reception', meaning: 'The data could not be received.' },
  'reception.fetch-ordered': { object: 'reception', meaning: 'An operator had the data fetched or verified again.' },
  'reception.read': { object: 'reception', meaning: 'An operator read a received file.' },
  'reception.removal-ordered': { object: 'reception', meaning: 'An operator wants the received files removed now.' },
  'reception.removed': {
    object: 'reception',
    meaning: 'The received files were removed, and nothing of them is left.',
  },
  'reception.forgotten': { object: 'reception', meaning: 'What the service kept of the reception was removed.' },
  'key.created': { object: 'key', meaning: 'A key of the admin API was made.' },
  'key.revoked': { object: 'key', meaning: 'A key of the admin API was revoked.' },
  'request.refused': { object: 'request', meaning: 'A request without valid credentials, or beyond its rights.' },
  'provision.refused': { object: 'request', meaning: 'A connector’s message was refused.' },
  'log.exported': { object: 'log', meaning: 'The audit log was exported.' },
  'log.unreadable': { object: 'log', meaning: 'Entries that waited for their place could not be read.' },
  'log.pruned': { object: 'log', meaning: 'Entries older than the log’s retention were removed.' },
} as const satisfies Record<string, ActionEntry>

/** Something that the audit log tells of. */
export type Action = keyof typeof actions
