import { createServer } from 'node:http'
import { listen, stop } from '../../demo/simulated-connector/http.ts'
import { document } from '../../demo/simulated-connector/recordings.ts'

/** A connector whose every transfer process waits for the callback for ever, each under an agreement of its own. */
export interface WaitingConnector {
  readonly managementUrl: string
  readonly apiKey: string
  close(): Promise<void>
}

/** Starts one whose processes are all about one asset. The agreement of the process `x` is `agreement-of-x`. */
export async function startWaitingConnector(assetId: string): Promise<WaitingConnector> {
  const server = createServer((request, response) => {
    request.resume()
    const [, kind, id = ''] = /\/v3\/(transferprocesses|contractagreements)\/([^/?]+)$/.exec(request.url ?? '') ?? []
    const values = {
      assetId,
      agreementId: `agreement-of-${id}`,
      providerTransferId: id,
      consumerTransferId: `of-${id}`,
      stateTimestamp: Date.now(),
    }
    const signed = { agreementId: id, policyId: 'policy', contractSigningDate: 1_700_000_000 }
    const body =
      kind === 'transferprocesses'
        ? document('providerAwaiting', values)
        : kind === 'contractagreements'
          ? document('agreement', { ...values, ...signed })
          : []
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  return {
    managementUrl: `${await listen(server)}/management`,
    apiKey: 'key-of-the-waiting-connector',
    close: () => stop(server),
  }
}
