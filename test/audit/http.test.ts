import { connect } from 'node:net'
import test from 'ava'
import { readExportedLine, linkProblem, chainStart, placeOf } from '../../core/audit/chain.ts'
import { sha256 } from '../../entrypoint/stores/sha256.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { computeAsset, register } from '../http/forms.ts'
import { keysBelow, secrets, type Stage, startStage, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'

interface Entry {
  readonly sequence: number
  readonly action: string
  readonly actor: Readonly<Record<string, string>>
  readonly object: { readonly kind: string; readonly id: string }
  readonly outcome: string
  readonly detail?: Readonly<Record<string, unknown>>
}

interface Totals {
  readonly key: string | null
  readonly jobs: Readonly<Record<string, number>>
  readonly attempts: number
  readonly cpuSeconds: number
  readonly fetchedBytes: number
  readonly storedBytes: number
  readonly deliveredBytes: number
  readonly deliveries: number
}

let stage: Stage
let jobId: string
let transferId: string

test.before(async () => {
  stage = await startStage()
  const write = `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '12345')`
  await writeWorker(stage, 'good', `${write}\nawait new Promise((resolve) => setTimeout(resolve, 50))`)
  await writeWorker(stage, 'broken', 'process.exitCode = 3')
  const inputs = [{ name: 'text.txt', kind: 'file' as const, from: { bundled: 'text.txt' } }]
  await register(stage.adminUrl, { asset: computeAsset('good', { inputs }), bundled: [['text.txt', '1234567']] })
  await register(stage.adminUrl, { asset: computeAsset('broken') })
  ;({ jobId, transferId } = await ended('good'))
  await ended('broken')
})
test.after.always(() => stage.close())

async function ended(assetId: string): Promise<{ readonly jobId: string; readonly transferId: string }> {
  const { providerTransferId } = stage.connector.request(assetId)
  return eventually('the end of the job', async () => {
    const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
    const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
    const over = job?.state === 'failed' || (job?.state === 'succeeded' && transfer?.state === 'granted')
    return over && job.attempts.every(({ removed }) => removed)
      ? { done: { jobId: job.id, transferId: transfer?.id ?? '' } }
      : { pending: String(job?.state) }
  })
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${stage.adminUrl}/api/v1/${path}`)
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as T
}

async function entries(query: string): Promise<readonly Entry[]> {
  return (await get<{ entries: readonly Entry[] }>(`audit?${query}`)).entries
}

async function totals(query: string): Promise<readonly Totals[]> {
  return (await get<{ groups: readonly Totals[] }>(`usage?${query}`)).groups
}

test.serial('the log tells the life of a job from the message to its end', async (t) => {
  const told = (await entries(`object=${jobId}&limit=500`)).toReversed()
  const actions = told.map(({ action }) => action)
  t.is(actions[0], 'transfer.accepted')
  for (const action of ['job.verified', 'job.starting', 'result.registered', 'job.succeeded', 'job.cleared-up'])
    t.true(actions.includes(action), action)
  t.deepEqual(told[0]?.actor, { kind: 'connector', id: 'provider' })
  t.deepEqual((await entries('action=asset.registered&limit=500')).map(({ object }) => object.id).toSorted(), [
    'broken',
    'good',
  ])
})

test.serial('what an operator does stands there with who it was', async (t) => {
  await fetch(`${stage.adminUrl}/api/v1/assets/broken/pause`, { method: 'POST' })
  const [paused] = await entries('action=asset.paused')
  t.like(paused, { object: { kind: 'asset', id: 'broken' }, outcome: 'done' })
  t.like(paused?.actor, { kind: 'operator', via: 'local' })
  await fetch(`${stage.adminUrl}/api/v1/jobs/${jobId}/files/sum.txt`)
  const [read] = await entries('action=result.read&actor=operator')
  t.like(read, { object: { kind: 'result', id: jobId }, detail: { what: 'file' } })
})

test.serial(
  'pages follow each other to the beginning, and filters are refused where they are impossible',
  async (t) => {
    const all = await entries('limit=500')
    const seen: number[] = []
    for (let before = ''; ; ) {
      const page: { entries: readonly Entry[]; next: number | null } = await get(`audit?limit=3${before}`)
      seen.push(...page.entries.map(({ sequence }) => sequence))
      if (page.next === null) break
      before = `&before=${page.next}`
    }
    const newest = all[0]?.sequence ?? 0 // what was written since stands above it
    t.deepEqual(
      seen.filter((sequence) => sequence <= newest),
      all.map(({ sequence }) => sequence),
    )
    t.is(seen.at(-1), 1)
    for (const query of ['action=nothing', 'actor=somebody', 'kind=x', 'from=yesterday', 'limit=0', 'surplus=1'])
      t.is((await fetch(`${stage.adminUrl}/api/v1/audit?${query}`)).status, 400, query)
    t.deepEqual(await entries('to=2020-01-01'), [])
    t.true((await entries('from=2020-01-01T00:00:00Z')).length > 0)
  },
)

test.serial('the log is intact, and its export can be checked without the service', async (t) => {
  const report = await get<Record<string, unknown>>('audit/verification')
  t.is(report['intact'], true, JSON.stringify(report))
  const text = await (await fetch(`${stage.adminUrl}/api/v1/audit/export`)).text()
  let place = chainStart
  for (const line of text.trimEnd().split('\n')) {
    const sealed = readExportedLine(line)
    if (sealed === undefined) throw new Error(line)
    t.is(linkProblem(place, sealed, sha256), undefined)
    place = placeOf(sealed)
  }
  t.is(place.sequence, (report['head'] as { sequence: number }).sequence + 1, 'the export itself is the last')
  t.false(text.includes(secrets.tokenKey) || text.includes(secrets.managementKey))
})

test.serial('refused requests are entries, but nobody can fill the log with them', async (t) => {
  const before = (await entries('action=request.refused&limit=500')).length
  for (let count = 0; count < 30; count += 1)
    await fetch(`${stage.publicUrl}/results/${transferId}`, { headers: { Authorization: 'Bearer wrong-token' } })
  const refused = await eventually('the entry', async () => {
    const found = await entries('action=request.refused&limit=500')
    return found.length > before ? { done: found } : { pending: 'none' }
  })
  t.is(refused.length, before + 1)
  t.like(refused[0], { outcome: 'refused', actor: { kind: 'nobody' }, object: { id: 'GET /results/:transferId' } })
  t.false(JSON.stringify(refused).includes('wrong-token'))
  await fetch(`${stage.publicUrl}/connectors/guarded/provision/not-the-secret`, { method: 'POST', body: '{}' })
  await fetch(`${stage.publicUrl}/connectors/provider/provision`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      assetId: 'nobody',
      transferProcessId: 'x',
      resourceDefinitionId: 'y',
      callbackAddress: `${stage.connector.providerManagement}/callback`,
    }),
  })
  const [message] = await eventually('the refused message', async () => {
    const found = await entries('action=provision.refused')
    return found.length > 0 ? { done: found } : { pending: 'none' }
  })
  t.like(message?.detail, { code: 'asset-unknown', connectorId: 'provider' })
  t.false(JSON.stringify(await entries('limit=500')).includes('not-the-secret'))
})

test.serial('usage counts what a job used, and what its consumer fetched', async (t) => {
  const [before] = await totals('by=asset&asset=good')
  t.like(before, {
    key: 'good',
    jobs: { succeeded: 1, failed: 0, cancelled: 0 },
    attempts: 1,
    fetchedBytes: 7,
    storedBytes: 5,
    deliveredBytes: 0,
  })
  t.true((before?.cpuSeconds ?? 0) >= 0.05, 'one core for at least 50 ms')
  const transfer = (await stage.store.transfer(transferId))?.value
  if (transfer === undefined) throw new Error('no transfer')
  const headers = { Authorization: `Bearer ${resultToken(secrets.tokenKey, transfer)}` }
  const url = `${stage.publicUrl}/results/${transferId}`
  await (await fetch(url, { headers })).text()
  await (await fetch(url, { headers: { ...headers, Range: 'bytes=0-1' } })).text()
  await fetch(url, { method: 'HEAD', headers })
  const [after] = await totals('by=asset&asset=good')
  t.like(after, { deliveredBytes: 7, deliveries: 2 })
  t.like((await totals('by=all'))[0], { key: null, jobs: { succeeded: 1, failed: 1 }, attempts: 2 })
  const agreement = (await stage.store.job(jobId))?.value
  const agreementId = agreement !== undefined && 'terms' in agreement ? agreement.terms?.agreementId : undefined
  t.like((await totals(`agreement=${agreementId}`))[0], { key: agreementId, deliveredBytes: 7 })
  t.deepEqual(await totals('to=2020-01-01'), [])
  const text = await (await fetch(`${stage.adminUrl}/api/v1/usage/records?asset=good`)).text()
  const kinds = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { kind: string }).kind)
  t.deepEqual(kinds.toSorted(), ['attempt', 'delivery', 'job'])
  const read = await entries(`action=result.read&actor=consumer&object=${jobId}`)
  t.is(read.length, 1, 'two reads within a minute')
  t.like(read[0], { object: { kind: 'result', id: jobId }, detail: { transferId, reads: 1 } })
  t.is(
    read[0]?.actor['id'],
    agreement !== undefined && 'terms' in agreement ? agreement.terms?.consumerId : 'its consumer',
  )
})

test.serial('a reader who goes away has had what he had', async (t) => {
  const { port, hostname } = new URL(stage.publicUrl)
  const socket = connect(Number(port), hostname)
  socket.end(`GET /results/${transferId} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  await new Promise((resolve) => socket.once('close', resolve).resume())
  t.like((await totals('by=asset&asset=good'))[0], { deliveredBytes: 7 }, 'a refused one gets nothing')
})

test.serial('a result goes by the operator’s word, and the log says what went', async (t) => {
  const url = `${stage.adminUrl}/api/v1/jobs/${jobId}/result?reason=${encodeURIComponent('the consumer asked for it')}`
  const removed = await fetch(url, { method: 'DELETE' })
  t.is(removed.status, 200)
  const { result } = (await removed.json()) as { result: { removedAt: string | null } }
  t.not(result.removedAt, null)
  t.deepEqual(await keysBelow(stage.objects, `jobs/${jobId}/attempts/1/files/`), [])
  const [gone, ordered] = await entries(`object=${jobId}&limit=2`)
  t.like(gone, { action: 'result.removed', outcome: 'done', detail: { objects: 2, left: 0 } })
  t.like(ordered, { action: 'result.removal-ordered', detail: { reason: 'the consumer asked for it' } })
  t.like(ordered?.actor, { kind: 'operator' })
  t.is((await fetch(url, { method: 'DELETE' })).status, 410)
  t.is((await fetch(`${stage.adminUrl}/api/v1/jobs/nobody/result`, { method: 'DELETE' })).status, 404)
  t.is((await get<Record<string, unknown>>('audit/verification'))['intact'], true)
})
