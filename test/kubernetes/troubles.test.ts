import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import type { Cause } from '../../core/job/causes.ts'
import type { Plan } from '../../core/job/plan.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { recordPod } from './record-pod.ts'
import { ended, makeStage, removed, shellPlan, type Stage, stepWhere } from './support.ts'

/** Waits until the step names the trouble by its cause. On a busy node an event may tell of it first, in other words than the status that follows. */
async function troubled(stage: Stage, plan: Plan, name: string, cause: Cause) {
  await stage.backend.launch(plan)
  const hasTrouble = (step: StepObservation) => step.phase === 'preparing' && step.waiting?.trouble?.cause === cause
  const step = (await stepWhere(stage.backend, plan.ref, hasTrouble)) as StepObservation & { phase: 'preparing' }
  await recordPod(stage, plan.ref, name)
  return step
}

async function noSuchImage(t: ExecutionContext, stage: Stage): Promise<void> {
  const plan = shellPlan('true', { worker: { image: 'localhost/no-such-image:1' } })
  const { waiting, fetchStartedAt } = await troubled(stage, plan, 'image-pull', 'image-pull')
  t.is(waiting?.trouble?.cause, 'image-pull')
  t.false(waiting?.trouble?.final)
  t.regex(waiting?.trouble?.message ?? '', /localhost\/no-such-image:1/)
  t.not(fetchStartedAt, undefined, 'startTimeout counts for the worker, not for fetch')
  t.true((waiting?.since ?? 0) >= (fetchStartedAt ?? Infinity))
  await removed(stage.backend, plan.ref)
}

async function invalidImageName(t: ExecutionContext, stage: Stage): Promise<void> {
  const plan = shellPlan('true', { worker: { image: 'localhost/Not A Name' } })
  const { waiting } = await troubled(stage, plan, 'invalid-image-name', 'invalid-image')
  t.is(waiting?.trouble?.cause, 'invalid-image')
  t.true(waiting?.trouble?.final)
  await removed(stage.backend, plan.ref)
}

async function missingSecret(t: ExecutionContext, stage: Stage): Promise<void> {
  const plan = shellPlan('echo "$MODEL_KEY" > $OUTPUT_DIR/out.txt', { worker: { secrets: ['MODEL_KEY'] } })
  const { waiting } = await troubled(stage, plan, 'secret-missing', 'secret-missing')
  t.is(waiting?.trouble?.cause, 'secret-missing')
  t.false(waiting?.trouble?.final)
  t.regex(waiting?.trouble?.message ?? '', /asset-tiny/)
  await stage.kubectl('create', 'secret', 'generic', 'asset-tiny', '--from-literal=MODEL_KEY=open sesame')
  t.is((await ended(stage.backend, plan.ref)).phase, 'stored')
  t.is((await stage.objects.head(`${filesPrefix(plan.ref)}out.txt`))?.size, 'open sesame\n'.length)
  await removed(stage.backend, plan.ref)
}

async function noNode(t: ExecutionContext, stage: Stage): Promise<void> {
  const plan = shellPlan('true', { resources: { cpu: '900' } })
  const { waiting } = await troubled(stage, plan, 'unschedulable', 'unschedulable')
  t.is(waiting?.trouble?.cause, 'unschedulable')
  t.regex(waiting?.trouble?.message ?? '', /Insufficient cpu/)
  await removed(stage.backend, plan.ref)
}

async function volumeTooLarge(t: ExecutionContext, stage: Stage): Promise<void> {
  const plan = shellPlan('head -c 3000000 /dev/zero > /tmp/big; sleep 120', { resources: { ephemeralStorage: '1Mi' } })
  await stage.backend.launch(plan)
  const step = await ended(stage.backend, plan.ref, 150_000)
  await recordPod(stage, plan.ref, 'evicted')
  t.is(step.phase === 'failed' && step.failure.cause, 'evicted', JSON.stringify(step))
  t.regex(step.phase === 'failed' ? step.failure.message : '', /"tmp"/)
  // On a busy node the pod is evicted before its kubelet has told that the worker started: then the one before it is named.
  t.true(step.phase === 'failed' && ['worker', 'fetch'].includes(step.container ?? ''))
  await removed(stage.backend, plan.ref)
}

// Together, because each is mostly waiting: the kubelet tells why a container does not start only at its next look at the pod, 10 to
// 15 s after it tried, and looks at the size of volumes once a minute.
testOnTestbed(
  'an image that does not exist, an invalid name, a missing secret, too large a request, too large a volume',
  async (t, testbed) => {
    const stage = await makeStage(testbed, { sidecarResources: { cpu: '100m', memory: '128Mi' } })
    try {
      const cases = [noSuchImage, invalidImageName, missingSecret, noNode, volumeTooLarge]
      await Promise.all(cases.map((check) => check(t, stage)))
    } finally {
      await stage.close()
    }
  },
)
