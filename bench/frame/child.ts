import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How a process ran that did one thing and ended. */
export interface Ran {
  /** From before it was started until it had ended, in milliseconds. */
  readonly milliseconds: number
  /** Most memory it had resident, in bytes (Linux: VmHWM, last looked at up to 10 ms before its end). */
  readonly peakBytes: number
  readonly output: string
}

/** Between two looks at a process. Milliseconds. */
const lookMs = 10

/**
 * Runs a program to its end.
 * @throws Error with what it said where it ends with anything but 0
 */
export async function runChild(
  program: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const begun = performance.now()
  const child = spawn(program, parameters, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000)
    })
  }
  let peakBytes = 0
  const looking = setInterval(() => {
    peakBytes = Math.max(peakBytes, memoryOf(child.pid, 'VmHWM') ?? 0)
  }, lookMs)
  try {
    const ended = await new Promise<{ readonly code: number | null; readonly at: number }>((resolve, reject) => {
      let at = 0
      child.once('error', reject)
      child.once('exit', () => {
        at = performance.now()
      })
      child.once('close', (code) => resolve({ code, at }))
    })
    if (ended.code !== 0) throw new Error(`${program} ended with ${ended.code}:\n${output}`)
    return { milliseconds: ended.at - begun, peakBytes, output }
  } finally {
    clearInterval(looking)
  }
}

/** What Linux says of a process's memory, in bytes: resident now (`VmRSS`) or at most so far (`VmHWM`); `undefined` where it is gone. */
export function memoryOf(pid: number | undefined, what: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const found = new RegExp(`^${what}:\\s*(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return found === undefined ? undefined : Number(found) * 1024
  } catch {
    return undefined // it ended meanwhile
  }
}
