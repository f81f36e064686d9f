import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { maximumDotenvBytes } from '../../../core/asset/dotenv.ts'
import { maximumAssetBytes } from '../../../core/asset/limits.ts'
import { readableAsset } from '../../../core/asset/readable.ts'
import type { Problem } from '../../../core/errors.ts'
import { parseAssetDocument } from '../parse-document.ts'
import type { FormPart } from '../../http/read-form.ts'
import { decodeText, type SentText, tooLargeError } from '../sent-text.ts'
import type { AssetFolder } from './find-folders.ts'

/** A file that an asset names. */
export interface NamedFile {
  readonly name: string
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** An asset as a folder holds it. Whether it can be registered is not judged yet. */
export interface FolderAsset {
  readonly text: string
  readonly document: unknown
  /** As far as they can be read. */
  readonly id: string | undefined
  readonly version: string | undefined
  readonly envFile: (NamedFile & { readonly text: string }) | undefined
  readonly bundled: readonly NamedFile[]
  /** Files that the asset names and that are not there. */
  readonly missing: readonly Problem[]
}

/**
 * Reads the asset of a folder and finds the files that it names.
 * @throws ServiceError where the document or the dotenv file cannot be read as text, or the document as YAML or JSON
 */
export async function readAssetFolder({ path, document: file }: AssetFolder): Promise<FolderAsset> {
  const text = await readText(join(path, file), 'asset', maximumAssetBytes)
  const document = parseAssetDocument(text)
  const { id, version, envFile: envName, inputs } = readableAsset(document)
  const missing: Problem[] = []
  const find = async (name: string, where: string): Promise<NamedFile | undefined> => {
    if (name.includes('/')) return undefined // told by the schema
    const found = await stat(join(path, name)).catch(() => undefined)
    if (found?.isFile() === true) return { name, path: join(path, name), size: found.size }
    missing.push({ where, message: `the file ${name} is not in the folder` })
    return undefined
  }
  const env = envName === undefined ? undefined : await find(envName, 'worker.envFile')
  const bundled = new Map<string, NamedFile>()
  for (const [index, { bundled: name }] of inputs.entries()) {
    const found = name === undefined ? undefined : await find(name, `inputs[${index}].from.bundled`)
    if (found !== undefined) bundled.set(found.name, found)
  }
  return {
    text,
    document,
    id,
    version,
    envFile: env === undefined ? undefined : { ...env, text: await readText(env.path, 'dotenv', maximumDotenvBytes) },
    bundled: [...bundled.values()],
    missing,
  }
}

/** Hands the asset and its files over as the parts of a form. */
export async function deliverParts(asset: FolderAsset, take: (part: FormPart) => Promise<void>): Promise<void> {
  const text = (name: string, fileName: string, content: string): Promise<void> =>
    take({ name, fileName, stream: Readable.from([Buffer.from(content)]) })
  await text('asset', '', asset.text)
  if (asset.envFile !== undefined) await text('envFile', asset.envFile.name, asset.envFile.text)
  for (const { name, path } of asset.bundled) {
    const stream = createReadStream(path)
    try {
      await take({ name: 'bundled', fileName: name, stream })
    } finally {
      stream.destroy()
    }
  }
}

/** SHA-256 of a file in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function readText(path: string, part: SentText, mostBytes: number): Promise<string> {
  if ((await stat(path)).size > mostBytes) throw tooLargeError(part, mostBytes)
  return decodeText(await readFile(path), part)
}
