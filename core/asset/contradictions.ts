import type { Problem } from '../errors.ts'
import { collidingPath } from '../result/paths.ts'
import { byteLength } from './dotenv.ts'
import { maximumProvidedBytes } from './environment.ts'
import type { ReadableAsset } from './readable.ts'

/** What is wrong between the fields of an asset and its dotenv file, each of which may be right alone. */
export function contradictions(
  asset: ReadableAsset,
  dotenv: { readonly sent: boolean; readonly values: Readonly<Record<string, string>> },
): Problem[] {
  return [
    ...envFileProblems(asset, dotenv.sent),
    ...nameProblems(asset, dotenv.values),
    ...sizeProblems(asset, dotenv.values),
    ...repeated(
      'inputs',
      asset.inputs.map(({ name }) => name),
    ),
    ...repeated('outputs', asset.outputs),
  ]
}

function envFileProblems({ envFile, namesEnvFile }: ReadableAsset, sent: boolean): Problem[] {
  const where = 'worker.envFile'
  if (envFile !== undefined && !sent)
    return [{ where, message: `the file ${envFile} was not sent; add it as a part envFile` }]
  if (!namesEnvFile && sent)
    return [{ where, message: 'a dotenv file was sent, but the asset names none; write its name here' }]
  return []
}

function nameProblems(
  { env, secrets, parameterNames }: ReadableAsset,
  dotenv: Readonly<Record<string, string>>,
): Problem[] {
  const problems: Problem[] = []
  for (const name of parameterNames) {
    if (Object.hasOwn(env, name))
      problems.push({
        where: `worker.env.${name}`,
        message: 'is a parameter too; what the provider fixes here, a consumer cannot set. Take one of the two away',
      })
    if (secrets.includes(name))
      problems.push({
        where: `worker.secrets[${secrets.indexOf(name)}]`,
        message: `${name} is a parameter too; take one of the two away`,
      })
  }
  for (const [index, name] of secrets.entries()) {
    const where = `worker.secrets[${index}]`
    const place = Object.hasOwn(env, name) ? 'worker.env' : Object.hasOwn(dotenv, name) ? 'the dotenv file' : undefined
    if (place !== undefined)
      problems.push({ where, message: `${name} stands in ${place} in clear; take it away there` })
  }
  return problems
}

function sizeProblems({ env }: ReadableAsset, dotenv: Readonly<Record<string, string>>): Problem[] {
  const size = Object.entries({ ...dotenv, ...env }).reduce(
    (sum, [name, value]) => sum + byteLength(name) + byteLength(value),
    0,
  )
  if (size <= maximumProvidedBytes) return []
  const message = `the dotenv file and env have ${size} bytes together; at most ${maximumProvidedBytes} are taken. Put large settings into the image or an input`
  return [{ where: 'worker.env', message }]
}

function repeated(where: string, names: readonly (string | undefined)[]): Problem[] {
  const again = collidingPath(names.filter((name) => name !== undefined))
  if (again === undefined) return []
  const index = names.lastIndexOf(again)
  const message = `${again} is there already; names must differ in more than upper and lower case`
  return [{ where: `${where}[${index}].name`, message }]
}
