/** How a command ended, by a short name; the numbers are a promise to scripts and never change. docs/cli.md is generated from this. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'it was tried and went wrong; also: a check found a fault' },
  usage: { code: 2, meaning: 'the command line makes no sense; nothing was done' },
  'not-found': {
    code: 3,
    meaning: 'what was named does not exist: an asset, version, job, log, connector, file or folder',
  },
  refused: {
    code: 4,
    meaning: 'what was given is invalid (asset, settings, connectors file), or the service refuses it',
  },
  unreachable: { code: 5, meaning: 'the service does not answer, or cannot do it right now: try again' },
  unauthorized: { code: 6, meaning: 'the service wants another token' },
  differs: { code: 7, meaning: 'asset diff, asset publish --dry-run: the connector has something else' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>

/** Name of an end. */
export type Exit = keyof typeof exitCodes

/** What shells say for a process that a signal ended; here: the service under `dsc serve`. */
export const signalBase = 128
