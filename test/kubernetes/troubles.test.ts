import { filesPrefix } from '../../core/job/names.ts'
import { recordPod } from './record-pod.ts'
import { ended, removed, shellPlan, stepWhere, testOnStage } from './support.ts'

// The kubelet tells why a container does not start only at its next look at the pod, 10 to 15 s after it tried.

testOnStage('an image that does not exist is trouble that may pass', async (t, stage) => {
  const plan = shellPlan('true', { worker: { image: 'localhost/no-such-image:1' } })
  await stage.backend.launch(plan)
  const step = await stepWhere(
    stage.backend,
    plan.ref,
    (now) => now.phase === 'preparing' && now.waiting?.trouble !== undefined,
  )
  await recordPod(stage, plan.ref, 'image-pull')
  if (step.phase !== 'preparing') return t.fail(JSON.stringify(step))
  t.is(step.waiting?.trouble?.cause, 'image-pull')
  t.false(step.waiting?.trouble?.final)
  t.regex(step.waiting?.trouble?.message ?? '', /localhost\/no-such-image:1/)
  t.not(step.fetchStartedAt, undefined, 'startTimeout counts for the worker, not for fetch')
  t.true((step.waiting?.since ?? 0) >= (step.fetchStartedAt ?? Infinity))
  await removed(stage.backend, plan.ref)
})

testOnStage('an invalid image name is final at once', async (t, stage) => {
  const plan = shellPlan('true', { worker: { image: 'localhost/Not A Name' } })
  await stage.backend.launch(plan)
  const step = await stepWhere(
    stage.backend,
    plan.ref,
    (now) => now.phase === 'preparing' && now.waiting?.trouble !== undefined,
  )
  await recordPod(stage, plan.ref, 'invalid-image-name')
  const trouble = step.phase === 'preparing' ? step.waiting?.trouble : undefined
  t.is(trouble?.cause, 'invalid-image')
  t.true(trouble?.final)
  await removed(stage.backend, plan.ref)
})

testOnStage('a missing secret is trouble until it is there; its value reaches the worker', async (t, stage) => {
  const plan = shellPlan('echo "$MODEL_KEY" > $OUTPUT_DIR/out.txt', { worker: { secrets: ['MODEL_KEY'] } })
  await stage.backend.launch(plan)
  const step = await stepWhere(
    stage.backend,
    plan.ref,
    (now) => now.phase === 'preparing' && now.waiting?.trouble !== undefined,
  )
  await recordPod(stage, plan.ref, 'secret-missing')
  const trouble = step.phase === 'preparing' ? step.waiting?.trouble : undefined
  t.is(trouble?.cause, 'secret-missing')
  t.regex(trouble?.message ?? '', /asset-tiny/)
  await stage.kubectl('create', 'secret', 'generic', 'asset-tiny', '--from-literal=MODEL_KEY=open sesame')
  t.is((await ended(stage.backend, plan.ref)).phase, 'stored')
  t.is((await stage.objects.head(`${filesPrefix(plan.ref)}out.txt`))?.size, 'open sesame\n'.length)
  await removed(stage.backend, plan.ref)
})

testOnStage('a job that no node can take', async (t, stage) => {
  const plan = shellPlan('true', { resources: { cpu: '900' } })
  await stage.backend.launch(plan)
  const step = await stepWhere(
    stage.backend,
    plan.ref,
    (now) => now.phase === 'preparing' && now.waiting?.trouble !== undefined,
  )
  await recordPod(stage, plan.ref, 'unschedulable')
  const trouble = step.phase === 'preparing' ? step.waiting?.trouble : undefined
  t.is(trouble?.cause, 'unschedulable')
  t.regex(trouble?.message ?? '', /Insufficient cpu/)
  await removed(stage.backend, plan.ref)
})

testOnStage('a volume that grows too large', async (t, stage) => {
  const plan = shellPlan('head -c 3000000 /dev/zero > /tmp/big; sleep 120', { resources: { ephemeralStorage: '1Mi' } })
  await stage.backend.launch(plan)
  const step = await ended(stage.backend, plan.ref)
  await recordPod(stage, plan.ref, 'evicted')
  if (step.phase !== 'failed') return t.fail(JSON.stringify(step))
  t.is(step.failure.cause, 'evicted')
  t.regex(step.failure.message, /"tmp"/)
  await removed(stage.backend, plan.ref)
})
