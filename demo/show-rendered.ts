import { stringify } from 'yaml'
import { makePlan } from '../core/job/plan.ts'
import type { Store } from '../core/ports/store.ts'
import { registry } from '../entrypoint/assets/registry.ts'
import { renderConfigMap } from '../k8s-client/render/config-map.ts'
import { renderJob } from '../k8s-client/render/job.ts'
import type { Timeline } from './timeline.ts'

/** Shows the ConfigMap and the Job that the kubernetes backend makes of a job; nothing where the job was never queued. */
export async function showRendered(
  store: Store,
  namespace: string,
  sidecarImage: string,
  jobId: string,
  show: Timeline,
): Promise<void> {
  const job = (await store.job(jobId))?.value
  const terms = job !== undefined && 'terms' in job ? job.terms : undefined
  if (job === undefined || terms === undefined) return
  const registered = await registry(store).version(job.assetId, terms.assetVersion)
  if (registered === undefined) return
  const plan = makePlan({ id: job.id, attempt: job.attempt, terms }, registered)
  show.heading('The ConfigMap that Kubernetes gets, made from the dotenv file, env and the consumer’s parameters')
  show.block(stringify(renderConfigMap(plan, { namespace })))
  show.heading('The Job that Kubernetes gets')
  show.block(stringify(renderJob(plan, { namespace, sidecarImage }), { aliasDuplicateObjects: false }))
}
