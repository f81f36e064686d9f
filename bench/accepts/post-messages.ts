import { Agent, request } from 'node:http'

/** One message that is posted. */
export interface Message {
  readonly url: string
  readonly body: string
}

/**
 * Posts messages over kept connections, as a connector does, so many at a time.
 * @param judge says what is wrong with the text of an answer. @default nothing
 * @returns how long each took until its answer was there, in milliseconds, and all of them together
 * @throws Error where one is answered with anything but 200, or with a text that is judged wrong
 */
export async function postMessages(
  messages: readonly Message[],
  inFlight: number,
  judge: (answer: string) => string | undefined = () => undefined,
): Promise<{ readonly latencies: readonly number[]; readonly milliseconds: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const latencies: number[] = []
  const queue = messages.values()
  const lane = async () => {
    for (const message of queue) {
      const begun = performance.now()
      const { status, text } = await post(agent, message)
      latencies.push(performance.now() - begun)
      if (status !== 200) throw new Error(`a message was answered ${status}: ${text}`)
      const wrong = judge(text)
      if (wrong !== undefined) throw new Error(`${wrong}: ${text}`)
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

function post(agent: Agent, { url, body }: Message): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
