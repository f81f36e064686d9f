import type { ExecutionContext } from 'ava'
import type { Plan } from '../../core/job/plan.ts'
import type { Backend } from '../../core/ports/backend.ts'
import { logText } from '../support/log-text.ts'
import { ended, removed, type StepChanges, stepWhere } from './support.ts'

/**
 * Has a backend do everything that it ever does in a namespace: run, end, remove, find its way without a Job, ask events.
 * @param planOf makes a plan of a script for the worker
 * @param kubectl works in the namespace of these plans
 */
export async function useEveryRight(
  t: ExecutionContext,
  backend: Backend,
  planOf: (script: string, changes?: StepChanges) => Plan,
  kubectl: (...parameters: string[]) => Promise<string>,
): Promise<void> {
  const hints = new Set<string>()
  backend.watch((jobId) => hints.add(jobId))

  await backend.check()
  const plan = planOf('echo done > $OUTPUT_DIR/out.txt')
  await backend.launch(plan)
  t.is((await ended(backend, plan.ref)).phase, 'stored')
  t.regex((await logText(backend, plan.ref, 'upload', 1000)) ?? '', /out\.txt/)
  t.like(await backend.list(), [plan.ref])
  await removed(backend, plan.ref)

  const endless = planOf('sleep 100')
  await backend.launch(endless)
  await stepWhere(backend, endless.ref, ({ phase }) => phase === 'running')
  await backend.stop(endless.ref)
  t.is((await ended(backend, endless.ref)).phase, 'failed')
  await kubectl('delete', 'job', '--all', '--cascade=orphan')
  await removed(backend, endless.ref)
  t.deepEqual([...hints].toSorted(), [plan.ref.jobId, endless.ref.jobId].toSorted())

  const events = planOf('true', { worker: { secrets: ['KEY'] } })
  await kubectl('create', 'quota', 'no-pods', '--hard=pods=0')
  await kubectl('wait', '--for=jsonpath={.status.hard}', 'resourcequota/no-pods')
  await backend.launch(events)
  const step = await stepWhere(
    backend,
    events.ref,
    (now) => now.phase === 'preparing' && now.waiting?.trouble !== undefined,
  )
  const trouble = step.phase === 'preparing' ? step.waiting?.trouble : undefined
  t.is(trouble?.cause, 'unschedulable')
  t.regex(trouble?.message ?? '', /FailedCreate: .*exceeded quota: no-pods/)
  await removed(backend, events.ref)
}
