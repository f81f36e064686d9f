import { attemptName } from '../../core/job/names.ts'
import { eventually } from '../support/eventually.ts'
import { expectedCounts } from '../support/expected.ts'
import { kubectl } from '../support/kubectl.ts'
import type { Passed } from '../support/recording-proxy.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { keysBelow, type RealParts, startRealParts } from './real-parts.ts'
import { cleared, jobOf } from './scenario.ts'

/** One moment in the life of a job, as seen from outside the service. */
interface Moment {
  readonly name: string
  /** Whether the job of the newest transfer has come so far. */
  readonly reached: (parts: RealParts, sight: Sight) => Promise<boolean> | boolean
}

/** What a look at the parts needs to know. */
interface Sight {
  /** What the service logged since the transfer was asked for. */
  readonly log: string
  readonly jobId: string | undefined
  /** What the connector posted since then. */
  readonly messages: readonly Passed[]
}

/** The event by which the connector says that a callback took effect. */
const provisionedEvent = '"type":"TransferProcessProvisioned"'

const logged =
  (message: string) =>
  (_: RealParts, { log, jobId }: Sight): boolean =>
    jobId !== undefined && log.split('\n').some((line) => line.includes(`"msg":"${message}"`) && line.includes(jobId))

const inCluster =
  (kind: string, filter: string) =>
  async ({ testbed, namespace }: RealParts, { jobId }: Sight): Promise<boolean> => {
    if (jobId === undefined) return false
    const name = attemptName({ jobId, attempt: 1 })
    const selector =
      kind === 'pods' ? ['-l', `batch.kubernetes.io/job-name=${name}`] : [`--field-selector=metadata.name=${name}`]
    return (await kubectl(testbed, ['-n', namespace, 'get', kind, ...selector, '-o', `jsonpath=${filter}`])) !== ''
  }

const containerState = (container: string, state: string): string =>
  `{.items[*].status.initContainerStatuses[?(@.name=="${container}")].state.${state}}{.items[*].status.containerStatuses[?(@.name=="${container}")].state.${state}}`

const moments: readonly Moment[] = [
  { name: 'the transfer is accepted', reached: logged('transfer accepted') },
  { name: 'the job is queued', reached: logged('job queued') },
  { name: 'the Job object exists', reached: inCluster('jobs', '{.items[*].metadata.uid}') },
  { name: 'the ConfigMap exists', reached: inCluster('configmaps', '{.items[*].metadata.uid}') },
  { name: 'the attempt is launched', reached: logged('attempt launched') },
  { name: 'the pod exists', reached: inCluster('pods', '{.items[*].metadata.uid}') },
  {
    name: 'the worker runs or has run',
    reached: inCluster('pods', containerState('worker', 'running') + containerState('worker', 'terminated')),
  },
  { name: 'the sidecar has uploaded', reached: inCluster('pods', containerState('upload', 'terminated')) },
  { name: 'the result is registered', reached: logged('result registered') },
  {
    name: 'the connector has the callback',
    reached: (_, { messages }) => messages.some((one) => one.body.includes(provisionedEvent)),
  },
]

testOnTestbed('the service killed at ten different moments of a job', async (t, testbed) => {
  const parts = await startRealParts(testbed)
  const { dataspace, entrypoint, jobs, proxy, bucket } = parts
  try {
    const agreement = await dataspace.negotiate(parts.idOf('word-count'))
    const transfers: string[] = []
    for (const moment of moments) {
      const before = (await entrypoint.log()).length
      const messagesBefore = proxy.passed.length
      const transfer = await dataspace.transfer(parts.idOf('word-count'), agreement, { TOP: 5 })
      transfers.push(transfer)
      await eventually(
        moment.name,
        async () => {
          const log = (await entrypoint.log()).slice(before)
          const jobId = /"jobId":"([0-9a-f-]+)".*"msg":"transfer accepted"/.exec(log)?.[1]
          return (await moment.reached(parts, { log, jobId, messages: proxy.passed.slice(messagesBefore) }))
            ? { done: true }
            : { pending: log.slice(-300) }
        },
        { deadlineMs: 60_000, pauseMs: 5 },
      )
      await entrypoint.kill()
      await entrypoint.start()
    }
    const expected = await expectedCounts({ TOP: '5' })
    for (const [index, transfer] of transfers.entries()) {
      const moment = moments[index]?.name ?? ''
      await dataspace.consumerReaches(transfer, ['STARTED'], 120_000)
      const response = await dataspace.read(await dataspace.access(transfer))
      t.deepEqual(Buffer.from(await response.arrayBuffer()), expected, `killed when ${moment}`)
      const job = await cleared(parts, (await jobOf(parts, transfer)).id)
      t.is(job.state, 'succeeded', moment)
      t.is(job.attempts.length, 1, `one attempt, though killed when ${moment}`)
      t.is(
        jobs.uids.get(attemptName({ jobId: job.id, attempt: 1 }))?.size,
        1,
        `one Job object, though killed when ${moment}`,
      )
      const manifests = (await keysBelow(testbed, bucket, `jobs/${job.id}/`)).filter((key) =>
        key.endsWith('manifest.json'),
      )
      t.is(manifests.length, 1, 'one result')
      const provider = await dataspace.providerTransfer(transfer)
      const effects = proxy.passed.filter(
        (one) => one.body.includes(provisionedEvent) && one.body.includes(provider?.['@id'] ?? '?'),
      )
      t.is(effects.length, 1, `one callback took effect, though killed when ${moment}`)
    }
    t.deepEqual(jobs.present(), [], 'nothing is left in the cluster')
    t.is(jobs.uids.size, moments.length, 'no Job but these')
  } catch (error) {
    t.log(
      (await entrypoint.log())
        .split('\n')
        .filter((line) => !line.includes('"msg":"request"'))
        .join('\n'),
    )
    throw error
  } finally {
    await parts.close()
  }
})
