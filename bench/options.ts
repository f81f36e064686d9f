import { parseArgs } from 'node:util'

/** What `npm run bench` was asked to do. */
export interface Options {
  /** Names of benchmarks; all of them where none is named. */
  readonly names: readonly string[]
  readonly quick: boolean
  readonly strict: boolean
  readonly record: boolean
  /** Where the JSON goes; `undefined`: a file of its own below dist/bench-results. */
  readonly out: string | undefined
}

/** Shown by --help. */
export const usage = `Measures the service and the data sidecar on this machine, beside a peer or beside what the machine can do at all.

  npm run bench -- [options] [benchmark ...]

  --quick     only to see that everything works: the figures mean nothing
  --strict    exit with 1 where an aim is missed (otherwise only where a benchmark fails)
  --out FILE  write the JSON there instead of below dist/bench-results
  --record    keep the report: bench/last-report.json and the table in docs/benchmarks.md; benchmarks that are
              not named stay as they were measured before
  --help      this text

Benchmarks:
`

/** Thrown for arguments that make no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads the command line.
 * @param known names of all benchmarks
 * @returns `undefined` where only help was asked for
 * @throws UsageError
 */
export function readOptions(parameters: readonly string[], known: readonly string[]): Options | undefined {
  let parsed
  try {
    parsed = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const { values, positionals } = parsed
  if (values.help) return undefined
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new UsageError(`there is no benchmark ${unknown}; there are ${known.join(', ')}`)
  if (values.record && values.quick) throw new UsageError('--quick gives figures that mean nothing: none to --record')
  const { quick, strict, record, out } = values
  return { names: positionals, quick, strict, record, out }
}
