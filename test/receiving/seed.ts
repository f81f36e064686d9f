import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { preparedReception, type Reception } from '../../core/reception/reception.ts'
import { manifestOf } from './gateway.ts'

/** Puts a reception into a store as it would stand after whatever made it so. */
export async function seedReception(store: Store, more: Partial<Reception> = {}): Promise<Reception> {
  const mode = more.mode ?? 'push'
  const terms = {
    messageId: 'm',
    agreementId: 'agreement',
    assetId: 'asset',
    profile: `HttpData-${mode.toUpperCase()}`,
  }
  const made = { id: randomUUID(), connectorId: 'plane', processId: randomUUID(), mode, terms }
  const prepared = preparedReception(mode === 'push' ? { ...made, destination: 'http' } : made, Date.now())
  return (await store.addReception({ ...prepared, ...more }, [])).reception.value
}

/** A reception whose files are here. */
export async function seedReceived(
  store: Store,
  objects: ObjectStore,
  files: Readonly<Record<string, string>>,
): Promise<Reception> {
  const { files: entries, totalBytes } = manifestOf(files)
  const content = { files: entries, totalBytes, folder: 'files/', verifiedBy: 'manifest' } as const
  const reception = await seedReception(store, { mode: 'pull', flow: 'completed', state: 'received', content })
  for (const [path, text] of Object.entries(files))
    await objects.put(`received/${reception.id}/files/${path}`, text, 'text/plain')
  return reception
}
