import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readAsset } from '../../../core/asset/read.ts'
import { type AttemptRef, attemptName, filesPrefix, manifestKey } from '../../../core/job/names.ts'
import { makePlan, type Plan } from '../../../core/job/plan.ts'
import { type Backend, LaunchRefused, type Observation, type StepObservation } from '../../../core/ports/backend.ts'
import type { ObjectStore } from '../../../core/ports/object-store.ts'
import { textOf } from '../../../test/contract/object-store.contract.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { leastAsset } from '../../../test/support/example-asset.ts'
import { logText } from '../../../test/support/log-text.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { directoryStore } from '../../objects/directory.ts'
import { localBackend } from './local-backend.ts'

const ref = { jobId: '0b7cbe0a-6a0e-4d57-9f0c-6f6a1f0f3c11', attempt: 1 }

interface Stage {
  readonly folder: string
  readonly root: string
  readonly objects: ObjectStore
  readonly backend: Backend
  /** Every job id that was told to the listener. */
  readonly hints: string[]
  /** A second backend on the same folder, as after a restart. */
  again(): Backend
}

async function stage(t: ExecutionContext, secretsFile?: string): Promise<Stage> {
  const folder = await temporaryFolder(t)
  const root = join(folder, 'work')
  const assets = join(folder, 'assets')
  await mkdir(join(assets, 'sum', 'below'), { recursive: true })
  const objects = directoryStore(join(folder, 'objects'))
  const again = (): Backend => {
    const made = localBackend({
      root,
      assets,
      secretsFile,
      allowedHosts: [],
      uploadTimeoutMs: 60_000,
      objects,
      clock: { now: Date.now },
    })
    t.teardown(() => made.close())
    return made
  }
  const backend = again()
  const hints: string[] = []
  backend.watch((jobId) => hints.push(jobId))
  return { folder, root, objects, backend, hints, again }
}

interface Work {
  /** What the worker does, as JavaScript. */
  readonly run?: string
  readonly command?: readonly [string, ...string[]]
  readonly directory?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly asset?: Record<string, unknown>
  readonly worker?: Record<string, unknown>
}

function plan({ run = '', command, directory = '.', parameters = {}, asset = {}, worker = {} }: Work): Plan {
  const local = { directory, command: command ?? ['node', '-e', run] }
  const document = { ...leastAsset, ...asset, worker: { ...leastAsset.worker, local, ...worker } }
  const registered = { ...readAsset(document, undefined, { allowTags: false }), bundled: {} }
  const terms = { assetVersion: '1.0.0', agreementId: 'a', consumerId: 'c', parameters }
  return makePlan({ id: ref.jobId, attempt: ref.attempt, terms }, registered)
}

const writeSum = `require('node:fs').writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')`

/** Waits until an attempt came as far as that. */
function reached<P extends StepObservation['phase']>(
  backend: Backend,
  phase: P,
): Promise<Extract<StepObservation, { phase: P }>> {
  return eventually(`phase ${phase}`, async () => {
    const seen: Observation = await backend.observe(ref)
    if (seen.presence !== 'present') return { pending: seen.presence }
    return seen.step.phase === phase
      ? { done: seen.step as Extract<StepObservation, { phase: P }> }
      : { pending: JSON.stringify(seen.step) }
  })
}

/** Waits until the worker wrote that into its log. */
function logged(backend: Backend, text: string): Promise<string> {
  return eventually(`${text} in the log`, async () => {
    const log = (await logText(backend, ref, 'worker', 10_000)) ?? ''
    return log.includes(text) ? { done: log } : { pending: log }
  })
}

test('a worker that ends with 0 has its outputs stored, with a manifest', async (t) => {
  const { backend, objects, hints } = await stage(t)
  t.deepEqual(await backend.observe(ref), { presence: 'absent' })
  await backend.launch(plan({ run: writeSum }))
  const step = await reached(backend, 'stored')
  t.true(step.workerStartedAt <= step.workerEndedAt)
  t.is(await textOf(await objects.open(`${filesPrefix(ref)}sum.txt`)), '42')
  t.like(JSON.parse((await textOf(await objects.open(manifestKey(ref)))) ?? ''), {
    jobId: ref.jobId,
    attempt: 1,
    totalBytes: 2,
  })
  t.true(hints.length >= 3 && hints.every((jobId) => jobId === ref.jobId), hints.join())
})

test('the worker sees its own variables and directories, and nothing of ours', async (t) => {
  const { backend, objects } = await stage(t)
  process.env['DSC_TEST_SECRET'] = 'not for workers'
  t.teardown(() => delete process.env['DSC_TEST_SECRET'])
  const run = `const fs = require('node:fs'); fs.writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', JSON.stringify({ ...process.env, here: process.cwd() }))`
  await backend.launch(
    plan({ run, directory: 'below', parameters: { TOP: '5 $HOME' }, worker: { env: { LANGUAGE: 'en' } } }),
  )
  await reached(backend, 'stored')
  const seen = JSON.parse((await textOf(await objects.open(`${filesPrefix(ref)}sum.txt`))) ?? '') as Record<
    string,
    string
  >
  t.like(seen, { TOP: '5 $HOME', LANGUAGE: 'en', JOB_ID: ref.jobId })
  t.regex(seen['here'] ?? '', /\/assets\/sum\/below$/)
  t.deepEqual(Object.keys(seen).toSorted(), [
    'HOME',
    'INPUT_DIR',
    'JOB_ID',
    'LANGUAGE',
    'OUTPUT_DIR',
    'PATH',
    'TMPDIR',
    'TOP',
    'here',
  ])
})

test('launching again what was launched does nothing', async (t) => {
  const { backend, root } = await stage(t)
  const work = plan({ run: `console.log('begin'); setInterval(() => 0, 1000)` })
  await backend.launch(work)
  await reached(backend, 'running')
  await backend.launch(work)
  await logged(backend, 'begin')
  t.is((await logText(backend, ref, 'worker', 1_000))?.match(/begin/g)?.length, 1)
  t.deepEqual(readdirSync(root), [attemptName(ref)])
  t.deepEqual(await refsIn(backend), [ref])
})

test('a worker that ends with 3 failed with that exit code, and its log stays', async (t) => {
  const { backend, objects } = await stage(t)
  await backend.launch(plan({ run: `console.log('to stdout'); console.error('to stderr'); process.exitCode = 3` }))
  const step = await reached(backend, 'failed')
  t.like(step, {
    container: 'worker',
    failure: { cause: 'exit-code', message: 'The worker exited with 3.', exitCode: 3 },
  })
  t.is(typeof step.workerStartedAt, 'number')
  t.is(await logText(backend, ref, 'worker', 1_000), 'to stdout\nto stderr\n')
  t.is(await objects.head(manifestKey(ref)), undefined)
})

test('a worker that dies by a signal failed by that', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(plan({ run: `process.kill(process.pid, 'SIGSEGV')` }))
  const { failure } = await reached(backend, 'failed')
  t.like(failure, { cause: 'exit-code', message: 'The worker was ended by SIGSEGV.' })
  t.false('exitCode' in failure)
})

test('a command that does not exist cannot be started', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(plan({ command: ['no-such-program'] }))
  t.like((await reached(backend, 'failed')).failure, { cause: 'invalid-image' })
})

test('a worker’s directory that does not exist is the cause, and said', async (t) => {
  const { backend } = await stage(t)
  const launch = backend.launch(plan({ run: writeSum, directory: 'missing' }))
  const { failure } = await t.throwsAsync(launch, { instanceOf: LaunchRefused })
  t.is(failure.cause, 'backend-error')
  t.regex(failure.message, /no folder \S*\/sum\/missing/)
})

test('an output that is missing fails the upload, not the worker', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(plan({ run: '', asset: { outputs: [{ name: 'sum.txt', required: true }] } }))
  const step = await reached(backend, 'failed')
  t.like(step, { container: 'upload', failure: { cause: 'missing-output' } })
  t.truthy(await logText(backend, ref, 'upload', 1_000))
})

test('an input that cannot be fetched fails before the worker starts', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(
    plan({ run: writeSum, asset: { inputs: [{ name: 'a', from: { url: 'http://127.0.0.1:1/a' } }] } }),
  )
  const step = await reached(backend, 'failed')
  t.like(step, { container: 'fetch', failure: { cause: 'input-failed' } })
  t.is(step.workerStartedAt, undefined)
  t.is(await logText(backend, ref, 'worker', 1_000), undefined)
})

test('stopping asks the worker to end, and whatever it started with it', async (t) => {
  const { backend } = await stage(t)
  const child = `require('node:child_process').spawn(process.execPath, ['-e', 'console.log("child " + process.pid); setInterval(() => 0, 1000)'], { stdio: 'inherit' })`
  await backend.launch(plan({ run: `${child}; setInterval(() => 0, 1000)` }))
  const log = await logged(backend, 'child ')
  const pid = Number(/child (\d+)/.exec(log)?.[1])
  await backend.stop(ref)
  await backend.stop(ref)
  t.like((await reached(backend, 'failed')).failure, { message: 'The worker was ended by SIGTERM.' })
  await gone(pid)
  t.pass()
})

test('a worker that does not care is ended for good when it is removed', async (t) => {
  const { backend, root } = await stage(t)
  await backend.launch(
    plan({
      run: `process.on('SIGTERM', () => console.log('no')); console.log('pid ' + process.pid + '.'); setInterval(() => 0, 1000)`,
    }),
  )
  const pid = Number(/pid (\d+)\./.exec(await logged(backend, '.'))?.[1])
  await backend.stop(ref)
  await logged(backend, 'no')
  t.like(await backend.observe(ref), { presence: 'present', step: { phase: 'running' } })
  await backend.remove(ref)
  t.deepEqual(await backend.observe(ref), { presence: 'absent' })
  await gone(pid)
  t.deepEqual(readdirSync(root), [])
  t.is(await logText(backend, ref, 'worker', 100), undefined)
  await t.notThrowsAsync(backend.remove(ref), 'removing again is no error')
})

test('stopped while it ends well: nothing is stored after a stop', async (t) => {
  const { backend, objects } = await stage(t)
  await backend.launch(
    plan({
      run: `process.on('SIGTERM', () => { ${writeSum}; process.exit(0) }); console.log('ready'); setInterval(() => 0, 1000)`,
    }),
  )
  await logged(backend, 'ready')
  await backend.stop(ref)
  await reached(backend, 'failed')
  t.is(await objects.head(manifestKey(ref)), undefined)
})

test('stopping and reading what is not there is no error', async (t) => {
  const { backend } = await stage(t)
  await t.notThrowsAsync(backend.stop(ref))
  await t.notThrowsAsync(backend.remove(ref))
  t.is(await logText(backend, ref, 'worker', 100), undefined)
  t.deepEqual(await backend.list(), [])
})

test('of a log that is too long the end is given', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(plan({ run: `for (let i = 0; i < 1000; i += 1) console.log('line ' + i); ${writeSum}` }))
  await reached(backend, 'stored')
  t.is(await logText(backend, ref, 'worker', 18), 'line 998\nline 999\n')
})

test('another attempt of the job is another directory', async (t) => {
  const { backend, root } = await stage(t)
  const first = plan({ run: writeSum })
  await backend.launch(first)
  await reached(backend, 'stored')
  await backend.launch({ ...first, ref: { ...ref, attempt: 2 } })
  t.deepEqual(readdirSync(root).toSorted(), [attemptName(ref), attemptName({ ...ref, attempt: 2 })])
  t.deepEqual(
    [...(await refsIn(backend))].toSorted((a, b) => a.attempt - b.attempt),
    [ref, { ...ref, attempt: 2 }],
  )
})

test('an asset that says nothing of this backend is refused for good', async (t) => {
  const { backend, root } = await stage(t)
  const error = await t.throwsAsync(backend.launch(plan({ worker: { local: undefined } })), {
    instanceOf: LaunchRefused,
  })
  t.like(error.failure, { cause: 'backend-error' })
  t.false(existsSync(root))
})

for (const directory of ['..', '../other', '/etc', 'below/../../other', '../sum-other']) {
  test(`the worker’s directory ${directory} lies outside and is refused for good`, async (t) => {
    const { backend } = await stage(t)
    const error = await t.throwsAsync(backend.launch(plan({ run: writeSum, directory })), { instanceOf: LaunchRefused })
    t.regex(error.message, /lies outside/)
    t.deepEqual(await backend.observe(ref), { presence: 'absent' }, 'nothing was begun')
  })
}

test('secrets come from the secrets file and stand in no log', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'secrets.env')
  await writeFile(file, 'MODEL_KEY="top secret"\nOTHER=x\n')
  const { backend, objects, root } = await stage(t, file)
  const run = `require('node:fs').writeFileSync(process.env.OUTPUT_DIR + '/sum.txt', process.env.MODEL_KEY + String(process.env.OTHER))`
  await backend.launch(plan({ run, worker: { secrets: ['MODEL_KEY'] } }))
  await reached(backend, 'stored')
  t.is(await textOf(await objects.open(`${filesPrefix(ref)}sum.txt`)), 'top secretundefined')
  for (const name of ['fetch', 'worker', 'upload'] as const)
    t.false((await logText(backend, ref, name, 10_000))?.includes('top secret') ?? false)
  t.false((await readFile(join(root, attemptName(ref), 'worker.pid'), 'utf8')).includes('top secret'))
})

for (const [title, content] of [
  ['no secrets file', undefined],
  ['a secrets file without it', 'OTHER=x'],
] as const) {
  test(`a secret that is missing, with ${title}, is refused for good`, async (t) => {
    const file = content === undefined ? undefined : join(await temporaryFolder(t), 'secrets.env')
    if (file !== undefined) await writeFile(file, content ?? '')
    const { backend } = await stage(t, file)
    const error = await t.throwsAsync(backend.launch(plan({ run: writeSum, worker: { secrets: ['MODEL_KEY'] } })), {
      instanceOf: LaunchRefused,
    })
    t.is(error.failure.cause, 'secret-missing')
    t.regex(error.message, /MODEL_KEY/)
  })
}

test('closing ends what runs', async (t) => {
  const { backend } = await stage(t)
  await backend.launch(plan({ run: `console.log('pid ' + process.pid + '.'); setInterval(() => 0, 1000)` }))
  const pid = Number(/pid (\d+)\./.exec(await logged(backend, '.'))?.[1])
  await backend.close()
  await gone(pid)
  t.pass()
})

test('after the service was killed its worker is found, given up, ended and removed', async (t) => {
  const { root, folder, again } = await stage(t)
  const code = `
    import { localBackend } from '${new URL('local-backend.ts', import.meta.url).href}'
    import { directoryStore } from '${new URL('../../objects/directory.ts', import.meta.url).href}'
    const backend = localBackend({ root: ${JSON.stringify(root)}, assets: ${JSON.stringify(join(folder, 'assets'))}, secretsFile: undefined,
      allowedHosts: [], objects: directoryStore(${JSON.stringify(join(folder, 'objects'))}), clock: { now: Date.now } })
    await backend.launch(${JSON.stringify(plan({ run: `console.log('pid ' + process.pid + '.'); setInterval(() => 0, 1000)` }))})`
  const service = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'inherit' })
  const after = again()
  const pid = Number(/pid (\d+)\./.exec(await logged(after, '.'))?.[1])
  service.kill('SIGKILL')
  t.like(await after.observe(ref), {
    presence: 'present',
    step: { phase: 'failed', container: 'worker', failure: { cause: 'node-lost' } },
  })
  t.deepEqual(await refsIn(after), [ref])
  t.notThrows(() => process.kill(pid, 0), 'the worker outlived the service')
  await after.remove(ref)
  await gone(pid)
  t.deepEqual(await after.observe(ref), { presence: 'absent' })
})

test('launching over what a killed service left behind starts anew', async (t) => {
  const { root, backend, objects } = await stage(t)
  await mkdir(join(root, attemptName(ref), 'outputs'), { recursive: true })
  await writeFile(join(root, attemptName(ref), 'outputs', 'old.txt'), 'old')
  await writeFile(join(root, attemptName(ref), 'worker.pid'), '999999999 1')
  await backend.launch(plan({ run: writeSum, asset: { outputs: [{ name: 'sum.txt' }, { name: 'old.txt' }] } }))
  await reached(backend, 'stored')
  t.is(await objects.head(`${filesPrefix(ref)}old.txt`), undefined)
})

test('another process that got the worker’s old id is left alone', async (t) => {
  const { root, backend } = await stage(t)
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { detached: true })
  t.teardown(() => bystander.kill('SIGKILL'))
  await mkdir(join(root, attemptName(ref)), { recursive: true })
  await writeFile(join(root, attemptName(ref), 'worker.pid'), `${bystander.pid} 12345`)
  await backend.remove(ref)
  t.notThrows(() => process.kill(bystander.pid ?? 0, 0))
})

test('what else lies in its folder is not taken for an attempt', async (t) => {
  const { root, backend } = await stage(t)
  await mkdir(join(root, 'something'), { recursive: true })
  await mkdir(join(root, 'dsc-x'), { recursive: true })
  t.deepEqual(await backend.list(), [])
})

/** The attempts that it has, without since when. */
async function refsIn(backend: Backend): Promise<readonly AttemptRef[]> {
  return (await backend.list()).map(({ jobId, attempt }) => ({ jobId, attempt }))
}

test('an attempt says of which installation it is, and since when', async (t) => {
  const { backend } = await stage(t)
  const begun = Date.now()
  await backend.launch({ ...plan({ run: writeSum }), installation: 'this-one' })
  await reached(backend, 'stored')
  const [found] = await backend.list()
  t.like(found, { ...ref, installation: 'this-one' })
  t.true(found !== undefined && found.since > begun - 5_000 && found.since <= Date.now())
})

/** Waits until there is no such process. */
function gone(pid: number): Promise<void> {
  if (!(pid > 1)) throw new Error(`${pid} is no process id`)
  return eventually(`the end of process ${pid}`, async () => {
    try {
      process.kill(pid, 0)
    } catch {
      return { done: undefined }
    }
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    return status.includes(') Z ') ? { done: undefined } : { pending: 'it is still there' }
  })
}
