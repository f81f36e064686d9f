import { z } from 'zod'
import { CliError } from '../cli-error.ts'
import type { Exit } from '../exit-codes.ts'

/** A problem as the service sends it (RFC 9457). */
const problemSchema = z.object({
  title: z.string().regex(/\S/),
  detail: z.string().optional(),
  code: z.string().optional(),
  hint: z.string().optional(),
  problems: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
})

/** Longest part of an answer shown where it is no problem document, in characters. */
const shownCharacters = 300

/** The error for an answer that is no success. */
export async function answeredError(url: string, response: Response): Promise<CliError> {
  const { status } = response
  const text = await response.text().catch(() => '')
  const parsed = problemSchema.safeParse(parse(text))
  if (!parsed.success) {
    return new CliError(exitFor(status), `${url} answered ${status} ${response.statusText}`.trim(), {
      detail: text.slice(0, shownCharacters),
      status,
      hint: 'This is not how dataspace-compute answers. Is it the admin address, and is there a proxy between?',
    })
  }
  const { title, detail, code, hint, problems, requestId } = parsed.data
  const advice = adviceFor(code) ?? hint
  // The service is there; what it found out at the connector does not pass by itself.
  const lasting = code === 'connector-failed' || code === 'connector-refuses-key'
  return new CliError(lasting ? 'failed' : exitFor(status), title, {
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(code === undefined ? {} : { code }),
    ...(advice === undefined ? {} : { hint: advice }),
    ...(problems === undefined ? {} : { problems }),
    ...(requestId === undefined ? {} : { requestId }),
  })
}

/** Where the command line can say it better than an API: in its own words. */
function adviceFor(code: string | undefined): string | undefined {
  switch (code) {
    case 'unauthorized':
      return 'Give an API key or the value of the service’s DSC_ADMIN_TOKEN in DSC_ADMIN_TOKEN, or a file with it by --token-file.'
    case 'key-unknown':
      return 'dsc key list shows those that there are.'
    case 'asset-exists':
      return 'Raise metadata.version, or replace the version with --replace while no job has used it.'
    case 'asset-unknown':
      return 'dsc asset list shows what is registered.'
    case 'connector-unknown':
      return 'dsc connector list shows those of the connectors file here.'
    case 'not-ours':
      return 'Look at it in the connector. --adopt takes it over; else rename or remove one of the two.'
    case 'policy-needed':
      return 'Say which it shall have, by --access-policy and --contract-policy; open stands for one without rules.'
    case 'job-unknown':
      return 'dsc job list shows the newest jobs.'
    case undefined:
    default:
      return undefined
  }
}

/** The end that belongs to an HTTP status. */
function exitFor(status: number): Exit {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 502 || status === 503 || status === 504) return 'unreachable'
  return status >= 400 && status < 500 ? 'refused' : 'failed'
}

/** The error where no answer came. */
export function unreachableError(url: string, error: unknown): CliError {
  return new CliError('unreachable', `The service does not answer at ${url}`, {
    detail: reasonOf(error),
    hint: 'Is it running? `dsc serve` starts it; --admin-url or DSC_ADMIN_URL names another address.',
    cause: error,
  })
}

/** `fetch failed` says nothing; what it hides in its causes does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'No answer came in time.'
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ')
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
