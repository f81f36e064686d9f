import { statfs } from 'node:fs/promises'
import type { ExecutionContext } from 'ava'
import type { ComputeAssetDocument } from '../../core/asset/schema.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { type RealParts, startRealParts } from '../e2e/real-parts.ts'
import { cleared, jobOf } from '../e2e/scenario.ts'
import { getLog } from '../support/entrypoint.ts'
import { readExposition } from '../support/exposition.ts'
import type { Testbed } from '../support/testbed.ts'
import { type BreakingProxy, startBreakingProxy } from './breaking-proxy.ts'
import { readResuming } from './resuming-reader.ts'

const tokenKey = 'large-token-key-0123456789-abcdefghijklm'
/** How much the service may grow while it hands a result on, whatever its size. Bytes. */
const allowedGrowth = 128 * 2 ** 20

/** Connections that a result's bytes go over, each of which can be broken. */
type Legs = Readonly<Record<string, BreakingProxy>>

/** A worker that writes so many bytes nobody has seen before, and says their digest. */
function noise(id: string, bytes: number): ComputeAssetDocument {
  const script = `head -c ${bytes} /dev/urandom | tee $OUTPUT_DIR/large.bin | sha256sum`
  return {
    apiVersion: 'dataspace-compute/v1',
    kind: 'ComputeAsset',
    metadata: { id, version: '1.0.0', title: id },
    worker: { image: 'localhost/busybox:1', command: ['/bin/sh', '-c', script] },
    outputs: [{ name: 'large.bin', required: true }],
    resources: { cpu: '1', memory: '128Mi', ephemeralStorage: String(bytes + 2 ** 28) },
    limits: { timeout: '20m', outputBytes: String(bytes) },
  }
}

/**
 * A result of some size on the real parts: computed on the cluster, uploaded, and pulled twice over connections that break: through
 * the provider's data plane with `offset`, and from the gateway with `Range` and `If-Range`. Digests are those of the worker, and
 * the service does not grow meanwhile.
 */
export async function pullsOverBrokenConnections(t: ExecutionContext, testbed: Testbed, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs('/tmp')
  if (bavail * bsize < 3 * bytes) throw new Error(`this needs ${3 * bytes} bytes free; there are ${bavail * bsize}`)
  let [service, dataPlane] = ['', '']
  const legs = {
    toConsumer: await startBreakingProxy(() => dataPlane),
    toDataPlane: await startBreakingProxy(() => service),
    toGateway: await startBreakingProxy(() => testbed.objectStore.endpoint),
  }
  const parts = await startRealParts(testbed, {
    DSC_TOKEN_KEY: tokenKey,
    DSC_PUBLIC_URL: legs.toDataPlane.origin,
    DSC_SIDECAR_CPU: '1',
    S3_ENDPOINT: legs.toGateway.origin,
    S3_POD_ENDPOINT: testbed.objectStore.endpoint,
  })
  service = parts.entrypoint.publicUrl
  try {
    const id = parts.idOf('word-count').replace('word-count', 'noise')
    await offer(parts, noise(id, bytes))
    const transfer = await parts.dataspace.transfer(id, await parts.dataspace.negotiate(id))
    await parts.dataspace.consumerReaches(transfer, ['STARTED'], 1_200_000)
    const access = await parts.dataspace.access(transfer)
    const job = await jobOf(parts, transfer)
    await cleared(parts, job.id)
    const [digest = ''] = (await getLog(parts.entrypoint.adminUrl, job.id, 'worker')).split(' ')
    t.like(
      job.result?.files[0],
      { size: bytes, sha256: digest },
      'the manifest tells of the bytes that the worker wrote',
    )

    const endpoint = new URL(access.endpoint)
    dataPlane = endpoint.origin
    const below = `${legs.toConsumer.origin}${endpoint.pathname}`
    await pulled(t, parts, legs, { title: 'through the data plane', bytes, digest }, (offset, signal) =>
      fetch(`${below}?offset=${offset}`, { signal, headers: { authorization: access.authorization } }),
    )

    const { transferId } = job.origin
    const address = `${legs.toDataPlane.origin}/results/${transferId}`
    const authorization = `Bearer ${resultToken(tokenKey, { id: transferId, generation: 1 })}`
    const behind = { toReader: legs.toDataPlane, toGateway: legs.toGateway }
    await pulled(t, parts, behind, { title: 'from the gateway', bytes, digest }, (offset, signal) =>
      fetch(address, {
        signal,
        headers:
          offset === 0 ? { authorization } : { authorization, Range: `bytes=${offset}-`, 'If-Range': `"${digest}"` },
      }),
    )
    await parts.dataspace.terminate(transfer, 'seen enough')
  } catch (error) {
    t.log((await parts.entrypoint.log()).split('\n').slice(-100).join('\n'))
    throw error
  } finally {
    await parts.close()
    for (const leg of Object.values(legs)) await leg.close()
  }
}

async function offer({ entrypoint, dataspace }: RealParts, asset: ComputeAssetDocument): Promise<void> {
  const form = new FormData()
  form.append('asset', new Blob([JSON.stringify(asset)]), 'asset.json')
  const response = await fetch(`${entrypoint.adminUrl}/api/v1/assets`, { method: 'POST', body: form })
  if (response.status !== 201) throw new Error(`the asset was not registered: ${await response.text()}`)
  await dataspace.publish({ assetId: asset.metadata.id })
}

/** Reads it all over connections that break on each leg in both ways, and checks what came and what it cost the service. */
async function pulled(
  t: ExecutionContext,
  { entrypoint }: RealParts,
  legs: Legs,
  { title, bytes, digest }: { readonly title: string; readonly bytes: number; readonly digest: string },
  ask: (offset: number, signal: AbortSignal) => Promise<Response>,
): Promise<void> {
  const expected = 2 * Object.keys(legs).length
  const breaks = Object.entries(legs).flatMap(([name, leg]) =>
    (['reset', 'end'] as const).map((how) => ({ name, leg, how })),
  )
  const broken = (): number => Object.values(legs).reduce((sum, leg) => sum + leg.broken(), 0)
  const before = broken()
  const part = Math.floor(bytes / (breaks.length + 2))
  const sizes = [await memory(entrypoint.adminUrl)]
  const told: string[] = []
  const reading = await readResuming(
    bytes,
    (offset, signal) => {
      const next = breaks.shift()
      next?.leg.breakAfter(part, next.how)
      told.push(next === undefined ? 'whole' : `${next.name} ${next.how}`)
      return ask(offset, signal)
    },
    async () => {
      sizes.push(await memory(entrypoint.adminUrl))
    },
  )
  const mebibytes = sizes.map((size) => Math.round(size / 2 ** 20))
  t.log(
    `${title}: ${Math.round(bytes / 2 ** 20)} MiB in ${reading.seconds.toFixed(1)} s, ${broken() - before} connections broken:`,
    reading.ends.map((end, index) => `${told[index]}: ${end}`).join(', '),
    `\nservice ${mebibytes[0]} MiB before, at most ${Math.max(...mebibytes)} MiB`,
  )
  t.is(broken() - before, expected, 'every leg was broken twice')
  t.is(reading.sha256, digest, `${title}: the bytes that the worker wrote`)
  t.is(reading.bytes, bytes, `${title}: not one byte too many`)
  t.true(
    Math.max(...sizes) - (sizes[0] ?? 0) < allowedGrowth,
    `${title}: the service grew from ${mebibytes.join(' to ')} MiB`,
  )
}

async function memory(adminUrl: string): Promise<number> {
  const response = await fetch(`${adminUrl}/metrics`)
  return readExposition(await response.text()).value('process_resident_memory_bytes')
}
