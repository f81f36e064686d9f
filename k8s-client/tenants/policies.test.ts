import { BlockList } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { isForbidden } from '../../sidecar/fetch/address.ts'
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

test('the object store by its address: as it is, by its Service, or its port anywhere', (t) => {
  t.deepEqual(rules({}), [{ ports: [{ port: 9000, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '10.0.0.7/32' } }] }])
  t.deepEqual(rules({ storeEndpoint: 'https://[fd00::7]' }), [
    { ports: [{ port: 443, protocol: 'TCP' }], to: [{ ipBlock: { cidr: 'fd00::7/128' } }] },
  ])
  const [names, service] = rules({ storeEndpoint: 'http://minio.storage.svc.cluster.local:9000' }) as object[]
  t.like(names, { ports: [{ port: 53 }, { port: 53 }] }, 'names only where the store has one')
  t.deepEqual(service, {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'storage' } } }],
  })
  const [, anywhere] = rules({ storeEndpoint: 'https://s3.example' }) as object[]
  t.like(anywhere, { ports: [{ port: 443, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })
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
  const [, open] = rules({}, 'url-inputs') as { to: { ipBlock: { cidr: string; except: string[] } }[] }[]
  const denied = new BlockList()
  for (const range of open?.to.flatMap(({ ipBlock }) => ipBlock.except) ?? []) {
    const [address = '', prefix = ''] = range.split('/')
    denied.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  const cluster = new BlockList()
  cluster.addSubnet('34.0.0.0', 8, 'ipv4')
  cluster.addSubnet('2a00::', 16, 'ipv6')
  const unicast6 = new BlockList()
  unicast6.addSubnet('2000::', 3, 'ipv6')
  const family = (address: string) => (address.includes(':') ? ('ipv6' as const) : ('ipv4' as const))
  const isReached = (address: string) =>
    (family(address) === 'ipv4' || unicast6.check(address, 'ipv6')) && !denied.check(address, family(address))
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

test('hosts of inputs by their addresses, each with its port', async (t) => {
  const found = await resolveHosts(['10.1.2.3', '10.1.2.3:81', '[fd00::5]:82', 'localhost:83', 'no-such-host.invalid'])
  t.deepEqual(found.slice(0, 3), [
    { address: '10.1.2.3', port: undefined },
    { address: '10.1.2.3', port: 81 },
    { address: 'fd00::5', port: 82 },
  ])
  t.true(found.slice(3).every(({ address, port }) => port === 83 && /^(127\.0\.0\.1|::1)$/.test(address)))
  t.true(found.length > 3)
  const specs = policySpecs(options, found.slice(0, 3))
  t.deepEqual(specs['url-inputs']?.egress?.slice(2) as unknown, [
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ protocol: 'TCP' }] },
    { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 81, protocol: 'TCP' }] },
    { to: [{ ipBlock: { cidr: 'fd00::5/128' } }], ports: [{ port: 82, protocol: 'TCP' }] },
  ])
})
