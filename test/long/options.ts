import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

/** What `npm run test:long` was asked to do. */
export interface Options {
  /** Names of runs; all of them where none is named. */
  readonly names: readonly string[]
  /** Share of the full size. */
  readonly size: number
  readonly seed: number
  readonly record: boolean
  /** Where the JSON goes; `undefined`: a file of its own below dist/long-results. */
  readonly out: string | undefined
}

/** Shown by --help. */
export const usage = `Tests that take too long for every change: what they find are broken promises.

  npm run test:long -- [options] [run ...]

  --size SHARE  share of the full size, such as 0.1 (default: 1)
  --seed NUMBER what all choices follow from; the one of a failure shows it again (default: any)
  --out FILE    write the JSON there instead of below dist/long-results
  --record      keep what was found: test/long/last-report.json and the table in docs/long-runs.md
  --help        this text

Runs:
`

/** Thrown for arguments that make no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Seeds are from 0 up to this. */
const seeds = 2 ** 31

/**
 * Reads the command line.
 * @param known names of all runs
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
        size: { type: 'string', default: '1' },
        seed: { type: 'string' },
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
  if (unknown !== undefined) throw new UsageError(`there is no run ${unknown}; there are ${known.join(', ')}`)
  const size = Number(values.size)
  if (!(size > 0 && size <= 1)) throw new UsageError('--size takes a share of the full size, above 0 and up to 1')
  const seed = values.seed === undefined ? randomInt(seeds) : Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed >= seeds)
    throw new UsageError(`--seed takes a whole number from 0 to ${seeds - 1}`)
  return { names: positionals, size, seed, record: values.record, out: values.out }
}
