import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectedCounts } from '../support/expected.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testWithDockerOnTestbed } from '../support/testbed.ts'
import { composeProject, endOf } from './compose-project.ts'
import { pageCommands } from './page-commands.ts'

testWithDockerOnTestbed(
  'the profile cluster runs the job on a cluster, and nothing of the local backend',
  async (t, client, testbed) => {
    t.timeout(1_200_000)
    const namespace = await makeNamespace(testbed)
    t.teardown(() => removeNamespace(testbed, namespace))
    // As its owner has it: readable by nobody else. Containers reach the cluster at another address than this machine does.
    const kubeconfig = join(await temporaryFolder(t), 'kubeconfig')
    const text = await readFile(testbed.kubeconfig, 'utf8')
    await writeFile(kubeconfig, text.replaceAll('127.0.0.1', testbed.host), { mode: 0o600 })
    const project = await composeProject(t, client, {
      DEMO_KUBECONFIG: kubeconfig,
      DEMO_NAMESPACE: namespace,
      DEMO_SIDECAR_IMAGE: 'localhost/dataspace-compute-sidecar:dev',
      DEMO_WORKER_IMAGE: 'localhost/word-count:1',
      DEMO_STORE_HOST: testbed.host,
    })
    const commands = pageCommands().filter((line) => line.includes('--profile cluster'))
    t.deepEqual(commands, [
      'docker compose --profile cluster up demo-cluster',
      'docker compose --profile cluster down -v',
    ])
    const [up = '', down = ''] = commands
    await project.compose('build')
    const ended = await project.shell(up)
    t.is(ended.code, 0, endOf(ended))
    t.is(await project.exitCode('demo-cluster'), 0)

    const again = await project.shell('docker compose --profile cluster run --rm demo-cluster --quiet --param TOP=3')
    t.is(again.stdout, (await expectedCounts({ TOP: '3' })).toString())
    const services = (await project.containers()).map(({ Config }) => Config.Labels['com.docker.compose.service'] ?? '')
    t.false(services.includes('entrypoint'))
    const jobs = await kubectl(testbed, [
      '-n',
      namespace,
      'get',
      'events',
      '-o',
      'jsonpath={.items[*].involvedObject.kind}',
    ])
    t.regex(jobs, /\bJob\b/)

    t.is((await project.shell(down)).code, 0)
    t.deepEqual(await project.left(), [])
  },
)
