import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { listen, readText, stop } from '../../demo/simulated-connector/http.ts'
import { eventually } from './eventually.ts'
import { NAMESPACE } from './management-client.ts'

/** What the provider's connector asks for; fields not named here stay as they are. */
export type ProvisionRequest = z.infer<typeof ProvisionRequest>
const ProvisionRequest = z.looseObject({
  assetId: z.string(),
  transferProcessId: z.string(),
  resourceDefinitionId: z.string(),
  callbackAddress: z.string(),
})

/** A transfer event as the provider's connector reports it. */
type TransferEvent = z.infer<typeof TransferEvent>
const TransferEvent = z.looseObject({ type: z.string(), payload: z.looseObject({ transferProcessId: z.string() }) })

/** A message received, whole. */
interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** The smallest service a connector can provision at: it notes what comes, answers as told, and serves an echo as the result. */
export interface Provisioner {
  readonly origin: string
  readonly received: readonly Received[]
  readonly events: readonly TransferEvent[]
  /** Decides what provision requests are answered from now on: a status, after whatever the function waits for. */
  answerWith(answer: Decide): void
  /** All provision requests for an asset, in their order. */
  requestsFor(assetId: string): ProvisionRequest[]
  /** Waits for the first provision request of a provider's transfer process. */
  requestOf(transferProcessId: string): Promise<ProvisionRequest>
  /** An address for a callback: GET below it tells what arrived as JSON; `/status/<n>` is answered with status n. */
  resultAddress(): Record<string, string>
  close(): Promise<void>
}

/** Decides the status of an answer. */
type Decide = (request: ProvisionRequest) => number | Promise<number>
const accepted: Decide = () => 200

/** Starts one at 127.0.0.1; port 0 takes any. */
export async function startProvisioner(port = 0): Promise<Provisioner> {
  const received: Received[] = []
  const events: TransferEvent[] = []
  const requests: ProvisionRequest[] = []
  let answer = accepted

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request)
    const message = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    if (message.path === '/connectors/provider/provision') {
      received.push(message)
      const provision = ProvisionRequest.parse(JSON.parse(body))
      requests.push(provision)
      response.writeHead(await answer(provision)).end()
    } else if (message.path === '/connectors/provider/events') {
      events.push(TransferEvent.parse(JSON.parse(body)))
      response.writeHead(200).end()
    } else echo(message, response)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  const origin = await listen(server, port)
  return {
    origin,
    received,
    events,
    answerWith: (next) => {
      answer = next
    },
    requestsFor: (assetId) => requests.filter((request) => request.assetId === assetId),
    requestOf: (transferProcessId) =>
      eventually(`a provision request for ${transferProcessId}`, () => {
        const found = requests.find((request) => request.transferProcessId === transferProcessId)
        return found === undefined ? { pending: `${requests.length} others came` } : { done: found }
      }),
    resultAddress: () => ({
      [`${NAMESPACE}type`]: 'HttpData',
      [`${NAMESPACE}baseUrl`]: `${origin}/results/one`,
      [`${NAMESPACE}authKey`]: 'Authorization',
      [`${NAMESPACE}authCode`]: 'Bearer opens-it',
      [`${NAMESPACE}proxyPath`]: 'true',
      [`${NAMESPACE}proxyQueryParams`]: 'true',
    }),
    close: () => stop(server),
  }
}

function echo({ method, path, headers }: Received, response: ServerResponse): void {
  const status = Number(/\/status\/(\d+)/.exec(path)?.[1] ?? 200)
  const body = JSON.stringify({
    method,
    path,
    authorization: headers.authorization ?? null,
    range: headers.range ?? null,
  })
  response
    .writeHead(status, { 'content-type': 'application/x-echo', 'content-length': Buffer.byteLength(body), etag: '"1"' })
    .end(body)
}

/** The callback for a provision request, as a service would send it. */
export async function callBack(
  request: ProvisionRequest,
  {
    key,
    transferProcessId = request.transferProcessId,
    body,
  }: { key?: string; transferProcessId?: string; body: unknown },
): Promise<Response> {
  return fetch(`${request.callbackAddress}/${transferProcessId}/provision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
}

/** The body of a callback that hands an address over. */
export function callbackBody(request: ProvisionRequest, address: Record<string, string>): Record<string, unknown> {
  return {
    edctype: 'dataspaceconnector:provisioner-callback-request',
    resourceDefinitionId: request.resourceDefinitionId,
    assetId: request.assetId,
    resourceName: `result-${request.transferProcessId}`,
    contentDataAddress: { properties: address },
    apiKeyJwt: 'unused',
    hasToken: false,
  }
}
