import { createServer } from 'node:http'
import { listen, stop } from '../../demo/simulated-connector/http.ts'

/** An S3 service of which no more is asked than whether its bucket is there. */
export interface EmptyBucket {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts one at 127.0.0.1. */
export async function startEmptyBucket(): Promise<EmptyBucket> {
  const server = createServer((request, response) => {
    response.writeHead(request.method === 'HEAD' ? 200 : 501).end()
  })
  const endpoint = await listen(server)
  return {
    environment: { S3_ENDPOINT: endpoint, S3_ACCESS_KEY: 'stand-in', S3_SECRET_KEY: 'secret-of-the-stand-in' },
    close: () => stop(server),
  }
}
