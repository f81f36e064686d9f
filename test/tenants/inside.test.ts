import { ended, removed, shellPlan, testOnStage } from '../kubernetes/support.ts'
import { insideSchema, insideWorker } from './inside-worker.ts'

testOnStage('what a worker finds in its container, to the last item', async (t, stage) => {
  await stage.objects.put('assets/inside/in.txt', new TextEncoder().encode('input'), 'text/plain')
  const source = { kind: 'bundled', key: 'assets/inside/in.txt' } as const
  const plan = shellPlan('', {
    worker: { image: 'localhost/node:24', command: insideWorker(), runAs: { user: 4321, group: 5432 } },
    environment: { LANGUAGE: 'en' },
    inputs: [{ name: 'in.txt', kind: 'file', source, maximumBytes: 100 }],
    resources: { memory: '256Mi', cpu: '500m' },
  })
  await stage.backend.launch(plan)
  const step = await ended(stage.backend, plan.ref)
  t.is(step.phase, 'stored', JSON.stringify(step))
  const log = await stage.backend.log(plan.ref, 'worker', 1_000_000)
  const inside = insideSchema.parse(JSON.parse(Buffer.from(log?.bytes ?? []).toString()))
  await removed(stage.backend, plan.ref)

  // Who it is: nobody, without a capability to its name, under a filter of system calls, and without a way to become more.
  const { status } = inside
  t.is(status['Uid'], '4321 4321 4321 4321')
  t.is(status['Gid'], '5432 5432 5432 5432')
  t.is(status['Groups'], '5432')
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) t.is(status[set], '0000000000000000', set)
  t.is(status['NoNewPrivs'], '1')
  t.is(status['Seccomp'], '2', 'a filter')
  t.deepEqual(inside.processes, ['node'], 'no process but its own')

  // What it can write: its outputs, what is temporary, the message that it may leave to the kubelet.
  t.deepEqual(inside.writableFolders, ['/dev/mqueue', '/dev/shm', '/outputs', '/tmp'])
  t.deepEqual(inside.writableFiles, ['/dev/termination-log'])
  t.deepEqual(inside.input, ['done', 'EROFS', 'EROFS', 'EROFS'], 'inputs can be read and nothing else')
  t.deepEqual(inside.mounts, [
    '/ ro',
    '/etc/hostname ro',
    '/etc/hosts rw', // the kubelet's, and root's alone: no writable file above
    '/etc/resolv.conf ro',
    '/inputs ro',
    '/outputs rw',
    '/tmp rw',
  ])
  t.deepEqual(inside.devices, [
    'fd',
    'full',
    'mqueue',
    'null',
    'ptmx',
    'pts',
    'random',
    'shm',
    'stderr',
    'stdin',
    'stdout',
    'termination-log',
    'tty',
    'urandom',
    'zero',
  ])

  // What it knows: what it was given. Where the API server is Kubernetes tells every container; it opens nothing.
  t.deepEqual(inside.forbidden, [])
  t.deepEqual(inside.keys, [])
  t.deepEqual(inside.environment, [
    'HOME',
    'HOSTNAME',
    'INPUT_DIR',
    'JOB_ID',
    'KUBERNETES_PORT',
    'KUBERNETES_PORT_443_TCP',
    'KUBERNETES_PORT_443_TCP_ADDR',
    'KUBERNETES_PORT_443_TCP_PORT',
    'KUBERNETES_PORT_443_TCP_PROTO',
    'KUBERNETES_SERVICE_HOST',
    'KUBERNETES_SERVICE_PORT',
    'KUBERNETES_SERVICE_PORT_HTTPS',
    'LANGUAGE',
    'OUTPUT_DIR',
    'PATH',
  ])
})
