import { createServer } from 'node:http'
import { listen, stop } from '../../demo/simulated-connector/http.ts'
import { document } from '../../demo/simulated-connector/recordings.ts'

/** A connector that only answers questions, in the recorded words of a real one. */
export interface PlainConnector {
  readonly managementUrl: string
  readonly apiKey: string
  /** How often it was asked. */
  asked(): number
  close(): Promise<void>
}

/**
 * Starts a connector whose every transfer process waits for the callback, under an agreement of its own, about one asset, and is started
 * once it came. The simulated connector of the demo plays whole transfers; this one costs next to nothing, however many transfers there are.
 */
export async function startPlainConnector(assetId: string): Promise<PlainConnector> {
  let asked = 0
  const calledBack = new Set<string>()
  const server = createServer((request, response) => {
    asked += 1
    const told = /^\/management\/callback\/([^/]+)\/provision$/.exec(request.url ?? '')?.[1]
    if (told !== undefined) calledBack.add(told)
    const [, kind, id = ''] =
      /^\/management\/v3\/(transferprocesses|contractagreements)\/([^/?]+)$/.exec(request.url ?? '') ?? []
    const values = {
      assetId,
      agreementId: `agreement-of-${id}`,
      providerTransferId: id,
      consumerTransferId: `of-${id}`,
    }
    const body =
      kind === 'transferprocesses'
        ? document(calledBack.has(id) ? 'providerStarted' : 'providerAwaiting', {
            ...values,
            stateTimestamp: Date.now(),
          })
        : kind === 'contractagreements'
          ? document('agreement', {
              ...values,
              agreementId: id,
              policyId: 'policy',
              contractSigningDate: 1_700_000_000,
            })
          : undefined
    request.resume()
    if (body === undefined) response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.keepAliveTimeout = 60_000
  const origin = await listen(server)
  return {
    managementUrl: `${origin}/management`,
    apiKey: 'key-of-the-benchmark',
    asked: () => asked,
    close: () => stop(server),
  }
}
