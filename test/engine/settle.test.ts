import test from 'ava'
import { type AttemptRef, filesPrefix, manifestKey } from '../../core/job/names.ts'
import { assertQuiet } from './invariants.ts'
import { failureOf, openWorld } from './open-world.ts'
import { endsWell, runsForEver } from './scripted-backend.ts'
import { minute, type World } from './world.ts'
import { manifestOf, usualFiles, writeResult } from './write-result.ts'

const cases: readonly {
  readonly title: string
  readonly store: (world: World, ref: AttemptRef) => Promise<unknown>
  readonly message: RegExp
}[] = [
  {
    title: 'no result manifest',
    store: (world, ref) => world.objects.put(`${filesPrefix(ref)}sum.txt`, 'text', 'text/plain'),
    message: /^The sidecar ended well but wrote no result manifest\.$/,
  },
  {
    title: 'a manifest of another attempt',
    store: (world, ref) =>
      writeResult(world.objects, ref, usualFiles(ref), manifestOf({ ...ref, attempt: 7 }, usualFiles(ref))),
    message: /^The result manifest belongs to another attempt\.$/,
  },
  {
    title: 'a manifest of another job',
    store: (world, ref) =>
      writeResult(world.objects, ref, usualFiles(ref), manifestOf({ ...ref, jobId: 'other' }, usualFiles(ref))),
    message: /^The result manifest belongs to another attempt\.$/,
  },
  {
    title: 'a manifest that is cut off',
    store: (world, ref) => world.objects.put(manifestKey(ref), '{"version":1,"jobId":', 'application/json'),
    message: /^The result manifest cannot be read: the manifest is no JSON\.$/,
  },
  {
    title: 'a file of another size',
    async store(world, ref) {
      await writeResult(world.objects, ref, usualFiles(ref))
      await world.objects.put(`${filesPrefix(ref)}sum.txt`, 'short', 'text/plain')
    },
    message: /^The result is not whole in the object store: sum\.txt has 5 bytes instead of 21\.$/,
  },
  {
    title: 'a file that is not there',
    store: (world, ref) => writeResult(world.objects, ref, {}, manifestOf(ref, usualFiles(ref))),
    message: /^The result is not whole in the object store: plots\/loss\.svg has no bytes instead of 6\.$/,
  },
  {
    title: 'a manifest beyond all measure',
    async store(world, ref) {
      await world.objects.put(manifestKey(ref), ' '.repeat(33 * 2 ** 20), 'application/json')
    },
    message: /^The result manifest has 34603008 bytes\.$/,
  },
]

for (const { title, store, message } of cases) {
  test(`${title}: no result, and nobody is told of one`, async (t) => {
    const world = await openWorld(t)
    world.backend.course = () => runsForEver
    const jobId = await world.request()
    await world.untilJob(jobId, 'running')
    await store(world, { jobId, attempt: 1 })
    await world.happen(jobId, { to: 'stored-nothing' })
    await world.toTheEnd()
    t.regex((await failureOf(world, jobId)).message, message)
    t.is(await world.result(jobId), undefined)
    t.is(world.connector.process('process-1').provisionedTimes, 0)
    t.is(world.connector.process('process-1').terminatedFor.length, 1)
    await assertQuiet(world)
  })
}

test('a result that is not whole may be computed again', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = ({ ref }) => (ref.attempt === 1 ? runsForEver : endsWell)
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'stored-nothing' })
  await world.untilJob(jobId, 'succeeded')
  t.is((await world.job(jobId)).attempts[0]?.failure?.cause, 'upload-failed')
})

test('an object store that is away when the result is looked for is waited for, and nothing is computed twice', async (t) => {
  const world = await openWorld(t, { limits: { retries: 1 } })
  world.backend.course = () => endsWell
  world.faults.next('objects.head', 20, 'fails')
  const jobId = await world.request()
  await world.pass(minute)
  t.not((await world.job(jobId)).state, 'succeeded')
  await world.untilJob(jobId, 'succeeded')
  t.is(world.backend.made.length, 1)
})

test('an empty result is a result', async (t) => {
  const world = await openWorld(t)
  world.backend.course = () => runsForEver
  const jobId = await world.request()
  await world.untilJob(jobId, 'running')
  await world.happen(jobId, { to: 'stored', files: {} })
  await world.untilJob(jobId, 'succeeded')
  t.deepEqual((await world.result(jobId))?.manifest.files, [])
})
