// The compiled program, in a directory that holds what the image holds and nothing else.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { manifestKey } from '../core/job/names.ts'
import { parseSidecarReport, type SidecarTask } from '../core/job/sidecar-task.ts'
import { parseManifest } from '../core/result/manifest.ts'
import { tarOf } from '../test/corpora/tar-bytes.ts'
import { eventually } from '../test/support/eventually.ts'
import { testOnTestbed } from '../test/support/testbed.ts'
import { attemptAccess, newBucket, openUploads } from './_minio.test.ts'
import { serve } from './_server.test.ts'
import { output, taskOf, temporaryDirectory, urlInput } from './_task.test.ts'

const project = join(import.meta.dirname, '..')
/** As in pods; no test may depend on who runs it. */
const user = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {}
let image = ''

test.before(async () => {
  execFileSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-b', 'sidecar'], { cwd: project })
  image = await mkdtemp(join(tmpdir(), 'sidecar-image-'))
  execFileSync(process.execPath, ['scripts/image-files.mjs', image, 'sidecar'], { cwd: project, stdio: 'ignore' })
  await chmod(image, 0o755)
})
test.after.always(() => rm(image, { recursive: true, force: true }))

/** Starts the program with a task in a workspace of its own; what it wrote is there when it has ended. */
async function start(workspace: string, command: string, task: SidecarTask | string, options: readonly string[] = []) {
  await writeFile(join(workspace, 'task.json'), typeof task === 'string' ? task : JSON.stringify(task))
  await writeFile(join(workspace, 'report'), '')
  await mkdir(join(workspace, 'directory'), { recursive: true })
  for (const path of ['', 'directory', 'report']) await chmod(join(workspace, path), 0o777)
  const places = ['--task', 'task.json', '--directory', 'directory', '--report', 'report']
  const child = spawn(
    process.execPath,
    [...options, join(image, 'sidecar/app/dist/sidecar/main.js'), command, ...places],
    {
      cwd: workspace,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    },
  )
  const ended = once(child, 'close')
  const [stdout, stderr] = [buffer(child.stdout), buffer(child.stderr)]
  const outcome = async () => {
    await ended
    const report = await readFile(join(workspace, 'report'), 'utf8')
    return { code: child.exitCode, stdout: (await stdout).toString(), stderr: (await stderr).toString(), report }
  }
  return { child, outcome }
}

test('fetches files and archives, and uploads', async (t) => {
  const [workspace, root] = [await temporaryDirectory(t), await temporaryDirectory(t)]
  await chmod(root, 0o777)
  const archive = gzipSync(tarOf({ name: 'a.txt', data: 'packed' }))
  const host = await serve(t, (request, response) => response.end(request.url === '/set' ? archive : 'text'))
  const task = taskOf(
    { kind: 'directory', root },
    {
      allowedHosts: [host],
      inputs: [
        urlInput(`http://${host}/set`, { name: 'set', kind: 'archive' }),
        urlInput(`http://${host}/text`, { name: 'text.txt' }),
      ],
      outputs: [output('text.txt', { required: true }), output('set', { kind: 'directory' })],
    },
  )
  const fetched = await (await start(workspace, 'fetch', task)).outcome()
  t.deepEqual([fetched.code, fetched.stderr, fetched.report], [0, '', ''])
  t.regex(fetched.stdout, /^fetched text\.txt \(4 bytes, \d\.\d{3} s\)$/m)
  const uploaded = await (await start(workspace, 'upload', task)).outcome()
  t.deepEqual([uploaded.code, uploaded.stderr, uploaded.report], [0, '', ''])
  const manifest = parseManifest(await readFile(join(root, manifestKey(task.ref)), 'utf8'))
  t.deepEqual(typeof manifest === 'string' ? manifest : manifest.files.map((file) => file.path), [
    'set/a.txt',
    'text.txt',
  ])
})

test('a failure is one line on stderr, a report and exit code 1', async (t) => {
  const workspace = await temporaryDirectory(t)
  const task = taskOf({ kind: 'directory', root: workspace }, { outputs: [output('a.txt', { required: true })] })
  const { code, stderr, report } = await (await start(workspace, 'upload', task)).outcome()
  t.is(code, 1)
  const { cause, message } = parseSidecarReport(report) ?? {}
  t.is(cause, 'missing-output')
  t.is(stderr, `missing-output: ${message}\n`)
  t.regex(message ?? '', /did not write the required output a\.txt/)
})

test('a file that its user cannot read is told as such', async (t) => {
  const workspace = await temporaryDirectory(t)
  const task = taskOf({ kind: 'directory', root: workspace }, { outputs: [output('a.txt')] })
  await mkdir(join(workspace, 'directory'))
  await writeFile(join(workspace, 'directory/a.txt'), 'x', { mode: 0 })
  const { report } = await (await start(workspace, 'upload', task)).outcome()
  t.is(parseSidecarReport(report)?.cause, 'invalid-output')
  t.regex(parseSidecarReport(report)?.message ?? '', /a\.txt" cannot be read: .* leave it readable for its own user/)
})

for (const [what, command, task, message] of [
  ['a task that is none', 'fetch', 'no JSON', /task\.json cannot be used/],
  ['a task of another version', 'upload', '{"version":2}', /has version 2, and this sidecar reads version 1/],
  ['an incomplete task', 'upload', '{"version":1}', /lacks ref, store/],
  ['an unknown command', 'copy', '{}', /There is no command "copy": main\.js fetch\|gate\|upload/],
] as const) {
  test(`${what} is no fault of the worker`, async (t) => {
    const { code, report } = await (await start(await temporaryDirectory(t), command, task)).outcome()
    t.is(code, 1)
    t.is(parseSidecarReport(report)?.cause, 'backend-error')
    t.regex(parseSidecarReport(report)?.message ?? '', message)
  })
}

test('SIGTERM ends it cleanly', async (t) => {
  const workspace = await temporaryDirectory(t)
  let asked = false
  const host = await serve(t, (_, response) => {
    asked = true
    response.writeHead(200).write('never ends')
  })
  const task = taskOf({ kind: 'directory', root: '/' }, { allowedHosts: [host], inputs: [urlInput(`http://${host}/`)] })
  const { child, outcome } = await start(workspace, 'fetch', task)
  await eventually('the request', () => (asked ? { done: undefined } : { pending: 'not asked' }))
  child.kill('SIGTERM')
  const { code, report } = await outcome()
  t.is(code, 1)
  t.regex(parseSidecarReport(report)?.message ?? '', /told to end/)
})

testOnTestbed('SIGTERM during an upload removes the parts that were sent', async (t, { objectStore }) => {
  const { client, bucket, access } = await newBucket(t, objectStore)
  const workspace = await temporaryDirectory(t)
  await mkdir(join(workspace, 'directory'))
  await writeFile(join(workspace, 'directory/big.bin'), Buffer.alloc(256 * 2 ** 20))
  const { child, outcome } = await start(workspace, 'upload', taskOf(access, { outputs: [output('big.bin')] }))
  await eventually('an upload in parts', async () =>
    (await openUploads(client, bucket)).length > 0 ? { done: undefined } : { pending: 'none was begun' },
  )
  child.kill('SIGTERM')
  const { code, report } = await outcome()
  t.is(code, 1)
  t.is(parseSidecarReport(report)?.cause, 'upload-failed')
  t.deepEqual(await openUploads(client, bucket), [])
})

testOnTestbed('memory stays below 128 MiB, whatever there is to upload', async (t, { objectStore }) => {
  const { access } = await newBucket(t, objectStore)
  const workspace = await temporaryDirectory(t)
  const memory = join(workspace, 'memory.cjs')
  // Not resourceUsage(): its maximum begins with that of the process that started this one.
  const peakOfThis = `/VmHWM:\\s+(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]`
  await writeFile(memory, `process.on('exit', () => console.log('peak', ${peakOfThis}))`)
  await mkdir(join(workspace, 'directory/many'), { recursive: true })
  await writeFile(join(workspace, 'directory/big.bin'), randomBytes(64 * 2 ** 20))
  for (let i = 0; i < 40; i++) await writeFile(join(workspace, `directory/many/${i}`), randomBytes(2 ** 20))
  const task = taskOf(access, { outputs: [output('big.bin'), output('many', { kind: 'directory' })] })
  const limited = { ...task, store: await attemptAccess(access, task.ref) }
  const { code, stdout, stderr } = await (await start(workspace, 'upload', limited, ['--require', memory])).outcome()
  t.deepEqual([code, stderr], [0, ''])
  const peak = Number(/^peak (\d+)$/m.exec(stdout)?.[1]) / 1024
  t.log(`${peak.toFixed(0)} MiB at most`)
  t.true(peak > 40 && peak < 120, `${peak} MiB`)
})
