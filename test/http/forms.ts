import { stringify } from 'yaml'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'

/** An asset whose worker is `work.mjs` in its own folder. */
export function computeAsset(id: string, more: Partial<ComputeAssetDocument> = {}): ComputeAssetDocument {
  return {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version: '1.0.0', title: id },
    worker: { image: 'registry.example/work:1', local: { command: ['node', 'work.mjs'] } },
    outputs: [{ name: 'sum.txt', required: true, mediaType: 'text/plain;charset=utf-8' }],
    ...more,
  }
}

/** What a registration sends: the document as YAML (or any text), a dotenv file, files by name. */
export interface Registration {
  readonly asset?: unknown
  readonly envFile?: string
  readonly bundled?: readonly (readonly [name: string, content: string])[]
}

/** The form of a registration. */
export function formOf({ asset, envFile, bundled = [] }: Registration): FormData {
  const form = new FormData()
  if (asset !== undefined)
    form.append('asset', new Blob([typeof asset === 'string' ? asset : stringify(asset)]), 'asset.yaml')
  if (envFile !== undefined) form.append('envFile', new Blob([envFile]), 'work.env')
  for (const [name, content] of bundled) form.append('bundled', new Blob([content]), name)
  return form
}

/** Registers an asset. */
export function register(adminUrl: string, registration: Registration, init: RequestInit = {}): Promise<Response> {
  return fetch(`${adminUrl}/api/v1/assets`, { method: 'POST', body: formOf(registration), ...init })
}

/** Replaces a version. */
export function replace(adminUrl: string, id: string, version: string, registration: Registration): Promise<Response> {
  return fetch(`${adminUrl}/api/v1/assets/${id}/versions/${version}`, { method: 'PUT', body: formOf(registration) })
}
