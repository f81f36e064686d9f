import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { projectRoot } from '../frame/project-root.ts'

const callSchema = z.object({
  /** When the head of its answer was there, milliseconds since 1970. */
  at: z.number(),
  method: z.string(),
  path: z.string(),
  status: z.number(),
  /** Of the object it is about. */
  name: z.string().optional(),
})

/** A call of the Kubernetes API as the service made it. */
export type Call = z.output<typeof callSchema>

/** What a process of Node needs in its environment to write its calls of the Kubernetes API into a file. */
export function recordingCalls(file: string): { readonly NODE_OPTIONS: string } {
  return {
    NODE_OPTIONS: `--import=file://${projectRoot}bench/cluster/record-calls.ts?file=${encodeURIComponent(file)}`,
  }
}

/** What was written so far. */
export async function readCalls(file: string): Promise<readonly Call[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line) => callSchema.parse(JSON.parse(line)))
}

/** When the Job of a job's first attempt was created: the answer 201, milliseconds since 1970. @throws Error where it never was */
export function jobCreatedAt(calls: readonly Call[], jobId: string): number {
  const created = calls.find(
    ({ method, path, status, name }) =>
      method === 'POST' && path.endsWith('/jobs') && status === 201 && name === `dsc-${jobId}-1`,
  )
  if (created === undefined) throw new Error(`no Job was created for ${jobId}`)
  return created.at
}

/** Every call for a job that is no read, whatever it was answered. The names of its objects, its pod's too, begin with its own. */
export function writesFor(calls: readonly Call[], jobId: string): readonly Call[] {
  return calls.filter(({ method, name }) => method !== 'GET' && name?.startsWith(`dsc-${jobId}-`) === true)
}
