import { z } from 'zod'

/** Something that a worker tries to reach. */
export interface ReachTarget {
  readonly name: string
  readonly host: string
  readonly port: number
  /** `dns` sends a question by UDP and waits for an answer. @default tcp */
  readonly by?: 'tcp' | 'dns'
}

/** When the worker tries, in milliseconds since its start. Rules come up to a second late. */
const triedAtMs = [0, 250, 500, 1_000, 2_500]

/** A worker (image localhost/node:24) that tries to reach everything, again and again, and writes down what it reached. */
export function reachWorker(targets: readonly ReachTarget[]): string[] {
  return ['node', '-e', `(${program.toString()})(${JSON.stringify({ targets, triedAtMs })})`]
}

/** What it reached, by the time at which it tried. */
export const reachedSchema = z.record(z.string(), z.array(z.string()))

interface Given {
  readonly targets: readonly ReachTarget[]
  readonly triedAtMs: readonly number[]
}

/** Runs in the pod, by itself: nothing from outside of the function is there. */
function program({ targets, triedAtMs: times }: Given): void {
  const net = process.getBuiltinModule('node:net')
  const dgram = process.getBuiltinModule('node:dgram')
  const fs = process.getBuiltinModule('node:fs')
  const tcp = (host: string, port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = net.connect({ host, port })
      const end = (open: boolean) => {
        socket.destroy()
        resolve(open)
      }
      socket.once('connect', () => end(true)).once('error', () => end(false))
      setTimeout(() => end(false), 900)
    })
  const dns = (host: string, port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = dgram.createSocket('udp4')
      // One question, for the address of "a.": whatever is answered proves the way.
      const question = Buffer.from('00010100000100000000000001610000010001', 'hex')
      const end = (open: boolean) => {
        socket.removeAllListeners()
        socket.on('error', () => undefined)
        if (!closed) socket.close()
        closed = true
        resolve(open)
      }
      let closed = false
      socket.once('message', () => end(true)).once('error', () => end(false))
      socket.send(question, port, host, () => undefined)
      setTimeout(() => end(false), 900)
    })
  const begun = Date.now()
  const reached: Record<string, string[]> = {}
  const round = async (at: number) => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + at - Date.now())))
    const found = await Promise.all(
      targets.map(async ({ name, host, port, by }) => ((await (by === 'dns' ? dns : tcp)(host, port)) ? [name] : [])),
    )
    reached[String(at)] = found.flat().toSorted()
  }
  const tryAll = async () => {
    await Promise.all(times.map(round))
    const text = JSON.stringify(reached)
    console.log(text)
    fs.writeFileSync(`${process.env['OUTPUT_DIR']}/out.txt`, text)
  }
  void tryAll()
}
