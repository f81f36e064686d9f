import type { ExecutionContext } from 'ava'
import { attemptName, filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import { logText } from '../support/log-text.ts'
import { recordJob, recordPod } from './record-pod.ts'
import { ended, removed, shellPlan, type Stage, stepWhere, testOnStage } from './support.ts'

/** Runs a plan that must fail, and gives how. */
async function failureOf(t: ExecutionContext, stage: Stage, plan: Plan, name: string) {
  await stage.backend.launch(plan)
  const step = await ended(stage.backend, plan.ref)
  await recordPod(stage, plan.ref, name)
  t.is(step.phase, 'failed', JSON.stringify(step))
  return step as StepObservation & { phase: 'failed' }
}

testOnStage(
  'a worker that ends well: environment, inputs, result, logs, and nothing left afterwards',
  async (t, stage) => {
    const { backend, objects } = stage
    await objects.put('assets/bundle/text.txt', 'to be or not to be\n', 'text/plain')
    const script = `
    cat "$INPUT_DIR/text.txt" > "$OUTPUT_DIR/out.txt"
    printf '%s|%s|%s|%s|%s' "$GREETING" "$JOB_ID" "$0" "$1" "$2"
    touch /tmp/scratch || echo no scratch
    touch /inputs/mine 2>/dev/null && echo inputs are writable
    touch /bin/mine 2>/dev/null && echo root is writable
    ls /var/run/secrets /var/run/dataspace-compute 2>/dev/null && echo there are secrets
    echo; df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2`
    const plain = shellPlan('', {
      // Kubernetes would replace $(GREETING) and take $$ for $; a command must reach the worker letter for letter.
      worker: { command: ['/bin/sh', '-c', script, '$(GREETING)', '$$', 'a"b $GREETING `c`'] },
      environment: { GREETING: 'a $(JOB_ID) b\nsecond line' },
      inputs: [
        {
          name: 'text.txt',
          kind: 'file',
          source: { kind: 'bundled', key: 'assets/bundle/text.txt' },
          maximumBytes: 1000,
        },
      ],
      resources: { sharedMemory: '2Mi' },
    })
    const plan = { ...plain, installation: 'test-installation' }
    await backend.launch(plan)
    const running = await stepWhere(backend, plan.ref, ({ phase }) => phase !== 'preparing')
    t.true(running.phase === 'running' || running.phase === 'storing' || running.phase === 'stored')
    const step = await ended(backend, plan.ref)
    await recordPod(stage, plan.ref, 'stored')
    if (step.phase !== 'stored') return t.fail(JSON.stringify(step))
    t.true(step.workerEndedAt >= step.workerStartedAt)
    t.true(Math.abs(step.workerStartedAt - Date.now()) < 60_000)

    t.deepEqual((await logText(backend, plan.ref, 'worker', 10_000))?.split('\n'), [
      'a $(JOB_ID) b',
      `second line|${plan.ref.jobId}|$(GREETING)|$$|a"b $GREETING \`c\``,
      '2048',
      '',
    ])
    t.is(await logText(backend, plan.ref, 'worker', 8), '2048\n', 'the end is kept, from a whole line on')
    t.regex((await logText(backend, plan.ref, 'upload', 10_000)) ?? '', /out\.txt/)
    t.is((await objects.head(`${filesPrefix(plan.ref)}out.txt`))?.size, 19)
    t.not(await objects.head(manifestKey(plan.ref)), undefined)

    const found = await backend.list()
    t.like(found, [{ ...plan.ref, installation: 'test-installation' }])
    t.true(Math.abs((found[0]?.since ?? 0) - Date.now()) < 600_000)
    const seen = await removed(backend, plan.ref)
    t.true(seen.some(({ presence }) => presence === 'removing'))
    t.deepEqual(await backend.list(), [])
    t.is(await stage.kubectl('get', 'pods', '-o', 'name'), '', 'the pod is gone when the attempt counts as absent')
    await backend.remove(plan.ref)
    t.deepEqual(stage.warnings, [])
  },
)

testOnStage('a worker that exits with 3', async (t, stage) => {
  const plan = shellPlan('echo something is wrong >&2; exit 3')
  const step = await failureOf(t, stage, plan, 'exit-3')
  t.deepEqual(step.failure, { cause: 'exit-code', message: 'The worker ended with exit code 3.', exitCode: 3 })
  t.is(step.container, 'worker')
  t.is(await logText(stage.backend, plan.ref, 'worker', 1000), 'something is wrong\n')
  t.is(await logText(stage.backend, plan.ref, 'upload', 1000), undefined, 'the upload never started')
  // The pod goes by somebody else's hand: the Job's condition still knows.
  await stage.kubectl('wait', '--for=condition=Failed', `job/${attemptName(plan.ref)}`)
  await stage.kubectl('delete', 'pods', '--all', '--wait=true')
  await recordJob(stage, attemptName(plan.ref), 'job-failed-worker')
  const later = await ended(stage.backend, plan.ref)
  t.is(later.phase === 'failed' && later.failure.cause, 'exit-code')
  t.is(await logText(stage.backend, plan.ref, 'worker', 1000), undefined)
  await removed(stage.backend, plan.ref)
})

testOnStage('a worker out of memory', async (t, stage) => {
  const plan = shellPlan('head -c 100000000 /dev/zero | tail', { resources: { memory: '16Mi' } })
  const step = await failureOf(t, stage, plan, 'out-of-memory')
  t.is(step.failure.cause, 'out-of-memory')
  t.is(step.container, 'worker')
  await removed(stage.backend, plan.ref)
})

testOnStage('a child of the worker out of memory, and the worker ends with 0 all the same', async (t, stage) => {
  const plan = shellPlan('head -c 100000000 /dev/zero | tail; echo going on > $OUTPUT_DIR/out.txt; exit 0', {
    resources: { memory: '16Mi' },
  })
  const step = await failureOf(t, stage, plan, 'out-of-memory-child')
  t.is(step.failure.cause, 'out-of-memory')
  await removed(stage.backend, plan.ref)
})

testOnStage('a worker that is stopped keeps its pod and its log, to the last words', async (t, stage) => {
  const script = 'trap "echo last words; exit 9" TERM; echo begun; while true; do sleep 0.2; done'
  const plan = shellPlan(script)
  await stage.backend.launch(plan)
  const { workerStartedAt } = (await stepWhere(stage.backend, plan.ref, ({ phase }) => phase === 'running')) as {
    workerStartedAt: number
  }
  await recordPod(stage, plan.ref, 'running')
  await stage.backend.stop(plan.ref)
  await stage.backend.stop(plan.ref)
  const step = await ended(stage.backend, plan.ref)
  await recordPod(stage, plan.ref, 'stopped')
  t.is(step.phase === 'failed' && step.failure.cause, 'deadline')
  t.is(step.phase === 'failed' ? step.workerStartedAt : undefined, workerStartedAt)
  t.is(await logText(stage.backend, plan.ref, 'worker', 1000), 'begun\nlast words\n')
  await stage.backend.stop(plan.ref)
  await removed(stage.backend, plan.ref)
  await stage.backend.stop(plan.ref)
})

testOnStage('a command that does not exist', async (t, stage) => {
  const plan = shellPlan('', { worker: { command: ['/no/such/program'] } })
  const step = await failureOf(t, stage, plan, 'no-such-command')
  t.is(step.failure.cause, 'invalid-image')
  t.regex(step.failure.message, /no such program|no such file|\/no\/such\/program/)
  await removed(stage.backend, plan.ref)
})

testOnStage('a required output that was not written, by the sidecar’s own report', async (t, stage) => {
  const plan = shellPlan('true')
  const step = await failureOf(t, stage, plan, 'missing-output')
  t.is(step.failure.cause, 'missing-output')
  t.regex(step.failure.message, /out\.txt/)
  t.is(step.container, 'upload')
  await removed(stage.backend, plan.ref)
})

testOnStage('an input that cannot be fetched', async (t, stage) => {
  const source = { kind: 'bundled', key: 'assets/bundle/no-such-file' } as const
  const plan = shellPlan('true', { inputs: [{ name: 'text.txt', kind: 'file', source, maximumBytes: 1000 }] })
  const step = await failureOf(t, stage, plan, 'input-failed')
  t.is(step.failure.cause, 'input-failed')
  t.is(step.container, 'fetch')
  await removed(stage.backend, plan.ref)
})

testOnStage('a pod that somebody deletes', async (t, stage) => {
  const plan = shellPlan('while true; do sleep 0.2; done')
  await stage.backend.launch(plan)
  await stepWhere(stage.backend, plan.ref, ({ phase }) => phase === 'running')
  await stage.kubectl('delete', 'pods', '--all', '--wait=false')
  await recordPod(stage, plan.ref, 'deleted')
  const step = await ended(stage.backend, plan.ref)
  t.is(step.phase === 'failed' && step.failure.cause, 'node-lost', JSON.stringify(step))
  await stage.kubectl('wait', '--for=condition=Failed', `job/${attemptName(plan.ref)}`)
  await recordJob(stage, attemptName(plan.ref), 'job-failed-pod-deleted')
  const later = await ended(stage.backend, plan.ref)
  t.is(later.phase === 'failed' && later.failure.cause, 'node-lost', JSON.stringify(later))
  await removed(stage.backend, plan.ref)
})
