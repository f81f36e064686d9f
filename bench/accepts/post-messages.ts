import { Agent, request } from 'node:http'

/** One message that is posted. */
export interface Message {
  readonly url: string
  readonly body: string
}

/**
 * Posts messages over kept connections, as a connector does, so many at a time.
 * @returns how long each took until its answer was there, in milliseconds, and all of them together
 * @throws Error where one is answered with anything but 200
 */
export async function postMessages(
  messages: readonly Message[],
  inFlight: number,
): Promise<{ readonly latencies: readonly number[]; readonly milliseconds: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const latencies: number[] = []
  const queue = messages.values()
  const lane = async () => {
    for (const message of queue) {
      const begun = performance.now()
      const status = await post(agent, message)
      latencies.push(performance.now() - begun)
      if (status !== 200) throw new Error(`a message was answered ${status}`)
    }
  }
  const begun = performance.now()
  try {
    await Promise.all(Array.from({ length: inFlight }, lane))
  } finally {
    agent.destroy()
  }
  return { latencies, milliseconds: performance.now() - begun }
}

function post(agent: Agent, { url, body }: Message): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
      answer.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
