import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { grantedRights, noteUsedRights } from './used-rights.ts'
import { shellPlan, type Stage, testOnStage } from './support.ts'
import { useEveryRight } from './use-every-right.ts'

const account = 'dataspace-compute'

/** Applies k8s/role.yaml as it stands, with the names of its namespaces replaced by the test's own; gives its Role. */
async function applyRole(stage: Stage): Promise<unknown> {
  const text = await readFile(new URL('../../k8s/role.yaml', import.meta.url), 'utf8')
  const here = text.replaceAll(/(name|namespace): dataspace-compute-jobs\b/g, `$1: ${stage.namespace}`)
  const objects = parseAllDocuments(here.replaceAll(/namespace: dataspace-compute$/gm, `namespace: ${stage.namespace}`))
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
    .filter(({ kind, metadata }) => kind !== 'Namespace' || metadata.name === stage.namespace)
  await kubectl(stage.testbed, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  return objects.find(({ kind }) => kind === 'Role')
}

testOnStage(
  'the backend works with exactly the rights of k8s/role.yaml, and needs every one of them',
  async (t, stage) => {
    const role = await applyRole(stage)
    const rights = noteUsedRights(stage.namespace)
    const folder = await mkdtemp(join(tmpdir(), 'dsc-role-'))
    try {
      const kubeconfig = join(folder, 'kubeconfig')
      const token = (await stage.kubectl('create', 'token', account)).trim()
      await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { token })
      const backend = await stage.another({ kubeconfig })
      await useEveryRight(t, backend, shellPlan, stage.kubectl)
      t.deepEqual(stage.warnings, [])
      t.deepEqual([...rights.used].toSorted(), [...grantedRights(role)].toSorted())

      for (const forbidden of [
        'get secrets',
        'list secrets',
        'create pods',
        'get nodes',
        'create pods/exec',
        'list namespaces',
      ])
        await t.throwsAsync(
          stage.kubectl(
            'auth',
            'can-i',
            ...forbidden.split(' '),
            '--as',
            `system:serviceaccount:${stage.namespace}:${account}`,
          ),
          { message: /Command failed/ },
          forbidden,
        )
    } finally {
      rights.end()
      await rm(folder, { recursive: true })
    }
  },
)

testOnStage('a right that is missing is named, with what to do', async (t, stage) => {
  await applyRole(stage)
  const folder = await mkdtemp(join(tmpdir(), 'dsc-role-'))
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    const token = (await stage.kubectl('create', 'token', account)).trim()
    await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { token })
    const backend = await stage.another({ kubeconfig })
    await stage.kubectl('delete', 'rolebinding', account)
    const error = await eventually('the right to be gone', async () => {
      const outcome = await backend.check().catch((reason: unknown) => reason)
      return outcome instanceof Error ? { done: outcome } : { pending: 'check still succeeds' }
    })
    t.regex(error.message, /lacks the verb list on jobs in the API group batch: compare it with k8s\/role\.yaml/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

testOnStage('a token that is not accepted any more is read anew', async (t, stage) => {
  await applyRole(stage)
  const folder = await mkdtemp(join(tmpdir(), 'dsc-role-'))
  try {
    const kubeconfig = join(folder, 'kubeconfig')
    await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { token: 'expired' })
    const backend = await stage.another({ kubeconfig })
    await t.throwsAsync(backend.check(), { message: /401.*not accepted; renew them/s })
    const token = (await stage.kubectl('create', 'token', account)).trim()
    await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { token })
    await t.notThrowsAsync(backend.check())
  } finally {
    await rm(folder, { recursive: true })
  }
})
