import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import test from 'ava'
import { temporaryDirectory } from '../../sidecar/_task.test.ts'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { jobView } from '../../entrypoint/routes/job-view.ts'
import { pair } from '../contract/store-examples.ts'

/** What a row's JSON was changed to by somebody who should not. */
const poison: readonly string[] = [
  '',
  'nonsense',
  '{',
  'null',
  '7',
  '"text"',
  '[]',
  '{}',
  '{"id":"x"}',
  '{"state":"Zonk"}',
  '{"state":"constructor","attempts":[]}',
  '{"id":"x","assetId":"a","state":"failed","attempt":1,"attempts":[],"createdAt":1,"since":1,"origin":{}}',
  '{"id":"x","assetId":"a","state":"failed","attempt":1,"attempts":[],"createdAt":1,"since":1,"origin":{},"failure":{"cause":"constructor"}}',
  '{"id":"x","assetId":"a","state":"queued","attempt":1,"attempts":[null],"createdAt":1,"since":1,"origin":{}}',
  '{"id":"x","assetId":"a","state":"queued","attempt":1,"attempts":[],"createdAt":1e300,"since":1,"origin":{}}',
  '{"id":"x","assetId":"a","state":"queued","attempt":1,"attempts":[{"number":1,"startedAt":"yesterday"}],"createdAt":1,"since":1,"origin":{}}',
  '{"__proto__":{"polluted":1}}',
  '['.repeat(100_000),
]

test('a row that cannot be read concerns its own job only', async (t) => {
  const path = join(await temporaryDirectory(t), 'state.db')
  let next = 0
  const store = openSqliteStore(path, { next: () => `id-${(next += 1)}` })
  t.teardown(() => store.close())
  const total = 3 * poison.length
  for (let index = 0; index < total; index += 1) {
    const { transfer, job } = pair(String(index))
    await store.accept(transfer, job, [{ kind: 'job', key: job.id, dueAt: 0 }])
  }
  const database = new DatabaseSync(path)
  t.teardown(() => database.close())
  const change = database.prepare('UPDATE jobs SET body = ? WHERE id = ?')
  poison.forEach((body, index) => change.run(body, `job-${3 * index + 1}`))
  database.exec(`INSERT INTO work (kind, key, due_at) VALUES ('zonk', 'x', 0), ('constructor', 'y', 0)`)

  // Page by page, every sound job is there, and can be shown.
  const seen: string[] = []
  for (let before: string | undefined; ; ) {
    const page = await store.listJobs({ limit: 5, ...(before === undefined ? {} : { before }) })
    seen.push(...page.map((job) => jobView(job).id))
    if (page.length < 5) break
    before = page.at(-1)?.id
  }
  const sound = Array.from({ length: total }, (_, index) => index).filter((index) => index % 3 !== 1)
  t.deepEqual(seen, sound.map((index) => `job-${index}`).toReversed())

  // All work of known kinds is given out.
  const claimed: string[] = []
  for (;;) {
    const items = await store.claim(1, 10, 60_000)
    if (items.length === 0) break
    claimed.push(...items.map(({ key }) => key))
  }
  t.is(claimed.length, total)
  await t.throwsAsync(store.job('job-1'))
  t.is((await store.job('job-0'))?.value.id, 'job-0')
})
