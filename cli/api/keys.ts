import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'

const keySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  state: z.string(),
  /** ISO 8601, like every time here. */
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})
const madeSchema = keySchema.extend({ key: z.string() })

/** An API key as the service lists it. */
export type ShownKey = z.output<typeof keySchema>

/** An API key that was just made: the only time that its text is known. */
export type MadeKey = z.output<typeof madeSchema>

/** Every API key, oldest first. */
export async function listKeys(api: AdminApi): Promise<readonly ShownKey[]> {
  return (await api.json('/api/v1/keys', z.object({ keys: z.array(keySchema) }))).keys
}

/** Makes a key. */
export function createKey(
  api: AdminApi,
  key: { readonly name: string; readonly role: string; readonly expires: string },
): Promise<MadeKey> {
  return api.json('/api/v1/keys', madeSchema, { method: 'POST', json: key })
}

/** Revokes a key for good. */
export function revokeKey(api: AdminApi, id: string): Promise<void> {
  return api.send(`/api/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
