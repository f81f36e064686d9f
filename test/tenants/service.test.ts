import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startStage } from '../failures/stage.ts'
import { kubectl } from '../support/kubectl.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'

testOnTestbed(
  'the service runs each consumer’s jobs in a namespace of its own, without network where the asset says so',
  async (t, testbed) => {
    const prefix = `test-${randomBytes(4).toString('hex')}`
    const file = join(await temporaryFolder(t), 'tenants.yaml')
    await writeFile(file, stringify({ prefix, quota: { pods: 5 } }))
    const selector = `dataspace-compute/tenants-of=${prefix}`
    t.teardown(() => kubectl(testbed, ['delete', 'namespace', '-l', selector, '--wait=false']))
    const stage = await startStage(testbed, { environment: { DSC_TENANCY: 'namespace', DSC_TENANTS_FILE: file } })
    t.teardown(() => stage.close())
    await stage.offer('quiet', 'echo quiet > $OUTPUT_DIR/out.txt', {
      worker: { image: 'localhost/busybox:1', network: 'none' },
    })
    const course = await stage.begin('quiet')
    const namespaces = async () => (await kubectl(testbed, ['get', 'namespace', '-l', selector, '-o', 'name'])).trim()
    const done = await stage.reaches(course, ['succeeded'])
    t.is(done.result?.files[0]?.path, 'out.txt')
    t.regex(await namespaces(), new RegExp(`^namespace/${prefix}-[0-9a-f]{32}$`))
    t.deepEqual(await stage.cluster.objects('dsc-'), [], 'nothing in the shared namespace')
    await stage.reaches(course, ['succeeded'])

    const failing = await stage.begin('quiet')
    t.is((await stage.reaches(failing, ['succeeded'])).state, 'succeeded')
    t.is((await namespaces()).split('\n').length, 1, 'the same consumer, the same namespace')
    const log = await stage.entrypoint.log()
    t.false(/cannot be mended|cannot be listed/.test(log), log)
  },
)

testOnTestbed('an asset that wants no network is refused where that cannot be promised', async (t, testbed) => {
  const stage = await startStage(testbed)
  t.teardown(() => stage.close())
  const worker = { image: 'localhost/busybox:1', network: 'none' } as const
  const error = await t.throwsAsync(stage.offer('quiet', 'true', { worker }))
  t.regex(error?.message ?? '', /feature-not-available/)
  t.regex(error?.message ?? '', /worker\.network.*DSC_NETWORK_POLICIES=enforced/s)
})
