import { type Problem, ServiceError } from '../errors.ts'
import { readBySchema } from '../schema-problems.ts'
import { contradictions } from './contradictions.ts'
import { parseDotenv } from './dotenv.ts'
import { imageProblem } from './image.ts'
import { compileParameters, type ParameterSchema, type PatternEngine } from './parameters.ts'
import { type ReadableAsset, readableAsset } from './readable.ts'
import { type ComputeAsset, computeAssetSchema } from './schema.ts'

/** What the rest of the service wants to allow. */
export interface AssetRules {
  /** Whether an image may be named by a tag; by digest only where false. */
  readonly allowTags: boolean
  /** Registries (`registry.example`, `registry.example/team`) that images must come from. @default any */
  readonly registries?: readonly string[]
  /** Whether the backend can run a worker without network. @default it is not known here */
  readonly isolation?: boolean
  /** What tests texts against patterns of the parameters' schema. @default one without bounds */
  readonly patterns?: PatternEngine
}

/** A compute asset with everything that was read from it. */
export interface ReadAsset {
  readonly asset: ComputeAsset
  /** What the dotenv file says; empty where the asset names none. */
  readonly dotenv: Readonly<Record<string, string>>
  readonly parameters: ParameterSchema
}

/**
 * Reads a compute asset and its dotenv file and checks them together.
 * @param document the parsed YAML or JSON
 * @param dotenvText the dotenv file named by `worker.envFile`; `undefined` where none was sent
 * @throws ServiceError `invalid-asset`, `invalid-dotenv` or `feature-not-available` with every problem there is
 */
export function readAsset(document: unknown, dotenvText: string | undefined, rules: AssetRules): ReadAsset {
  const read = readBySchema(computeAssetSchema, document)
  const readable = readableAsset(document)
  const compiled = compileParameters(readable.parameters, rules.patterns)
  const dotenv = dotenvText === undefined ? { ok: true as const, values: {} } : parseDotenv(dotenvText)
  const values = dotenv.ok ? dotenv.values : {}
  const dotenvProblems = dotenv.ok ? [] : dotenv.problems.map(inDotenv)
  const problems = [
    ...(read.ok ? [] : read.problems.map(inAsset)),
    ...imageProblems(readable, rules),
    ...(compiled.ok ? [] : compiled.problems),
    ...contradictions(readable, { sent: dotenvText !== undefined, values }),
  ]
  const missing = unavailable(readable, rules)
  const everything = [...problems, ...dotenvProblems, ...missing]
  if (problems.length > 0 || !compiled.ok || !read.ok) throw refusal('invalid-asset', everything)
  if (dotenvProblems.length > 0) throw refusal('invalid-dotenv', everything)
  if (missing.length > 0) throw refusal('feature-not-available', everything)
  return { asset: read.value, dotenv: values, parameters: compiled.schema }
}

function refusal(
  code: 'invalid-asset' | 'invalid-dotenv' | 'feature-not-available',
  problems: readonly Problem[],
): ServiceError {
  const found = problems.length === 1 ? 'One problem was' : `${problems.length} problems were`
  return new ServiceError(code, `${found} found in the asset and its dotenv file.`, { problems })
}

/** A document that is no object at all has no field to name. */
function inAsset({ where, message }: Problem): Problem {
  return { where: where === '' ? 'asset' : where, message }
}

function inDotenv({ where, message }: Problem): Problem {
  return { where: `dotenv ${where}`.trim(), message }
}

function imageProblems({ image }: ReadableAsset, { allowTags, registries }: AssetRules): Problem[] {
  const message = image === undefined || image === '' ? undefined : imageProblem(image, allowTags, registries)
  return message === undefined ? [] : [{ where: 'worker.image', message }]
}

const notIsolated: Problem = {
  where: 'worker.network',
  message:
    'none cannot be promised here: it needs the kubernetes backend and a cluster that enforces NetworkPolicies (DSC_NETWORK_POLICIES=enforced)',
}

function unavailable({ interactive, isolated, inputs }: ReadableAsset, { isolation }: AssetRules): Problem[] {
  const mode = { where: 'mode', message: 'interactive is not available yet; use batch' }
  return [
    ...(interactive ? [mode] : []),
    ...(isolated && isolation === false ? [notIsolated] : []),
    ...inputs.flatMap(({ upload }, index) =>
      upload
        ? [{ where: `inputs[${index}].from`, message: 'upload is not available yet; use url, s3 or bundled' }]
        : [],
    ),
  ]
}
