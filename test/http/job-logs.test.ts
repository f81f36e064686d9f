import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { maximumLogBytes } from '../../entrypoint/engine/keep-logs.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { computeAsset, register } from './forms.ts'
import { type Stage, startStage, writeWorker } from './stage.ts'

// A log read in parts, by its offset, while the worker writes and after everything of the job is gone.

let stage: Stage
test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage.close())

interface Part {
  readonly status: number
  readonly start: number
  readonly attempt: string | null
  readonly bytes: Buffer
}

async function read(jobId: string, query = ''): Promise<Part> {
  const response = await fetch(`${stage.adminUrl}/api/v1/jobs/${jobId}/logs${query}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  const { status, headers } = response
  return { status, bytes, start: Number(headers.get('x-log-start')), attempt: headers.get('x-log-attempt') }
}

async function newJob(assetId: string): Promise<string> {
  stage.connector.request(assetId)
  return eventually('a job', async () => {
    const [job] = await stage.store.listJobs({ assetId, limit: 1 })
    return job === undefined ? { pending: 'none' } : { done: job.id }
  })
}

function cleared(jobId: string): Promise<unknown> {
  return eventually('the job to be cleared up', async () => {
    const job = (await stage.store.job(jobId))?.value
    const done = job?.state === 'succeeded' && job.attempts.every(({ removed }) => removed)
    return done ? { done } : { pending: String(job?.state) }
  })
}

test('a reader who asks for what comes next gets each byte once, across the move into the object store', async (t) => {
  // Each time the test lets it, the worker writes a line; a character of it comes in two parts.
  await writeWorker(
    stage,
    'steps',
    `import { existsSync, writeFileSync, writeSync } from 'node:fs'
for (let i = 1; i <= 3; i += 1) {
  while (!existsSync('step-' + i)) await new Promise((resolve) => setTimeout(resolve, 10))
  const line = Buffer.from('größe ' + i + '\\n')
  writeSync(1, line.subarray(0, 3))
  writeSync(1, line.subarray(3))
}
writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '1')`,
  )
  await register(stage.adminUrl, { asset: computeAsset('steps') })
  const id = await newJob('steps')
  let known = Buffer.alloc(0)
  const next = (expected: string): Promise<unknown> =>
    eventually(`the log to be ${JSON.stringify(expected)}`, async () => {
      const { status, start, bytes } = await read(id, `?offset=${known.length}`)
      if (status !== 200) return { pending: String(status) }
      t.is(start, known.length)
      known = Buffer.concat([known, bytes])
      return known.toString() === expected ? { done: true } : { pending: known.toString() }
    })
  for (const [step, expected] of ['größe 1\n', 'größe 1\ngröße 2\n', 'größe 1\ngröße 2\ngröße 3\n'].entries()) {
    await writeFile(join(stage.assets, 'steps', `step-${step + 1}`), '')
    await next(expected)
  }
  await cleared(id)
  t.like(await read(id, `?offset=${known.length}`), { status: 200, start: known.length, bytes: Buffer.alloc(0) })
  const end = await read(id, '?offset=5')
  t.like(end, { start: 5, attempt: '1' })
  t.is(end.bytes.toString(), known.subarray(5).toString())
  t.is((await read(id, '?offset=999')).start, 0, 'a log that is shorter than the offset is given anew')
  for (const wrong of ['-1', 'x', '1.5', '99999999999999999999'])
    t.is(
      (await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs/${id}/logs?offset=${wrong}`))).code,
      'invalid-query',
    )
})

test('offsets of a long log count from its first byte, also where only its end was kept', async (t) => {
  const lines = 40_000
  await writeWorker(
    stage,
    'long',
    `import { writeFileSync } from 'node:fs'
for (let i = 0; i < ${lines}; i += 1) console.log('line ' + String(i).padStart(40, '0'))
writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '1')`,
  )
  await register(stage.adminUrl, { asset: computeAsset('long') })
  const id = await newJob('long')
  await cleared(id)
  const lineBytes = 'line \n'.length + 40
  const size = lines * lineBytes
  const whole = await read(id)
  t.is(whole.start + whole.bytes.length, size)
  t.is(whole.bytes.length, maximumLogBytes)
  const offset = size - 3 * lineBytes
  const part = await read(id, `?offset=${offset}`)
  t.is(part.start, offset)
  t.deepEqual(
    part.bytes.toString().trimEnd().split('\n'),
    [3, 2, 1].map((back) => `line ${String(lines - back).padStart(40, '0')}`),
  )
  t.is((await read(id, '?offset=100')).start, whole.start, 'what stood there was left out')
})

test('a job under way shows what its backend sees of it, one that is over does not', async (t) => {
  await writeWorker(stage, 'endless', `console.log('begun')\nsetInterval(() => 0, 1000)`)
  await register(stage.adminUrl, { asset: computeAsset('endless') })
  const id = await newJob('endless')
  const show = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`${stage.adminUrl}/api/v1/jobs/${id}`)).json()) as Record<string, unknown>
  await eventually('the job to be seen running', async () => {
    const { observed } = await show()
    const running = typeof observed === 'object' && observed !== null && 'phase' in observed && observed.phase
    return running === 'running' ? { done: true } : { pending: JSON.stringify(observed) }
  })
  const plain = await fetch(`${stage.adminUrl}/api/v1/jobs/${id}?observe=false`)
  t.false('observed' in ((await plain.json()) as object))
  t.is((await problemOf(await fetch(`${stage.adminUrl}/api/v1/jobs/${id}?observe=no`))).code, 'invalid-query')
  await fetch(`${stage.adminUrl}/api/v1/jobs/${id}/cancel`, {
    method: 'POST',
    body: JSON.stringify({ reason: 'enough' }),
    headers: { 'Content-Type': 'application/json' },
  })
  t.false('observed' in (await show()))
})
