import { createServer, request } from 'node:http'

/** A message that came. */
export interface Passed {
  readonly path: string
  readonly body: string
  /** What it was answered; 503 where nobody was there. */
  readonly status: number
}

/** Stands between a connector and the service and keeps what passes, so that a test can send it again. */
export interface RecordingProxy {
  readonly passed: readonly Passed[]
  close(): Promise<void>
}

/**
 * Listens at a port of 127.0.0.1 and passes everything on to another one; while nobody is there it answers 503.
 * @param onwards the path that is asked for there, given the one that was asked for here
 */
export async function startRecordingProxy(
  port: number,
  target: string,
  onwards: (path: string) => string = (path) => path,
): Promise<RecordingProxy> {
  const passed: Passed[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks)
      const path = incoming.url ?? '/'
      const onward = request(
        `${target}${onwards(path)}`,
        { method: incoming.method, headers: { ...incoming.headers, connection: 'close' } },
        (answer) => {
          passed.push({ path, body: body.toString(), status: answer.statusCode ?? 0 })
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(outgoing)
        },
      )
      onward.on('error', () => {
        passed.push({ path, body: body.toString(), status: 503 })
        outgoing.writeHead(503).end()
      })
      outgoing.on('close', () => onward.destroy()) // who is gone may leave connections that nobody ever answers
      onward.end(body)
    })
  })
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    passed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
