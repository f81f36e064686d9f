import { z } from 'zod'
import { type Problem, ServiceError } from '../errors.ts'
import { collidingPath } from '../result/paths.ts'
import { byteLength, parseDotenv } from './dotenv.ts'
import { maximumEnvironmentBytes } from './environment.ts'
import { compileParameters, type ParameterSchema } from './parameters.ts'
import { type ComputeAsset, computeAssetSchema } from './schema.ts'

/** What the rest of the service wants to allow. */
export interface AssetRules {
  /** Whether an image may be named by a tag; by digest only where false. */
  readonly allowTags: boolean
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
  const parsed = computeAssetSchema.safeParse(document)
  const dotenv = dotenvText === undefined ? { ok: true as const, values: {} } : parseDotenv(dotenvText)
  const dotenvProblems = dotenv.ok
    ? []
    : dotenv.problems.map(({ where, message }) => ({ where: `dotenv ${where}`.trim(), message }))
  if (!parsed.success) {
    throw new ServiceError('invalid-asset', 'The compute asset does not fit its schema.', {
      problems: [...parsed.error.issues.map(problemOf), ...dotenvProblems],
    })
  }
  const asset = parsed.data
  const compiled = compileParameters(asset.parameters)
  const values = dotenv.ok ? dotenv.values : {}
  const problems = [
    ...(compiled.ok ? [] : compiled.problems),
    ...checkTogether(asset, dotenvText, values, compiled.ok ? compiled.schema.names : [], rules),
  ]
  const missing = unavailable(asset)
  if (problems.length > 0 || !compiled.ok) {
    throw new ServiceError('invalid-asset', 'The compute asset contradicts itself.', {
      problems: [...problems, ...missing, ...dotenvProblems],
    })
  }
  if (dotenvProblems.length > 0) {
    throw new ServiceError('invalid-dotenv', 'The dotenv file cannot be read.', {
      problems: [...dotenvProblems, ...missing],
    })
  }
  if (missing.length > 0)
    throw new ServiceError('feature-not-available', 'The compute asset asks for what is not there yet.', {
      problems: missing,
    })
  return { asset, dotenv: values, parameters: compiled.schema }
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return {
    where: z.core.toDotPath(issue.path),
    message: missing ? `is missing; expected ${issue.expected}` : issue.message,
  }
}

function unavailable(asset: ComputeAsset): Problem[] {
  const problems: Problem[] = []
  if (asset.mode === 'interactive')
    problems.push({ where: 'mode', message: 'interactive is not available yet; use batch' })
  for (const [index, input] of asset.inputs.entries()) {
    if ('upload' in input.from) {
      problems.push({ where: `inputs[${index}].from`, message: 'upload is not available yet; use url, s3 or bundled' })
    }
  }
  return problems
}

function checkTogether(
  asset: ComputeAsset,
  dotenvText: string | undefined,
  dotenv: Readonly<Record<string, string>>,
  parameterNames: readonly string[],
  rules: AssetRules,
): Problem[] {
  const problems: Problem[] = []
  const add = (where: string, message: string): void => {
    problems.push({ where, message })
  }
  const { worker } = asset
  const imageMessage = imageProblem(worker.image, rules.allowTags)
  if (imageMessage !== undefined) add('worker.image', imageMessage)
  if (worker.envFile !== undefined && dotenvText === undefined)
    add('worker.envFile', `the file ${worker.envFile} was not sent with the asset`)
  if (worker.envFile === undefined && dotenvText !== undefined)
    add('worker.envFile', 'a dotenv file was sent, but the asset names none')
  for (const name of parameterNames) {
    if (Object.hasOwn(worker.env, name))
      add(`worker.env.${name}`, 'is a parameter too: what the provider fixes, a consumer cannot set')
    if (worker.secrets.includes(name)) add('worker.secrets', `${name} is a parameter too`)
  }
  for (const name of worker.secrets) {
    if (Object.hasOwn(worker.env, name) || Object.hasOwn(dotenv, name))
      add('worker.secrets', `${name} stands in worker.env or the dotenv file in clear`)
  }
  const size = Object.entries({ ...dotenv, ...worker.env }).reduce(
    (sum, [name, value]) => sum + byteLength(name) + byteLength(value),
    0,
  )
  if (size > maximumEnvironmentBytes)
    add(
      'worker.env',
      `the dotenv file and env together have ${size} bytes; a ConfigMap takes ${maximumEnvironmentBytes}`,
    )
  const repeatedInput = collidingPath(asset.inputs.map((input) => input.name))
  if (repeatedInput !== undefined) add('inputs', `the name ${repeatedInput} stands twice`)
  const repeatedOutput = collidingPath(asset.outputs.map((output) => output.name))
  if (repeatedOutput !== undefined) add('outputs', `the name ${repeatedOutput} stands twice`)
  return problems
}

/** The common part of image references: optional registry with port, path in lower case, optional tag, optional digest. */
function imageProblem(image: string, allowTags: boolean): string | undefined {
  const reference =
    /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/.exec(
      image,
    )
  if (reference === null) return 'is no image reference; expected registry/name@sha256:… or registry/name:tag'
  if (reference[1] === undefined && !allowTags) {
    return 'names no digest; a tag can come to mean another image. Write name@sha256:…, or set DSC_ALLOW_IMAGE_TAGS=true for development'
  }
  return undefined
}
