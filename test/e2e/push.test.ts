import { Dataspace } from '../support/dataspace.ts'
import { getJob, projectRoot, startEntrypoint } from '../support/entrypoint.ts'
import { eventually } from '../support/eventually.ts'
import { expectedCounts } from '../support/expected.ts'
import { startSink } from '../support/sink.ts'
import { claimPair, testOnTestbed } from '../support/testbed.ts'
import { jobOf, offerExamples, type Scene } from './scenario.ts'

// The real connector pair; the backend is not the point, so it is the local one, with results in the real MinIO for its presigned addresses.

for (const kind of ['gateway', 'presigned'] as const) {
  testOnTestbed(`a result is pushed to the consumer's sink, from a ${kind} address`, async (t, testbed) => {
    const { pair, provisionPort, release } = await claimPair(testbed)
    const sink = await startSink()
    const { endpoint, accessKey, secretKey } = testbed.objectStore
    const entrypoint = await startEntrypoint({
      publicPort: provisionPort,
      connector: { managementUrl: pair.providerManagement, apiKey: pair.providerKey },
      environment: {
        DSC_BACKEND: 'local',
        DSC_LOCAL_DIRECTORY: 'work',
        DSC_LOCAL_ASSETS: `${projectRoot}/config/assets`,
        DSC_RESULT_ADDRESS: kind,
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY: accessKey,
        S3_SECRET_KEY: secretKey,
        S3_BUCKET: 'test-push',
      },
    })
    const scene: Scene = { dataspace: new Dataspace(pair), entrypoint, idOf: (example) => example }
    try {
      await offerExamples(scene)
      const agreement = await scene.dataspace.negotiate('word-count')
      const transfer = await scene.dataspace.push('word-count', agreement, sink.url, { TOP: 4 })
      await eventually(
        'the push',
        () => (sink.bodies.length > 0 ? { done: true } : { pending: 'nothing arrived yet' }),
        { deadlineMs: 60_000 },
      )
      t.deepEqual(sink.bodies, [await expectedCounts({ TOP: '4' })])
      const job = await jobOf(scene, transfer)
      const expiry = await eventually('the end of the transfer', async () => {
        const shown = await getJob(entrypoint.adminUrl, job.id)
        const expiresAt = shown.result?.['expiresAt']
        return typeof expiresAt === 'string'
          ? { done: Date.parse(expiresAt) }
          : { pending: JSON.stringify(shown.result) }
      })
      t.true(expiry > Date.now() + 6 * 86_400_000, 'completed: the result stays for its retention of seven days')
    } catch (error) {
      t.log(await entrypoint.log())
      throw error
    } finally {
      await entrypoint.close()
      await sink.close()
      await release()
    }
  })
}
