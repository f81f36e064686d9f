import fc from 'fast-check'
import type { z } from 'zod'
import { fileNameSchema } from '../../core/asset/file-name-schema.ts'
import { objectNameSchema } from '../../core/asset/placement-schema.ts'
import { readAsset } from '../../core/asset/read.ts'
import { type ComputeAssetDocument, computeAssetSchema } from '../../core/asset/schema.ts'
import { ServiceError } from '../../core/errors.ts'
import { makePlan, type Plan } from '../../core/job/plan.ts'
import { digest } from '../support/example-asset.ts'

/** Names of cluster-wide objects that the assets may refer to, because the API server looks them up. */
export interface ClusterNames {
  readonly priorityClasses: readonly string[]
  readonly runtimeClasses: readonly string[]
}

const { metadata, worker, inputs, outputs, resources, placement, limits, retention, onFailure } =
  computeAssetSchema.shape
const workerShape = worker.shape
const resourceShape = resources.unwrap().shape
const placementShape = placement.unwrap().shape

/** Values on both sides of what the schema takes; only those that it takes are left. So whatever it newly takes is tried, too. */
function taken<T>(schema: z.ZodType, candidates: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return candidates.filter((value) => schema.safeParse(value).success)
}

/** An object whose every property may be missing. */
function some<T extends object>(arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record<T, never>(arbitraries, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

const letters = (characters: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength })
const repeated = (character: string, ...lengths: readonly number[]): fc.Arbitrary<string> =>
  fc.constantFrom(...lengths.map((length) => character.repeat(length)))

/** Names as Kubernetes has them, and their neighbours: dots and dashes at odd places, too long, in capitals. */
const nameLike = fc.oneof(
  letters('ab1-.', 8),
  letters('aB_1-./', 8),
  repeated('a', 1, 50, 63, 64, 253, 254),
  fc.constantFrom('a.b', 'a..b', 'a.-b', 'a-.b', 'registry-key', '1', '-', ''),
)
/** Keys of labels, with and without a domain before them. */
const keyLike = fc.oneof(
  nameLike,
  fc.tuple(nameLike, nameLike).map((parts) => parts.join('/')),
  fc.constantFrom(
    'kubernetes.io/arch',
    'topology.kubernetes.io/zone',
    'node-role.kubernetes.io/',
    'example.org/a_b.c-d',
  ),
)
const text = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 6 },
  fc.constantFrom('', ' ', '\0', '\n', '\ud800', '$(HOME)', '$$', '\u{1f600}', '"', '\u2028', '-'),
)
const longText = fc.oneof(
  { arbitrary: text, weight: 20 },
  repeated('x', 255, 256, 4096, 8192, 32_768, 32_769),
  repeated('é', 4096, 16_384),
)
/** Quantities, and what looks like them. */
const quantityLike = fc.oneof(
  { arbitrary: fc.constantFrom('1', '2', '500m', '1Gi', '64Mi', '0.5', '1.5Gi'), weight: 3 },
  fc
    .tuple(
      fc.oneof(fc.nat(2000), fc.constantFrom(0, 1, 999_999_999_999_999)),
      fc.constantFrom('', '.0', '.5', '.000000001', '.123456789', '.'),
      fc.constantFrom('', 'm', 'k', 'M', 'G', 'T', 'P', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'E', 'u', 'K'),
    )
    .map((parts) => parts.join('')),
)
const durationLike = fc
  .tuple(fc.constantFrom(0, 1, 5, 90, 3650, 999_999_999), fc.constantFrom('ms', 's', 'm', 'h', 'd'))
  .map((parts) => parts.join(''))
/** Names of variables that begin differently, so that env, secrets, parameters and dotenv file do not meet by chance. */
const variable = (first: string): fc.Arbitrary<string> =>
  fc
    .oneof(letters('aB_19', 8), repeated('a', 100, 126, 127, 128), fc.constantFrom('.', '-'))
    .map((rest) => `${first}${rest}`)
const image = fc.oneof(
  fc.constantFrom(
    'busybox',
    'a/b',
    'registry.example:5000/a/b-c_d:1.0',
    `localhost/x@${digest}`,
    `x:1@${digest}`,
    `${'a'.repeat(200)}/${'b'.repeat(200)}`,
    `R.example/${'b'.repeat(300)}:${'t'.repeat(128)}`,
    ' busybox',
    'busybox ',
  ),
  letters('ab:/.-_@', 12),
)

const anyToleration = taken(
  placementShape.tolerations.unwrap().element,
  some<Record<string, unknown>>({
    key: keyLike,
    operator: fc.constantFrom('Exists', 'Equal'),
    value: fc.oneof(nameLike, text),
    effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    tolerationSeconds: fc.constantFrom(0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER),
  }),
)
const identity = taken(
  workerShape.runAs.unwrap().shape.user,
  fc.constantFrom(0, 1, 65_532, 2_000_000_000, 2_147_483_647, 4_000_000_000),
)
const env = workerShape.env.unwrap()
const argument = taken(workerShape.command.unwrap().element, longText)

function anyWorker(): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      taken(workerShape.image, image),
      some<Record<string, unknown>>({
        pullSecrets: taken(workerShape.pullSecrets, fc.array(taken(objectNameSchema, nameLike), { maxLength: 4 })),
        command: taken(workerShape.command, fc.array(argument, { minLength: 1, maxLength: 6 })),
        runAs: fc.record({ user: identity, group: identity }),
        env: fc.dictionary(taken(env.keyType, variable('E')), taken(env.valueType, longText), { maxKeys: 6 }),
        secrets: taken(workerShape.secrets, fc.array(taken(env.keyType, variable('S')), { maxLength: 12 })),
      }),
    )
    .map(([name, rest]) => ({ image: name, ...rest }))
}

const selector = placementShape.nodeSelector.unwrap()

function anyPlacement({ priorityClasses, runtimeClasses }: ClusterNames): fc.Arbitrary<object> {
  return some<Record<string, unknown>>({
    nodeSelector: fc.dictionary(taken(selector.keyType, keyLike), taken(selector.valueType, fc.oneof(nameLike, text)), {
      maxKeys: 3,
    }),
    tolerations: taken(placementShape.tolerations, fc.array(anyToleration, { maxLength: 4 })),
    priorityClass: taken(placementShape.priorityClass, fc.constantFrom('', ...priorityClasses)),
    runtimeClass: taken(placementShape.runtimeClass, fc.constantFrom('', ...runtimeClasses)),
  })
}

const anyResources = some<Record<string, unknown>>({
  cpu: taken(resourceShape.cpu, quantityLike),
  memory: taken(resourceShape.memory, quantityLike),
  ephemeralStorage: taken(resourceShape.ephemeralStorage, quantityLike),
  sharedMemory: taken(resourceShape.sharedMemory, quantityLike),
  gpu: taken(
    resourceShape.gpu,
    fc.record({
      resource: fc.oneof(
        keyLike,
        fc.constantFrom('nvidia.com/gpu', 'kubernetes.io/gpu', 'requests.nvidia.com/gpu', 'a.kubernetes.io/b'),
      ),
      count: fc.constantFrom(0, 1, 64, 65),
    }),
  ),
})

const fileName = taken(fileNameSchema, fc.oneof(letters('aB1._-@+=', 10), repeated('a', 1, 128, 129)))
const anyInputs = taken(
  inputs,
  fc.uniqueArray(
    fc.record({
      name: fileName,
      kind: fc.constantFrom('file', 'archive'),
      from: fc.constantFrom(
        { url: `https://data.example/${'p'.repeat(400)}` },
        { s3: { bucket: 'models', key: 'm/é' } },
      ),
    }),
    { maxLength: 64, selector: ({ name }) => name.toLowerCase() },
  ),
)
const anyOutputs = taken(
  outputs,
  fc.uniqueArray(fc.record({ name: fileName, kind: fc.constantFrom('file', 'directory'), required: fc.boolean() }), {
    minLength: 1,
    maxLength: 64,
    selector: ({ name }) => name.toLowerCase(),
  }),
)
const anyLimits = taken(
  limits,
  some<Record<string, unknown>>({
    timeout: durationLike,
    startTimeout: durationLike,
    retries: fc.constantFrom(0, 10),
    concurrentJobs: fc.constantFrom(1, 1000),
    outputBytes: quantityLike,
  }),
)

/** An asset with a dotenv file and what a consumer sends for its parameters. */
interface SentAsset {
  readonly document: Record<string, unknown>
  readonly dotenv: string | undefined
  readonly parameters: Readonly<Record<string, string>>
}

/** An asset that registration takes, and the plan of a job of it. */
export interface AnyAsset extends SentAsset {
  readonly plan: Plan
}

/** Any asset that registration takes: every field, ordinary and at its limits. */
export function anyAsset(names: ClusterNames): fc.Arbitrary<AnyAsset> {
  const document = fc
    .tuple(
      fc.record({
        id: taken(metadata.shape.id, nameLike),
        version: taken(
          metadata.shape.version,
          fc.constantFrom('1.0.0', `999999999.0.0-${'a.-'.repeat(21)}`, '1.0.0-A'),
        ),
        title: taken(metadata.shape.title, longText),
      }),
      anyWorker(),
      anyOutputs,
      some<Record<string, unknown>>({
        inputs: anyInputs,
        resources: anyResources,
        placement: anyPlacement(names),
        limits: anyLimits,
        retention: taken(retention, durationLike),
        onFailure: taken(onFailure, fc.constantFrom('terminate', 'report')),
      }),
    )
    .map(([described, how, made, rest]) => ({
      apiVersion: 'dataspace-compute/v1',
      kind: 'ComputeAsset',
      metadata: described,
      worker: how,
      outputs: made,
      ...rest,
    }))
  const settings = fc.option(
    fc.dictionary(taken(env.keyType, variable('D')), taken(env.valueType, longText), { maxKeys: 4 }),
    { nil: undefined },
  )
  const parameters = fc.dictionary(taken(env.keyType, variable('P')), taken(env.valueType, longText), { maxKeys: 4 })
  return fc
    .tuple(document, settings, parameters)
    .map(([asset, values, sent]) => withPlan(withFiles(asset, values, sent)))
    .filter((asset): asset is AnyAsset => asset !== undefined)
}

function withPlan(sent: SentAsset): AnyAsset | undefined {
  const plan = planOf(sent)
  return plan === undefined ? undefined : { ...sent, plan }
}

function withFiles(
  asset: Record<string, unknown> & { readonly worker: Record<string, unknown> },
  settings: Readonly<Record<string, string>> | undefined,
  parameters: Readonly<Record<string, string>>,
): SentAsset {
  const properties = Object.fromEntries(Object.keys(parameters).map((name) => [name, { type: 'string' }]))
  const document = {
    ...asset,
    worker: { ...asset.worker, ...(settings === undefined ? {} : { envFile: 'any.env' }) },
    ...(Object.keys(parameters).length === 0 ? {} : { parameters: { type: 'object', properties } }),
  }
  const dotenv =
    settings === undefined
      ? undefined
      : Object.entries(settings)
          .map(([name, value]) => `${name}="${value.replaceAll(/[\\"]/g, String.raw`\$&`)}"\n`)
          .join('')
  return { document, dotenv, parameters }
}

/** The plan of a job; `undefined` where asset or parameters are refused. */
function planOf({ document, dotenv, parameters }: SentAsset): Plan | undefined {
  try {
    const read = readAsset(document satisfies Partial<ComputeAssetDocument>, dotenv, { allowTags: true })
    const checked = read.parameters.check(parameters)
    if (!checked.ok) return undefined
    const terms = {
      assetVersion: read.asset.metadata.version,
      agreementId: 'agreement',
      consumerId: 'did:web:consumer.example',
      parameters: checked.environment,
    }
    const job = { id: '3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c', attempt: 11, terms }
    return makePlan(job, { ...read, bundled: {} })
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}
