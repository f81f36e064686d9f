import { z } from 'zod'
import type { ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import { type Described, type DescribedAnswers, json, operation } from './describe.ts'

const open = z.strictObject({
  connector: z.string().meta({ description: 'The connector’s id in the connectors file.' }),
})
const secret = {
  secret: z.string().meta({ description: 'The connector’s secret, where it has one.' }),
}
const flow = { flow: z.string().meta({ description: 'The data flow’s id: the control plane’s transfer process.' }) }

const common = { tags: ['data-plane'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = ['body-too-large', 'unsupported-media-type']

/** A refusal by the data plane itself; others have the form of every problem of this service. */
const flowProblem = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    code: { type: 'string' as const, description: 'Stable.' },
    detail: { type: 'string' as const, description: 'For whoever reads it: EDC hands it on to the consumer.' },
  },
}
const problemContent = {
  'application/problem+json': { schema: { anyOf: [{ $ref: '#/components/schemas/Problem' }, flowProblem] } },
}
const challenge = { 'WWW-Authenticate': { required: true, schema: { type: 'string' as const, const: 'Bearer' } } }
const retryAfter = {
  'Retry-After': { required: true, schema: { type: 'string' as const, pattern: String.raw`^\d+$` } },
}
const refusals: DescribedAnswers = {
  400: { description: 'The message cannot be read.', content: problemContent },
  401: { description: 'Neither secret nor token are right.', headers: challenge, content: problemContent },
  404: { description: 'No such data flow, control plane or path.', content: problemContent },
  409: { description: 'At odds with the state of the data flow.', content: problemContent },
  422: { description: 'It cannot be done, and the detail says why.', content: problemContent },
  503: { description: 'Not now.', headers: retryAfter, content: problemContent },
}

const state = z.enum([
  'INITIALIZED',
  'PREPARING',
  'PREPARED',
  'STARTING',
  'STARTED',
  'SUSPENDED',
  'COMPLETED',
  'TERMINATED',
])
const addressSchema = z
  .strictObject({
    '@type': z.literal('DataAddress'),
    endpointType: z.string(),
    endpoint: z.string().optional(),
    endpointProperties: z.array(
      z.strictObject({ '@type': z.literal('EndpointProperty'), name: z.string(), value: z.string() }),
    ),
  })
  .meta({ id: 'DataAddress' })
const statusSchema = z
  .strictObject({
    messageId: z.string(),
    dataFlowId: z.string(),
    state,
    dataAddress: addressSchema.optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'DataFlowStatusMessage' })
const stateSchema = z.strictObject({ dataFlowId: z.string(), state }).meta({ id: 'DataFlowStatusResponseMessage' })
const document = z.looseObject({ '@type': z.string() })

const anyMessage = {
  required: false,
  content: { 'application/json': { schema: { description: 'As the specification says; other fields pass unread.' } } },
}
const address = json('It is so, with the address where there is one.', statusSchema)
const started: DescribedAnswers = {
  200: json(
    'It has started, with the address where there is one; as a document in the form `json-ld`.',
    z.union([statusSchema, document]),
  ),
  202: {
    ...json('It will be; a callback tells when.', statusSchema),
    headers: { Location: { required: true, schema: { type: 'string' } } },
  },
}
const done: DescribedAnswers = { 200: { description: 'Done, now or before.' } }
const doneInBothForms: DescribedAnswers = { ...done, 204: { description: 'Likewise, in the form `json-ld`.' } }

interface Endpoint {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly id: string
  readonly summary: string
  readonly answers: DescribedAnswers
}

const endpoints: readonly Endpoint[] = [
  {
    path: '/dataflows/prepare',
    method: 'post',
    id: 'prepareDataFlow',
    summary: 'A control plane has a data flow prepared in which we receive.',
    answers: { 200: address },
  },
  {
    path: '/dataflows/start',
    method: 'post',
    id: 'startDataFlow',
    summary: 'A control plane has a data flow started: its job is on disk when this is answered.',
    answers: started,
  },
  {
    path: '/dataflows',
    method: 'post',
    id: 'startDataFlowJsonLd',
    summary: 'The same in the form json-ld (EDC up to 0.14).',
    answers: { 200: json('It has started, with the address where there is one.', document) },
  },
  {
    path: '/dataflows/check',
    method: 'get',
    id: 'checkDataPlane',
    summary: 'Whether the data plane is there, in the form json-ld.',
    answers: { 204: { description: 'It is.' } },
  },
  {
    path: '/dataflows/{flow}/started',
    method: 'post',
    id: 'dataFlowStarted',
    summary: 'The provider has started the data flow in which we receive.',
    answers: done,
  },
  {
    path: '/dataflows/{flow}/suspend',
    method: 'post',
    id: 'suspendDataFlow',
    summary: 'Access closes, and what has not started waits.',
    answers: doneInBothForms,
  },
  {
    path: '/dataflows/{flow}/resume',
    method: 'post',
    id: 'resumeDataFlow',
    summary: 'Access opens again, at the same address.',
    answers: { 200: address },
  },
  {
    path: '/dataflows/{flow}/terminate',
    method: 'post',
    id: 'terminateDataFlow',
    summary: 'The data flow ends, and its job with it.',
    answers: doneInBothForms,
  },
  {
    path: '/dataflows/{flow}/completed',
    method: 'post',
    id: 'dataFlowCompleted',
    summary: 'The other side has everything.',
    answers: done,
  },
  {
    path: '/dataflows/{flow}/status',
    method: 'get',
    id: 'readDataFlow',
    summary: 'Where the data flow is.',
    answers: { 200: json('Its state.', stateSchema) },
  },
  {
    path: '/dataflows/{flow}/state',
    method: 'get',
    id: 'readDataFlowJsonLd',
    summary: 'The same in the form json-ld.',
    answers: { 200: json('Its state.', document) },
  },
]

function itemOf({ path, method, id, summary, answers }: Endpoint, guarded: boolean): ZodOpenApiPathItemObject {
  const shape = { ...(guarded ? secret : {}), ...(path.includes('{flow}') ? flow : {}) }
  const described: Described = {
    ...common,
    operationId: guarded ? `${id}Guarded` : id,
    summary: guarded ? `${summary} For a connector that has a secret.` : summary,
    requestParams: { path: open.extend(shape) },
    ...(method === 'post' ? { requestBody: anyMessage } : {}),
    answers: { ...answers, ...refusals },
    refusals: always,
  }
  return { [method]: operation(described) }
}

/** What control planes call: Data Plane Signaling, each base address for one of them. */
export const dataPlanePaths: ZodOpenApiPathsObject = Object.fromEntries(
  endpoints.flatMap((endpoint) => [
    [`/dataplanes/{connector}${endpoint.path}`, itemOf(endpoint, false)],
    [`/dataplanes/{connector}/{secret}${endpoint.path}`, itemOf(endpoint, true)],
  ]),
)
