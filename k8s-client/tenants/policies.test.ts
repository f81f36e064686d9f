import { BlockList } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { isForbidden } from '../../sidecar/fetch/address.ts'
import { resolveStore } from './object-store.ts'
import type { EgressOptions } from './options.ts'
import { policySpecs } from './policies.ts'
import { resolveHosts } from './resolve-hosts.ts'

const options: EgressOptions = {
  storeEndpoint: 'http://10.0.0.7:9000',
  clusterRanges: ['34.0.0.0/8', '2a00::/16'],
  inputHosts: [],
  egress: [],
}
const rules = (changes: Partial<EgressOptions>, policy = 'object-store') =>
  policySpecs({ ...options, ...changes }, [])[policy]?.egress as unknown

/** A rule as these policies have it. */
interface Rule {
  readonly ports?: readonly { readonly port?: number; readonly protocol?: string }[]
  readonly to: readonly { readonly ipBlock: { readonly cidr: string; readonly except?: readonly string[] } }[]
}
const family = (address: string) => (address.includes(':') ? ('ipv6' as const) : ('ipv4' as const))

/** Whether an address lies in a rule’s blocks, as a network plug-in reads them. */
function isLetThrough(rule: Rule | undefined, address: string): boolean {
  const lies = (ranges: readonly string[]) => {
    const list = new BlockList()
    for (const range of ranges) {
      const [network = '', prefix = ''] = range.split('/')
      list.addSubnet(network, Number(prefix), family(network))
    }
    return list.check(address, family(address))
  }
  return rule?.to.some(({ ipBlock }) => lies([ipBlock.cidr]) && !lies(ipBlock.except ?? [])) ?? false
}

/** What pods reach of a store that has a name, which stands for these addresses. */
async function namedStore(addresses: readonly string[], changes: Partial<EgressOptions> = {}) {
  const named = { ...options, storeEndpoint: 'https://s3.example', ...changes }
  const found = await resolveStore(named, async () => addresses)
  const [names, rule] = (policySpecs(named, [], found)['object-store']?.egress ?? []) as Rule[]
  return { names, rule }
}

test('a store with a name and a private address is that address, at its port', async (t) => {
  const { names, rule } = await namedStore(['10.1.2.3', 'fd00::7', '10.1.2.3'])
  t.like(names, { ports: [{ port: 53 }, { port: 53 }] })
  t.deepEqual(rule, {
    ports: [{ port: 443, protocol: 'TCP' }],
    to: [{ ipBlock: { cidr: '10.1.2.3/32' } }, { ipBlock: { cidr: 'fd00::7/128' } }],
  } as Rule)
  // Public addresses that are the cluster's own are private ones, too.
  const cluster = await namedStore(['34.1.2.3', '2a00::3'])
  t.deepEqual(
    cluster.rule?.to.map(({ ipBlock }) => ipBlock.cidr),
    ['2a00::3/128', '34.1.2.3/32'],
  )
})

test('a store with a name opens nothing private, and nothing of the cluster', async (t) => {
  const closed = ['169.254.169.254', '10.96.0.1', '100.64.0.1', '172.16.0.1', '192.168.0.1', '127.0.0.1', '34.1.1.1']
  const closed6 = ['fd00::1', 'fe80::1', '::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2a00::1', '2001:db8::1']
  const unresolved = (policySpecs({ ...options, storeEndpoint: 'https://s3.example' }, [])['object-store']?.egress ??
    []) as Rule[]
  for (const rule of [(await namedStore(['52.218.0.1', '2600::1'])).rule, unresolved[1]]) {
    for (const address of [...closed, ...closed6]) t.false(isLetThrough(rule, address), address)
    // Cloud stores change their addresses by the minute: any public one, but at the store's port only.
    for (const address of ['52.218.0.1', '3.5.0.1', '2600::1']) t.true(isLetThrough(rule, address), address)
    t.deepEqual(rule?.ports as unknown, [{ port: 443, protocol: 'TCP' }])
  }
  const { rule } = await namedStore(['10.1.2.3', '52.218.0.1'], { storeEndpoint: 'http://s3.example:9000' })
  t.true(isLetThrough(rule, '10.1.2.3') && isLetThrough(rule, '3.5.0.1'))
  t.false(isLetThrough(rule, '10.1.2.4'))
  t.deepEqual(rule?.ports as unknown, [{ port: 9000, protocol: 'TCP' }])
})

test('a name is asked for only where it decides; without an address there is no policy', async (t) => {
  const never = () => t.fail('nothing is to be resolved')
  const ask = async (changes: Partial<EgressOptions>) =>
    resolveStore({ ...options, ...changes }, async () => (never(), []))
  t.is(await ask({}), undefined)
  t.is(await ask({ storeEndpoint: 'https://[fd00::7]' }), undefined)
  t.is(await ask({ storeEndpoint: 'http://minio.storage.svc:9000' }), undefined)
  t.is(await ask({ storeEndpoint: 'https://s3.example', objectStore: [{ podSelector: {} }] }), undefined)
  await t.throwsAsync(resolveStore({ ...options, storeEndpoint: 'https://no-such-store.invalid' }), {
    message: /"no-such-store\.invalid" has no address now.*network\.objectStore/,
  })
  await t.throwsAsync(namedStore([]), { message: /has no address/ })
  for (const address of ['169.254.169.254', '127.0.0.1', '0.0.0.0', '::1', 'fe80::1', '224.0.0.1', '255.255.255.255'])
    await t.throwsAsync(namedStore(['10.1.2.3', address]), { message: /no pod is let through/ }, address)
})

test('the object store by its address: as it is, by its Service, or where one says', (t) => {
  t.deepEqual(rules({}), [{ ports: [{ port: 9000, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '10.0.0.7/32' } }] }])
  t.deepEqual(rules({ storeEndpoint: 'https://[fd00::7]' }), [
    { ports: [{ port: 443, protocol: 'TCP' }], to: [{ ipBlock: { cidr: 'fd00::7/128' } }] },
  ])
  const [names, service] = rules({ storeEndpoint: 'http://minio.storage.svc.cluster.local:9000' }) as object[]
  t.like(names, { ports: [{ port: 53 }, { port: 53 }] }, 'names only where the store has one')
  t.deepEqual(service, {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }],
  })
  const to = [{ podSelector: { matchLabels: { app: 'minio' } } }]
  t.deepEqual(rules({ objectStore: to }), [{ to }])
  const further = { to: [{ ipBlock: { cidr: '10.9.0.0/16' } }] }
  t.deepEqual((rules({ egress: [further] }) as object[]).at(-1), further)
})

test('a pod whose worker has no network is selected by nothing that allows', (t) => {
  const specs = policySpecs(options, [])
  t.deepEqual(specs['deny-all'] as unknown, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
  t.deepEqual(specs['object-store']?.podSelector as unknown, {
    matchExpressions: [{ key: 'dataspace-compute/network', operator: 'NotIn', values: ['none'] }],
  })
  t.deepEqual(specs['url-inputs']?.podSelector as unknown, { matchLabels: { 'dataspace-compute/network': 'inputs' } })
  t.deepEqual(Object.keys(specs), ['deny-all', 'object-store', 'url-inputs'])
})

test('url inputs reach by the network what the sidecar would fetch from, and not the ranges of the cluster', (t) => {
  const [, open] = rules({}, 'url-inputs') as Rule[]
  const cluster = new BlockList()
  cluster.addSubnet('34.0.0.0', 8, 'ipv4')
  cluster.addSubnet('2a00::', 16, 'ipv6')
  const isReached = (address: string) => isLetThrough(open, address)
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      t.is(isReached(address), !isForbidden(address) && !cluster.check(address, family(address)), address)
    }),
    { numRuns: 5000 },
  )
  for (const address of [
    '169.254.169.254',
    '10.96.0.1',
    '100.64.0.1',
    '127.0.0.1',
    'fd00::1',
    'fe80::1',
    '::1',
    '34.1.1.1',
  ])
    t.false(isReached(address), address)
  for (const address of ['11.22.33.44', '2606::1']) t.true(isReached(address), address)
  t.deepEqual(
    open?.to.map(({ ipBlock }) => ipBlock.cidr),
    ['0.0.0.0/0', '2000::/3'],
  )
})

test('names are asked for at private addresses only, or where one says', (t) => {
  const [names] = rules({}, 'url-inputs') as { to: { ipBlock: { cidr: string } }[] }[]
  t.false(names?.to.some(({ ipBlock }) => ipBlock.cidr === '0.0.0.0/0'))
  const dns = [{ namespaceSelector: {} }]
  t.like((rules({ dns }, 'url-inputs') as object[])[0], { to: dns })
})

test('whoever answers for the name of a host of inputs cannot open the node’s own link', async (t) => {
  const answers = ['169.254.169.254', '10.9.9.9', 'fe80::1', '127.0.0.1']
  const found = await resolveHosts(['files.partner.example:8443', '169.254.1.1'], async () => answers)
  t.deepEqual(found, [
    { address: '10.9.9.9', port: 8443 },
    { address: '169.254.1.1', port: undefined },
  ])
})

test('hosts of inputs by their addresses, each with its port', async (t) => {
  const found = await resolveHosts(['10.1.2.3', '10.1.2.3:81', '[fd00::5]:82', 'localhost:83', 'no-such-host.invalid'])
  t.deepEqual(found.slice(0, 3), [
    { address: '10.1.2.3', port: undefined },
    { address: '10.1.2.3', port: 81 },
    { address: 'fd00::5', port: 82 },
  ])
  t.is(found.length, 3, 'no name stands for the machine itself')
  const specs = policySpecs(options, found.slice(0, 3))
  t.deepEqual(specs['url-inputs']?.egress?.slice(2) as unknown, [
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ protocol: 'TCP' }] },
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 81, protocol: 'TCP' }] },
    { to: [{ ipBlock: { cidr: 'fd00::5/128' } }], ports: [{ port: 82, protocol: 'TCP' }] },
  ])
})
