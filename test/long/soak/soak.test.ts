import { randomInt } from 'node:crypto'
import { open } from 'node:fs/promises'
import process from 'node:process'
import test from 'ava'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testOnTestbed } from '../../support/testbed.ts'
import { eventually } from '../../support/eventually.ts'
import { filesAtRest, openFiles, watchFootprint } from './footprint.ts'
import { soakFor } from './soak.ts'

test('memory and open files of a process are seen, and its end is told', async (t) => {
  const watch = watchFootprint(process.pid, 5)
  await eventually('three looks', () =>
    watch.seen.files.length >= 3 ? { done: true } : { pending: String(watch.seen.files.length) },
  )
  await watch.stop()
  const { memory, files } = watch.seen
  t.true(memory.every(({ value }) => value > 2 ** 24 && value < 2 ** 34))
  t.true(files.every(({ value }) => value > 3))
  t.is(memory.length, files.length)
  await t.throwsAsync(watchFootprint(2 ** 30, 5).stop(), { message: /ENOENT/ })
})

test('files that go are waited for, and those that stay are told', async (t) => {
  const before = await openFiles(process.pid)
  const opened = await Promise.all(Array.from({ length: 40 }, () => open('/dev/null')))
  t.true((await filesAtRest(process.pid, before + 20, 50, 5)) > before + 20)
  const waiting = filesAtRest(process.pid, before + 20, 5_000, 5)
  for (const one of opened) await one.close()
  t.true((await waiting) <= before + 20)
})

// Proves that the run works; half an hour of it is `npm run test:long -- soak`.
testOnTestbed('a few seconds of the soak', async (t, testbed) => {
  t.timeout(120_000)
  const seed = randomInt(2 ** 31)
  t.log(`seed ${seed}`)
  const context = { seed, folder: await temporaryFolder(t), say: (line: string) => t.log(line) }
  const { figures, violations } = await soakFor(context, testbed, 0.1)
  t.log(figures)
  t.deepEqual(violations, [])
  t.true(Number(figures['transfers']) >= 5)
  t.true(Number(figures['looks']) >= 5)
})
