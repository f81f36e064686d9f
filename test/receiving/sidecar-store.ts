import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import type { DataAddress } from '../../dps/data-plane.ts'
import { openStore } from '../../sidecar/store/open-store.ts'

/** A bucket as a provider reaches it with what prepare answered. */
export function sidecarStore(
  t: ExecutionContext,
  address: DataAddress | undefined,
): { put(key: string, text: string): Promise<void> } {
  const property = (name: string): string => {
    const value = address?.properties[name]
    if (value === undefined) throw new Error(`the address has no ${name}`)
    return value
  }
  const access = {
    kind: 's3',
    endpoint: property('endpointOverride'),
    region: property('region'),
    bucket: property('bucketName'),
    accessKey: property('accessKeyId'),
    secretKey: property('secretAccessKey'),
    sessionToken: property('sessionToken'),
  } as const
  const store = openStore(access, { patienceMs: 5_000, longestPauseMs: 500 }, () => undefined)
  t.teardown(() => store.close())
  return {
    async put(key, text) {
      const body = Buffer.from(text)
      const sha256 = createHash('sha256').update(body).digest('hex')
      await store.put({ key, body, sha256 }, new AbortController().signal)
    },
  }
}
