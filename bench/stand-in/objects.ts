import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { fill } from '../../demo/simulated-connector/recordings.ts'
import { asObject, type JsonObject, objectAt, parseJson } from '../../demo/simulated-connector/json.ts'

/** A Job or pod of the stand-in. */
export interface StandInObject {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Of its last change. */
  version: number
  /** The whole object, as the API server has it. */
  readonly whole: JsonObject
}

const metadataSchema = z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) })
const recorded = { job: load('job'), pod: load('pod') }

/**
 * The Job and the pod of a job's first attempt whose worker runs, as a cluster of version 1.34 showed them, managed fields and all.
 * @param at since when it runs, milliseconds since 1970
 */
export function runningObjects(
  namespace: string,
  jobId: string,
  at: number,
  version: () => number,
): { readonly job: StandInObject; readonly pod: StandInObject } {
  const values = { namespace, jobId, podUid: uidOf(`pod ${jobId}`), jobUid: uidOf(`job ${jobId}`), at: seconds(at) }
  const make = (template: JsonObject): StandInObject => {
    const own = version()
    return standInObject(asObject(fill(template, { ...values, version: String(own) })), own)
  }
  return { job: make(recorded.job), pod: make(recorded.pod) }
}

/** The same object after a change of no consequence. */
export function touch(object: StandInObject, version: number): void {
  object.version = version
  const metadata = objectAt(object.whole, 'metadata')
  if (metadata !== undefined) metadata['resourceVersion'] = String(version)
}

function standInObject(whole: JsonObject, version: number): StandInObject {
  const { name, labels } = metadataSchema.parse(whole['metadata'])
  return { name, labels, version, whole }
}

/** A uid that follows from a text, in the form of one. */
function uidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** A time as Kubernetes writes it. */
function seconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

function load(name: string): JsonObject {
  return asObject(parseJson(readFileSync(new URL(`./recorded/${name}.json`, import.meta.url), 'utf8')))
}
