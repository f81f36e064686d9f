import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { CliError } from '../../cli/cli-error.ts'
import { findAsset } from '../../cli/asset/find-asset.ts'
import { checkAsset, type CheckedAsset } from '../../cli/asset/check-asset.ts'
import { accepted } from '../../cli/asset/validate-asset.ts'
import type { PlacedProblem } from '../../cli/cli-error.ts'
import { problemOf } from '../support/problem.ts'

/** An asset with its files. */
export interface Sent {
  /** The document, or the bytes of one. */
  readonly asset: object | string | Uint8Array
  readonly envFile?: string | Uint8Array | undefined
  readonly bundled?: Readonly<Record<string, string>> | undefined
}

/** A judgement: a code, and each problem as `where: message`. */
export interface Judgement {
  readonly code: string | undefined
  readonly problems: readonly string[]
}

/** What registration over HTTP says of an asset. Where it takes it by mistake, it is removed again. */
export async function registrationSays(adminUrl: string, { asset, envFile, bundled = {} }: Sent): Promise<Judgement> {
  const form = new FormData()
  form.append('asset', new Blob([bytesOf(asset)]), 'asset.yaml')
  if (envFile !== undefined) form.append('envFile', new Blob([bytesOf(envFile)]), 'work.env')
  for (const [name, content] of Object.entries(bundled)) form.append('bundled', new Blob([content]), name)
  const response = await fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.ok) {
    await fetch(adminUrl + String(response.headers.get('location')).replace(/\/versions\/.*/, ''), { method: 'DELETE' })
    return { code: undefined, problems: [] }
  }
  const { code, problems = [], detail } = await problemOf(response)
  if (detail === '') throw new Error('a problem without a detail')
  return { code, problems: problems.map(({ where, message }) => `${where}: ${message}`) }
}

/** What `dsc asset validate` says of the same asset in a folder, its places written as registration writes them. */
export async function commandSays(t: ExecutionContext, folder: string, sent: Sent): Promise<Judgement> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'asset.yaml'), bytesOf(sent.asset))
  if (sent.envFile !== undefined) await writeFile(join(folder, 'work.env'), sent.envFile)
  for (const [name, content] of Object.entries(sent.bundled ?? {})) await writeFile(join(folder, name), content)
  const checked = await checkAsset(await findAsset(folder), false)
  if (checked.read === undefined) {
    const error = t.throws(() => accepted(checked), { instanceOf: CliError })
    t.is(error?.options.code, checked.code, 'the command shows the code')
  }
  return { code: checked.code, problems: checked.problems.map((problem) => shown(checked, problem)) }
}

/** A place in a file, as registration names it, which knows no files. */
function shown({ place, envFile }: CheckedAsset, { file, line, column, where, message }: PlacedProblem): string {
  if (file === envFile?.path) return `${line === undefined ? 'dotenv' : `dotenv line ${line}`}: ${message}`
  if (where !== '') return `${where}: ${message}`
  const position = line === undefined ? '' : ` line ${line}, column ${column}`
  return `${file === place.file ? 'asset' : file}${position}: ${message}`
}

function bytesOf(content: object | string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (content instanceof Uint8Array) return Uint8Array.from(content)
  return Uint8Array.from(Buffer.from(typeof content === 'string' ? content : stringify(content)))
}
