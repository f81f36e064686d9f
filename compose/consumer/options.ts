import { parseArgs } from 'node:util'

/** Who the consumer is, whom it asks, and what for. */
export interface ConsumerOptions {
  /** Management API of the consumer's own connector. */
  readonly management: string
  readonly keyFile: string
  /** Participant id of the provider, and where its connector is reached by other connectors. */
  readonly providerId: string
  readonly provider: string
  readonly asset: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Prints the result alone. */
  readonly quiet: boolean
}

/** Shown by --help. */
export const usage = `Asks for a compute asset as a consumer, and prints its result:

  docker compose run --rm demo [options]

  --param NAME=VALUE    a parameter of the asset; may be repeated
  --quiet               prints the result and nothing else
  --help                this text

Where everything is, which docker-compose.yaml says:

  --management URL      Management API of the consumer’s connector
  --key-file FILE       file that holds its key
  --provider-id ID      participant id of the provider
  --provider URL        where the provider’s connector is reached by other connectors
  --asset ID            the asset
`

/** Thrown for arguments that make no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads the command line.
 * @returns undefined where only help was asked for
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): ConsumerOptions | undefined {
  const values = parsed(args)
  if (values.help) return undefined
  const needed = (name: 'management' | 'key-file' | 'provider-id' | 'provider' | 'asset'): string => {
    const value = values[name]
    if (value === undefined) throw new UsageError(`--${name} is missing`)
    return value
  }
  return {
    management: needed('management'),
    keyFile: needed('key-file'),
    providerId: needed('provider-id'),
    provider: needed('provider'),
    asset: needed('asset'),
    parameters: Object.fromEntries(values.param.map(readParameter)),
    quiet: values.quiet,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        management: { type: 'string' },
        'key-file': { type: 'string' },
        'provider-id': { type: 'string' },
        provider: { type: 'string' },
        asset: { type: 'string' },
        param: { type: 'string', multiple: true, default: [] },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** A value that is JSON, such as a number, is taken as that; any other is text. */
function readParameter(text: string): [string, unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new UsageError(`--param takes NAME=VALUE, not ${text}`)
  const value = text.slice(equals + 1)
  try {
    return [text.slice(0, equals), JSON.parse(value)]
  } catch {
    return [text.slice(0, equals), value]
  }
}
