import { z } from 'zod'

const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      causes: z.array(z.object({ field: z.string().default(''), message: z.string().default('') })).default([]),
    })
    .nullish(),
})

/** A field that the API server found wrong. */
export interface FieldProblem {
  readonly field: string
  readonly message: string
}

/** The API server, or something in front of it, answered with an error; its own words are part of the message. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** Whether it was Kubernetes that answered, and not a proxy in between. */
  readonly byKubernetes: boolean
  /** Kubernetes' word for it, such as `AlreadyExists`; empty where it gave none. */
  readonly reason: string
  /** What the API server said, alone. */
  readonly said: string
  readonly fields: readonly FieldProblem[]
  /** How long it wants to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number

  /**
   * @param call for the message, such as `POST jobs`
   * @param body what was answered: a Status object as JSON, or any text
   * @param retryAfterMs what its header Retry-After asks for, in milliseconds
   */
  constructor(call: string, status: number, body: string, retryAfterMs = 0) {
    const parsed = statusSchema.safeParse(parseJson(body))
    const said = parsed.success ? parsed.data.message : body.slice(0, 500)
    super(`Kubernetes answered ${call} with ${status}: ${said}${adviceFor(status, said)}`)
    this.status = status
    this.byKubernetes = parsed.success
    this.reason = parsed.success ? parsed.data.reason : ''
    this.said = said
    this.retryAfterMs = retryAfterMs
    this.fields = parsed.success ? (parsed.data.details?.causes ?? []) : []
  }
}

/** Whether an error is an answer with this HTTP status. */
export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status
}

/**
 * Whether the API server itself says that there is no such object. A proxy in front of it, or a server that is coming up and serves
 * nothing yet, answers 404 as well, and then nothing is known of the object.
 */
export function isNotFound(error: unknown): error is ApiError {
  return hasStatus(error, 404) && error.reason === 'NotFound'
}

/** What an operator does about an answer, as a sentence with a space before it; empty where nothing is known. */
function adviceFor(status: number, said: string): string {
  if (status === 401) return ' The credentials in the kubeconfig are not accepted; renew them.'
  if (status !== 403) return ''
  const missing = /cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(said)
  if (missing === null) return ''
  const [, verb = '', resource = '', group = ''] = missing
  return ` The service's Role lacks the verb ${verb} on ${resource}${group === '' ? '' : ` in the API group ${group}`}: compare it with k8s/role.yaml.`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
