import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionContext } from 'ava'
import { httpServer } from '../../support/http-server.ts'
import { readBody } from '../../support/read-body.ts'

/** What a server does with a request once its body is there. */
export type Answer = (request: IncomingMessage, text: string, response: ServerResponse) => void | Promise<void>

/** Starts a server of the test's own that is asked with whole bodies. What it throws ends the connection. */
export function textServer(t: ExecutionContext, answer: Answer): Promise<string> {
  return httpServer(t, (request, response) => {
    readBody(request)
      .then((body) => answer(request, body.toString(), response))
      .catch((error: unknown) => {
        t.log('the server of the test failed', error)
        response.destroy()
      })
  })
}
