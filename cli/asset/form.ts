import { openAsBlob } from 'node:fs'
import type { CheckedAsset } from './check-asset.ts'
import type { AssetFile } from './named-files.ts'

/** A form on its way. */
export interface Form {
  readonly stream: ReadableStream<Uint8Array>
  readonly contentType: string
  /** Bytes of all files; the form's own lines come on top. */
  readonly total: number
}

/**
 * The form that registers an asset, encoded as it is read, so that files of any size never lie in memory.
 * @param sent told how many bytes have gone out so far, chunk by chunk
 */
export async function assetForm(asset: CheckedAsset, sent: (bytes: number) => void): Promise<Form> {
  const form = new FormData()
  form.append('asset', new Blob([asset.text]), 'asset.yaml')
  const append = async (part: string, file: AssetFile): Promise<void> =>
    form.append(part, await openAsBlob(file.path), file.name)
  if (asset.envFile !== undefined) await append('envFile', asset.envFile)
  for (const file of asset.bundled) await append('bundled', file)
  const encoded = new Response(form)
  const contentType = encoded.headers.get('content-type')
  if (encoded.body === null || contentType === null) throw new Error('the form could not be encoded')
  let bytes = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      sent(bytes)
      controller.enqueue(chunk)
    },
  })
  const files = [...asset.bundled, ...(asset.envFile === undefined ? [] : [asset.envFile])]
  const total = files.reduce((sum, { size }) => sum + size, Buffer.byteLength(asset.text))
  return { stream: encoded.body.pipeThrough(counted), contentType, total }
}
