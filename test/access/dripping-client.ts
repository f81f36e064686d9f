import { once } from 'node:events'
import { connect } from 'node:net'

/** What became of a connection that was kept by dripping. */
export interface Dripped {
  /** All that was answered. */
  readonly answer: string
  /** How long the other side took to end the connection, in milliseconds; `undefined` where it was still open in the end. */
  readonly keptMs: number | undefined
}

/** How something drips. */
export interface Drip {
  /** Sent at once. */
  readonly begin: string
  /** Sent again and again after it. */
  readonly drop: string
  /** Between drops, in milliseconds. */
  readonly everyMs: number
  /** Gives up after so many milliseconds. */
  readonly mostMs: number
}

/** Opens a connection and sends a drop now and then until the other side has enough of it. */
export async function drip(origin: string, { begin, drop, everyMs, mostMs }: Drip): Promise<Dripped> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.on('error', () => undefined) // the other side may cut it
  await once(socket, 'connect')
  const started = performance.now()
  let keptMs: number | undefined
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      keptMs ??= performance.now() - started
      resolve()
    })
  })
  socket.write(begin)
  const drops = setInterval(() => socket.writable && socket.write(drop), everyMs)
  let patience: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => (patience = setTimeout(resolve, mostMs)))
  await Promise.race([closed, enough])
  clearInterval(drops)
  clearTimeout(patience)
  const open = !socket.destroyed
  socket.destroy()
  return { answer, keptMs: open ? undefined : keptMs }
}

/** The ways in which a body may be announced of which no end is seen; each with what then comes of it. */
export const endlessBodies: Readonly<Record<string, { readonly headers: string; readonly drop: string }>> = {
  'a length': { headers: 'Content-Length: 100000000\r\n', drop: 'x' },
  chunks: { headers: 'Transfer-Encoding: chunked\r\n', drop: '1\r\nx\r\n' },
  'a length, after leave to send it': { headers: 'Content-Length: 100000000\r\nExpect: 100-continue\r\n', drop: 'x' },
  'chunks, expecting what nobody knows': {
    headers: 'Transfer-Encoding: chunked\r\nExpect: wonders\r\n',
    drop: '1\r\nx\r\n',
  },
}
