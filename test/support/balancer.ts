import { Agent, createServer, request as httpRequest } from 'node:http'
import { pipeline } from 'node:stream'
import { listen, stop } from '../../demo/simulated-connector/http.ts'
import { readBody } from './read-body.ts'

/** One address for several services, as a Service of Kubernetes gives it. */
export interface Balancer {
  readonly url: string
  /** How often each was asked, in the order in which they were given. */
  readonly asked: readonly number[]
  close(): Promise<void>
}

/** Passes each request on to the next service in turn; where that takes no connection, to the one after it. */
export async function startBalancer(targets: () => readonly string[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: false })
  const asked: number[] = []
  let turn = 0
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const all = targets()
      const first = turn++
      const tryNext = (tries: number): void => {
        const index = (first + tries) % all.length
        const target = all[index]
        if (target === undefined || tries >= all.length) {
          response.writeHead(503).end()
          return
        }
        const headers = { ...request.headers, connection: 'close' }
        const passed = httpRequest(
          `${target}${request.url ?? ''}`,
          { method: request.method, headers, agent },
          (answer) => {
            asked[index] = (asked[index] ?? 0) + 1
            response.writeHead(answer.statusCode ?? 502, answer.headers)
            pipeline(answer, response, () => undefined)
          },
        )
        passed.on('error', () => {
          if (response.headersSent) response.destroy()
          else tryNext(tries + 1)
        })
        passed.end(body)
      }
      tryNext(0)
    })
  })
  const url = await listen(server)
  return {
    url,
    asked,
    async close() {
      await stop(server)
    },
  }
}
