import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parseAllDocuments } from 'yaml'
import { writeKubeconfig } from '../kubernetes/kubeconfig.ts'
import { shellPlan } from '../kubernetes/support.ts'
import { useEveryRight } from '../kubernetes/use-every-right.ts'
import { grantedRights, noteUsedRights } from '../kubernetes/used-rights.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { makeTenantStage, type TenantStage } from './tenant-stage.ts'

const bindings = 'rbac.authorization.k8s.io/rolebindings'

/** Applies k8s/tenants-role.yaml as it stands, with the test's own names; gives its two roles and the kubeconfig of who has them. */
async function applyRoles(t: ExecutionContext, { stage, tenants }: TenantStage) {
  const text = (await readFile(new URL('../../k8s/tenants-role.yaml', import.meta.url), 'utf8'))
    .replaceAll('dsc-consumer-', `${tenants.prefix}-`)
    .replaceAll('system:serviceaccount:dataspace-compute:', `system:serviceaccount:${stage.namespace}:`)
    .replaceAll('namespace: dataspace-compute', `namespace: ${stage.namespace}`)
    .replaceAll(/dataspace-compute-tenant/g, `${tenants.prefix}-tenant`)
  const items = parseAllDocuments(text).map(
    (document) => document.toJS() as { kind: string; metadata: { name: string } },
  )
  t.teardown(async () => {
    for (const { kind, metadata } of items)
      await kubectl(stage.testbed, ['delete', '--ignore-not-found', kind, metadata.name])
  })
  await kubectl(stage.testbed, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await stage.kubectl('create', 'serviceaccount', 'dataspace-compute')
  const kubeconfig = join(await temporaryFolder(t), 'kubeconfig')
  const token = (await stage.kubectl('create', 'token', 'dataspace-compute')).trim()
  await writeKubeconfig(stage.testbed.kubeconfig, kubeconfig, { token })
  const [cluster, inside] = items.filter(({ kind }) => kind === 'ClusterRole')
  return { cluster, inside, kubeconfig, roleName: `${tenants.prefix}-tenant` }
}

testOnTestbed(
  'the backend works with exactly the rights of k8s/tenants-role.yaml, and needs every one of them',
  async (t, testbed) => {
    const tenants = await makeTenantStage(testbed, {})
    t.teardown(() => tenants.close())
    const { stage } = tenants
    const { cluster, inside, kubeconfig, roleName } = await applyRoles(t, tenants)
    await stage.kubectl('create', 'secret', 'generic', 'registry-key', '--from-literal=a=b')
    await stage.kubectl('create', 'configmap', 'certificates', '--from-literal=a=b')
    const allow = ['create', 'role', 'copies', '--verb=get', '--resource=secrets,configmaps']
    await stage.kubectl(...allow, '--resource-name=registry-key', '--resource-name=certificates')
    const account = `${stage.namespace}:dataspace-compute`
    await stage.kubectl('create', 'rolebinding', 'copies', '--role=copies', `--serviceaccount=${account}`)

    const consumerId = `did:web:${randomUUID()}`
    const namespace = tenants.namespaceOf(consumerId)
    const copies = { secrets: ['registry-key'], configMaps: ['certificates'] }
    const backend = await tenants.another({ kubeconfig }, { clusterRole: roleName, copies })
    const [usedInside, usedOfCluster] = [noteUsedRights(namespace), noteUsedRights(undefined)]
    t.teardown(() => {
      usedInside.end()
      usedOfCluster.end()
    })
    t.deepEqual(await backend.observe({ jobId: randomUUID(), attempt: 1, consumerId }), { presence: 'absent' })
    const planOf: typeof shellPlan = (script, changes) => ({ ...shellPlan(script, changes), consumerId })
    await useEveryRight(t, backend, planOf, (...parameters) => tenants.kubectl(consumerId, ...parameters))
    t.deepEqual(stage.warnings, [])
    const ofBindings = (right: string) => right.endsWith(bindings)
    t.deepEqual(
      [...usedInside.used].filter((right) => !ofBindings(right)).toSorted(),
      [...grantedRights(inside)].toSorted(),
    )
    // Binding the one role is used by the binding itself, which names no path of its own.
    const granted = [...grantedRights(cluster)].filter((right) => !right.startsWith('bind '))
    t.deepEqual([...usedOfCluster.used].toSorted(), granted.toSorted())
  },
)

testOnTestbed('with these rights nobody gets beyond the namespaces of consumers', async (t, testbed) => {
  const tenants = await makeTenantStage(testbed, {})
  t.teardown(() => tenants.close())
  const { kubeconfig, roleName } = await applyRoles(t, tenants)
  const { prefix } = tenants.tenants
  const asService = (parameters: readonly string[], input?: object) =>
    kubectl({ ...testbed, kubeconfig }, parameters, input === undefined ? undefined : JSON.stringify(input))
  const standard = ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted'])
  const named = (name: string, labels: object = Object.fromEntries(standard)) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  })
  const binding = (namespace: string, role: string, user: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'x', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  })
  const own = `system:serviceaccount:${tenants.stage.namespace}:dataspace-compute`
  const create = ['create', '-f', '-']
  // The API server learns of a policy a moment after it was made.
  await eventually('the policy to hold', async () => {
    const refused = await asService([...create, '--dry-run=server'], named(`other-${prefix}`)).catch(String)
    return /only the namespaces of consumers/.test(refused) ? { done: true } : { pending: refused }
  })
  await asService(create, named(`${prefix}-a`))
  await kubectl(testbed, ['label', 'namespace', `${prefix}-a`, `dataspace-compute/tenants-of=${prefix}`])
  await asService(create, binding(`${prefix}-a`, roleName, own))
  const denied: readonly (readonly [
    what: string,
    parameters: readonly string[],
    input: object | undefined,
    said: RegExp,
  ])[] = [
    ['a namespace of another name', create, named(`other-${prefix}`), /only the namespaces of consumers/],
    ['a namespace under no standard', create, named(`${prefix}-b`, {}), /stand under the restricted standard/],
    [
      'labels of kube-system',
      ['label', 'namespace', 'kube-system', 'a=b'],
      undefined,
      /only the namespaces of consumers/,
    ],
    ['its role in kube-system', create, binding('kube-system', roleName, own), /only the namespaces of consumers/],
    ['another role', create, binding(`${prefix}-a`, 'cluster-admin', own), /attempting to grant|forbidden/],
    ['its role for others', create, binding(`${prefix}-a`, roleName, 'somebody'), /to nobody but itself/],
    ['Secrets elsewhere', ['-n', 'kube-system', 'get', 'secrets'], undefined, /forbidden/i],
    ['Secrets of consumers', ['-n', `${prefix}-a`, 'get', 'secrets'], undefined, /forbidden/i],
    ['pods of its own', ['-n', `${prefix}-a`, 'run', 'x', '--image=x'], undefined, /forbidden/i],
    ['pods everywhere', ['get', 'pods', '-A'], undefined, /forbidden/i],
    ['removal of a namespace', ['delete', 'namespace', `${prefix}-a`], undefined, /forbidden/i],
  ]
  for (const [what, parameters, input, said] of denied)
    await t.throwsAsync(asService(parameters, input), { message: said }, what)
})
