import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { listen, stop } from '../../../demo/simulated-connector/http.ts'

/** The data plane of a consumer that takes whatever it is told. */
export interface OpenConsumer {
  /** As registrations want it, with `/dataflows` at its end. */
  readonly endpoint: string
  close(): Promise<void>
}

/** Starts one at a free port of 127.0.0.1. */
export async function openConsumer(): Promise<OpenConsumer> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.once('end', () => {
      const processId = /"processId":"([^"]+)"/.exec(text)?.[1]
      const prepared = { messageId: randomUUID(), dataFlowId: processId, state: 'PREPARED' }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(request.url === '/dataflows/prepare' ? JSON.stringify(prepared) : '')
    })
  })
  return { endpoint: `${await listen(server)}/dataflows`, close: () => stop(server) }
}
