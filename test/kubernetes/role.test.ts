import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { logText } from '../support/log-text.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { grantedRights, noteUsedRights } from './used-rights.ts'
import { ended, removed, shellPlan, type Stage, stepWhere, testOnStage } from './support.ts'

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
      const hints = new Set<string>()
      backend.watch((jobId) => hints.add(jobId))

      await backend.check()
      const plan = shellPlan('echo done > $OUTPUT_DIR/out.txt')
      await backend.launch(plan)
      t.is((await ended(backend, plan.ref)).phase, 'stored')
      t.regex((await logText(backend, plan.ref, 'upload', 1000)) ?? '', /out\.txt/)
      t.deepEqual(await backend.list(), [plan.ref])
      await removed(backend, plan.ref)

      const endless = shellPlan('sleep 100')
      await backend.launch(endless)
      await stepWhere(backend, endless.ref, ({ phase }) => phase === 'running')
      await backend.stop(endless.ref)
      t.is((await ended(backend, endless.ref)).phase, 'failed')
      await stage.kubectl('delete', 'job', '--all', '--cascade=orphan')
      await removed(backend, endless.ref)
      t.deepEqual([...hints].toSorted(), [plan.ref.jobId, endless.ref.jobId].toSorted())

      const events = shellPlan('true', { worker: { secrets: ['KEY'] } })
      await stage.create({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'no-pods' },
        spec: { hard: { pods: '0' } },
      })
      await stage.kubectl('wait', '--for=jsonpath={.status.hard}', 'resourcequota/no-pods')
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
