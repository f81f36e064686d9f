import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Worker } from '../support/stand-in-cluster/worker.ts'

/** What a worker does. */
export interface Errand {
  /** How long it computes, in milliseconds. */
  readonly ms: number
  /** Its output `out.bin`, in bytes; every byte follows from `seed`. */
  readonly bytes: number
  readonly seed: number
  /** How it ends. */
  readonly exitCode: number
  /** Up to this attempt it ends with 75 instead: what is asked of it comes later. @default 0 */
  readonly failures?: number
  /** It wants its inputs: where a file is missing it ends with 9. */
  readonly inputs?: readonly string[]
}

const errandSchema = z.object({
  ms: z.number(),
  bytes: z.number(),
  seed: z.number(),
  exitCode: z.number(),
  failures: z.number().default(0),
  inputs: z.array(z.string()).default([]),
})

/** The command of a worker that does an errand. */
export function commandFor(errand: Errand): readonly string[] {
  return ['errand', JSON.stringify(errand)]
}

/** The bytes that a worker writes. */
export function outputOf({ bytes, seed }: Pick<Errand, 'bytes' | 'seed'>): Buffer {
  const output = Buffer.alloc(bytes)
  for (let index = 0, state = seed | 1; index + 4 <= bytes; index += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    output.writeInt32LE(state, index)
  }
  return output
}

/** Does errands. */
export const errandWorker: Worker = async ({ command, attempt, folders, signal }) => {
  const errand = errandSchema.parse(JSON.parse(command[1] ?? ''))
  const log = `computing, attempt ${attempt}\n`
  try {
    await pause(errand.ms, undefined, { signal })
  } catch {
    return { exitCode: 143, log: `${log}told to end\n` }
  }
  if (attempt <= errand.failures) return { exitCode: 75, log: `${log}not yet\n` }
  const there = await readdir(folders.inputs)
  for (const name of errand.inputs)
    if (!there.includes(name) || (await readFile(join(folders.inputs, name))).byteLength === 0)
      return { exitCode: 9, log: `${log}the input ${name} is missing\n` }
  await mkdir(folders.outputs, { recursive: true })
  if (errand.exitCode === 0) await writeFile(join(folders.outputs, 'out.bin'), outputOf(errand))
  return { exitCode: errand.exitCode, log: `${log}ends with ${errand.exitCode}\n` }
}
