interface CauseEntry {
  /** What happened, in words for an operator. */
  readonly title: string
  /** What to do about it. */
  readonly hint: string
}

/** Every cause for which a reception fails. docs/receiving.md shows this table. */
export const receptionCauses = {
  'address-refused': {
    title: 'The address of the data may not be called',
    hint: 'Where the provider is in your own network, name its host in DSC_RECEIVE_HOSTS; else have it give an address that can be reached.',
  },
  'access-refused': {
    title: 'The provider refuses the data',
    hint: 'See whether the transfer still lasts; where it does, resume or repeat it, so that the provider gives a new address.',
  },
  unreachable: {
    title: 'The provider did not give the data for as long as it was tried',
    hint: 'See whether its address answers, then fetch again; DSC_RECEIVE_PATIENCE says for how long it is tried.',
  },
  'job-failed': {
    title: 'The provider’s job failed; there is no result',
    hint: 'What the provider tells of it stands in the message. Ask the provider, or start another transfer.',
  },
  'no-manifest': {
    title: 'What came has no manifest by which it could be verified',
    hint: 'Have the provider send one, or set DSC_RECEIVE_MANIFEST=optional.',
  },
  'invalid-manifest': {
    title: 'The manifest cannot be read',
    hint: 'Ask the provider: it sends a manifest that breaks the rules.',
  },
  'wrong-content': {
    title: 'A file is not as the manifest says',
    hint: 'Fetch again. Where it happens again, something between here and the provider changes the data.',
  },
  incomplete: {
    title: 'Files are missing although the provider says that it is done',
    hint: 'Ask the provider to deliver again, in another transfer.',
  },
  'too-large': {
    title: 'It is larger than what is taken here',
    hint: 'Raise DSC_RECEIVE_BYTES where there is room, and fetch again.',
  },
  terminated: {
    title: 'The transfer was terminated before everything was here',
    hint: 'The reason stands with the transfer process in the connector.',
  },
} as const satisfies Record<string, CauseEntry>

/** A cause of failure of a reception; stable. */
export type ReceptionCause = keyof typeof receptionCauses

/** Why a reception failed. */
export interface ReceptionFailure {
  readonly cause: ReceptionCause
  /** What happened this time. Holds nothing secret. */
  readonly message: string
}
