import { z } from 'zod'
import type { Agreement, ProcessState, TransferProcess } from '../../core/ports/connector.ts'
import { agreementEnd } from './agreement-end.ts'
import type { Answer, HttpClient } from './http.ts'
import { keyedClient, type ManagementKey } from './keyed-client.ts'

/** Namespace of every property that EDC defines. */
export const edcNamespace = 'https://w3id.org/edc/v0.0.1/ns/'

/** States of an EDC transfer process in our words (EDC 0.10 `TransferProcessStates`). */
const processStates: Readonly<Record<string, ProcessState>> = {
  INITIAL: 'preparing',
  PROVISIONING: 'preparing',
  PROVISIONING_REQUESTED: 'awaiting',
  STARTUP_REQUESTED: 'awaiting',
  PROVISIONED: 'provisioned',
  REQUESTING: 'provisioned',
  REQUESTED: 'provisioned',
  STARTING: 'provisioned',
  STARTED: 'started',
  RESUMING: 'suspended',
  RESUMING_REQUESTED: 'suspended',
  RESUMED: 'suspended',
  SUSPENDING: 'suspended',
  SUSPENDING_REQUESTED: 'suspended',
  SUSPENDED: 'suspended',
  COMPLETING: 'completed',
  COMPLETING_REQUESTED: 'completed',
  COMPLETED: 'completed',
  TERMINATING: 'terminated',
  TERMINATING_REQUESTED: 'terminated',
  TERMINATED: 'terminated',
}

const transferProcessSchema = z.looseObject({
  state: z.string(),
  stateTimestamp: z.number().optional().catch(undefined),
  assetId: z.string(),
  contractId: z.string(),
  transferType: z.string().optional(),
  dataDestination: z.looseObject({}).optional(),
})
const agreementSchema = z.looseObject({
  consumerId: z.string(),
  assetId: z.string(),
  /** Seconds since 1970 (EDC 0.10); a later release might count milliseconds. */
  contractSigningDate: z.number().optional().catch(undefined),
  policy: z.unknown(),
})

/** Versions of the Management API, with the JSON-LD context that each one's requests have (v4: EDC from 0.17 on). */
export const managementContexts = {
  v3: { '@vocab': edcNamespace },
  v4: ['https://w3id.org/edc/connector/management/v2'],
} as const

/** A version of the Management API; stands in its paths. */
export type ManagementVersion = keyof typeof managementContexts

/** What we ask of a connector's Management API. */
export interface ManagementApi {
  transferProcess(id: string): Promise<TransferProcess | undefined>
  agreement(id: string): Promise<Agreement | undefined>
  /** Answer of a provisioner callback; the caller judges its status. */
  callBack(processId: string, body: unknown): Promise<Answer>
  /** Answer of the terminate call; the caller judges its status. */
  terminate(processId: string, reason: string): Promise<Answer>
  check(): Promise<void>
}

/** The Management API at an address, with its key. The callback path lies below it (seen: `<management>/callback/<id>/provision`). */
export function managementApi(
  settings: ManagementKey & {
    readonly managementUrl: string
    readonly callbackAddress: string
    readonly callbackUrl?: string
    /** @default v3 */
    readonly version?: ManagementVersion
  },
): ManagementApi {
  const { version = 'v3' } = settings
  const context = managementContexts[version]
  const api = keyedClient(settings.managementUrl, settings)
  const callbacks = keyedClient(settings.callbackUrl ?? settings.callbackAddress, settings)
  return {
    async transferProcess(id) {
      const body = await read(api, `/${version}/transferprocesses/${encodeURIComponent(id)}`, transferProcessSchema)
      return body === undefined ? undefined : processOf(body)
    },
    async agreement(id) {
      const body = await read(api, `/${version}/contractagreements/${encodeURIComponent(id)}`, agreementSchema)
      return body === undefined ? undefined : agreementOf(body)
    },
    callBack: (processId, body) => callbacks.post(`/${encodeURIComponent(processId)}/provision`, body),
    terminate: (processId, reason) =>
      api.post(`/${version}/transferprocesses/${encodeURIComponent(processId)}/terminate`, {
        '@context': context,
        '@type': 'TerminateTransfer',
        reason,
      }),
    async check() {
      const path = `/${version}/transferprocesses/request`
      const answer = await api.post(path, { '@context': context, '@type': 'QuerySpec', limit: 1 })
      if (answer.status !== 200) throw unexpected(`POST ${path}`, answer)
    },
  }
}

/** An Error for an answer that is none of those expected; says what to look at, and how long to wait where the connector did. */
export function unexpected(call: string, { status, retryAfterMs }: Answer): Error {
  const advice =
    status === 401 || status === 403
      ? ': the connector refuses the configured apiKey'
      : status === 405
        ? ': the Management API is not there (yet); readiness turns true seconds before it is mounted'
        : status === 404
          ? ', and not by a connector that says what it does not know: look at managementUrl, and at the proxy in front of it'
          : ''
  return Object.assign(new Error(`${call} was answered ${status}${advice}`), { retryAfterMs })
}

/**
 * Whether the connector itself says that it does not know something. A proxy in front of it answers 404 while the connector is away,
 * and so does the connector while it is coming up; to believe that would end jobs that are well.
 */
export function isUnknown({ status, body }: Answer): boolean {
  return status === 404 && unknownSchema.safeParse(body).success
}

/** What EDC says of an id that it does not know (recorded from 0.10.0). */
const unknownSchema = z.tuple([z.looseObject({ type: z.literal('ObjectNotFound') })])

async function read<T>(api: HttpClient, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const answer = await api.get(path)
  if (isUnknown(answer)) return undefined
  if (answer.status !== 200) throw unexpected(`GET ${path}`, answer)
  const parsed = schema.safeParse(answer.body)
  if (!parsed.success)
    throw new Error(`GET ${path} was answered 200 with an unexpected body: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function agreementOf(body: z.output<typeof agreementSchema>): Agreement {
  const { consumerId, assetId, policy, contractSigningDate: signed = 0 } = body
  const endsAt = agreementEnd(policy, signed > 1e11 ? signed : signed * 1_000)
  return { consumerId, assetId, ...(endsAt === undefined ? {} : { endsAt }) }
}

function processOf(body: z.output<typeof transferProcessSchema>): TransferProcess {
  const destination: Readonly<Record<string, unknown>> = body.dataDestination ?? {}
  return {
    state: Object.hasOwn(processStates, body.state)
      ? (processStates[body.state] ?? endedState(body))
      : endedState(body),
    stateName: body.state,
    ...(body.stateTimestamp === undefined ? {} : { stateSince: body.stateTimestamp }),
    assetId: body.assetId,
    agreementId: body.contractId,
    parameters: destination['params'] ?? destination[`${edcNamespace}params`],
  }
}

/**
 * Deprovisioning follows every end. Which one it was cannot be told any more: the error detail is overwritten on the way (seen on
 * 0.10.0), and a provider that ends a transfer itself is in TERMINATED for a moment only. A push ends by itself when it is done, so
 * it counts as completed; a pull ends only when somebody says so.
 */
function endedState({ state, transferType }: z.output<typeof transferProcessSchema>): ProcessState {
  if (!state.startsWith('DEPROVISION')) {
    throw new Error(`the connector names a transfer process state that is unknown here: ${state}`)
  }
  return transferType?.endsWith('-PUSH') === true ? 'completed' : 'terminated'
}
