import type { ReadAsset } from '../asset/read.ts'
import type { AssetOutput, ComputeAsset } from '../asset/schema.ts'
import type { Terms } from './job.ts'
import type { AttemptRef } from './names.ts'

/** An input as the sidecar fetches it. */
export interface PlannedInput {
  /** File name below INPUT_DIR; an archive is unpacked into a directory of this name. */
  readonly name: string
  readonly kind: 'file' | 'archive'
  readonly source: InputSource
  /** Expected SHA-256 of what is fetched, 64 hexadecimal digits. */
  readonly sha256?: string
  /** More bytes than this fail the job (for an archive: packed, and unpacked as well). */
  readonly maximumBytes: number
}

/** Where an input comes from. */
export type InputSource =
  | { readonly kind: 'url'; readonly url: string }
  /** An object of another bucket on the same object store service. */
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string }
  /** An object of our own bucket: registered with the asset. */
  | { readonly kind: 'bundled'; readonly key: string }

/** One step of a plan: a worker with its inputs and outputs. */
export interface Step {
  readonly name: string
  readonly worker: ComputeAsset['worker']
  /** What the worker gets: dotenv file, then the provider's `env`, then the consumer's parameters; later ones win. */
  readonly environment: Readonly<Record<string, string>>
  readonly inputs: readonly PlannedInput[]
  readonly outputs: readonly AssetOutput[]
  readonly resources: ComputeAsset['resources']
  readonly placement: ComputeAsset['placement']
  readonly limits: ComputeAsset['limits']
}

/** What the engine asks of a backend for one attempt. */
export interface Plan {
  readonly ref: AttemptRef
  readonly assetId: string
  readonly assetVersion: string
  readonly consumerId: string
  /** Which installation asks (`Store.installation`): what it makes says so, that another one beside it leaves it alone. */
  readonly installation?: string
  /** In order; today always one. */
  readonly steps: readonly [Step, ...Step[]]
}

/** An asset version as it is registered, with where its bundled inputs lie. */
export interface RegisteredAsset extends ReadAsset {
  /** Key in the object store, by the file name given in `from.bundled`. */
  readonly bundled: Readonly<Record<string, BundledInput>>
}

/** A file registered with an asset. */
export interface BundledInput {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
}

/** Makes the plan of a job's current attempt; the same job and asset always give the same plan. */
export function makePlan(
  job: { readonly id: string; readonly attempt: number; readonly terms: Terms },
  registered: RegisteredAsset,
  installation?: string,
): Plan {
  const { asset, dotenv } = registered
  const step: Step = {
    name: 'main',
    worker: asset.worker,
    environment: { ...dotenv, ...asset.worker.env, ...job.terms.parameters },
    inputs: asset.inputs.map((input) => planInput(input, registered)),
    outputs: asset.outputs,
    resources: asset.resources,
    placement: asset.placement,
    limits: asset.limits,
  }
  return {
    ref: { jobId: job.id, attempt: job.attempt },
    assetId: asset.metadata.id,
    assetVersion: asset.metadata.version,
    consumerId: job.terms.consumerId,
    ...(installation === undefined ? {} : { installation }),
    steps: [step],
  }
}

function planInput(input: ComputeAsset['inputs'][number], registered: RegisteredAsset): PlannedInput {
  const { name, kind, maximumBytes, from } = input
  const declared = input.sha256 === undefined ? {} : { sha256: input.sha256 }
  if ('url' in from) return { name, kind, source: { kind: 'url', url: from.url }, maximumBytes, ...declared }
  if ('s3' in from) return { name, kind, source: { kind: 's3', ...from.s3 }, maximumBytes, ...declared }
  const file =
    'bundled' in from && Object.hasOwn(registered.bundled, from.bundled) ? registered.bundled[from.bundled] : undefined
  if (file === undefined) throw new Error(`the input ${name} was not registered with the asset`)
  return { name, kind, source: { kind: 'bundled', key: file.key }, maximumBytes, sha256: file.sha256 }
}
