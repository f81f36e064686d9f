import { parseArgs } from 'node:util'

/** What the demo was asked to do. */
export interface DemoOptions {
  /** Folder of the asset below config/assets. */
  readonly asset: string
  readonly parameters: Readonly<Record<string, string>>
  readonly fail: boolean
  readonly keep: boolean
  readonly backend: 'local' | 'kubernetes'
  /** What somebody types to run the demo again. */
  readonly called: string
}

/** Shown by --help. */
export const usage = `Runs the main job on this machine: registers an example compute asset, lets a simulated connector ask for it,
computes, and fetches the result as the consumer would.

  npm run demo -- [options]

  --asset NAME          word-count (default), linear-regression or parameter-sweep
  --param NAME=VALUE    a parameter of the consumer; may be repeated
  --fail                shows how a failed job looks to provider and consumer
  --keep                leaves everything running and prints the addresses
  --backend kubernetes  runs the job on the cluster of KUBECONFIG, with results in the S3 service of S3_ENDPOINT
  --help                this text
`

/** Thrown for arguments that make no sense; the message says what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads the command line.
 * @returns `undefined` where only help was asked for
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        asset: { type: 'string' },
        param: { type: 'string', multiple: true, default: [] },
        fail: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        backend: { type: 'string', default: 'local' },
        help: { type: 'boolean', default: false },
        called: { type: 'string', default: 'npm run demo --' },
      },
    }))
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  if (values.help) return undefined
  if (values.backend !== 'local' && values.backend !== 'kubernetes')
    throw new UsageError(`--backend is local or kubernetes, not ${values.backend}`)
  const given = Object.fromEntries(values.param.map(readParameter))
  if (values.fail && values.asset !== undefined && values.asset !== failing.asset) {
    throw new UsageError(
      `--fail goes with --asset ${failing.asset}: its training diverges when the learning rate is too high`,
    )
  }
  const asset = values.asset ?? (values.fail ? failing.asset : 'word-count')
  if (!/^[a-z0-9-]+$/.test(asset))
    throw new UsageError(`--asset is the name of a folder in config/assets, not ${asset}`)
  const parameters = values.fail ? { ...given, ...failing.parameters } : given
  return { asset, parameters, fail: values.fail, keep: values.keep, backend: values.backend, called: values.called }
}

/** An honest failure: with this learning rate the training diverges and the worker exits with 3. */
const failing = { asset: 'linear-regression', parameters: { LEARNING_RATE: '1' } }

function readParameter(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--param takes NAME=VALUE, not ${text}`)
  return [text.slice(0, at), text.slice(at + 1)]
}
