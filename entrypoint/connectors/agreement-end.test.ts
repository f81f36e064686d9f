import test from 'ava'
import fc from 'fast-check'
import { agreementEnd } from './agreement-end.ts'

const signedAt = Date.UTC(2026, 0, 1)
const day = 86_400_000

const until = (rightOperand: unknown, operator = 'odrl:lteq'): unknown => ({
  'odrl:leftOperand': { '@id': 'https://w3id.org/edc/v0.0.1/ns/inForceDate' },
  'odrl:operator': { '@id': operator },
  'odrl:rightOperand': rightOperand,
})
const permitted = (...constraints: readonly unknown[]): unknown => ({
  'odrl:action': { '@id': 'odrl:use' },
  'odrl:constraint': constraints.length === 1 ? constraints[0] : constraints,
})
const policy = (...permissions: readonly unknown[]): unknown => ({
  '@type': 'odrl:Agreement',
  'odrl:permission': permissions.length === 1 ? permissions[0] : permissions,
  'odrl:prohibition': [],
})
const march = Date.UTC(2026, 2, 1)
const june = Date.UTC(2026, 5, 1)

for (const [title, value, expected] of [
  ['no policy at all', undefined, undefined],
  ['a policy without rules', policy(), undefined],
  ['a permission without constraints', policy(permitted()), undefined],
  ['a date', policy(permitted(until('2026-03-01T00:00:00Z'))), march],
  ['a date without a time', policy(permitted(until('2026-03-01'))), march],
  [
    'a date as a typed value',
    policy(permitted(until({ '@value': '2026-03-01T00:00:00Z', '@type': 'xsd:date' }))),
    march,
  ],
  ['counted from the signing', policy(permitted(until('contractAgreement+30d'))), signedAt + 30 * day],
  ['counted in seconds', policy(permitted(until('contractagreement+90s'))), signedAt + 90_000],
  ['a beginning is no end', policy(permitted(until('2026-03-01T00:00:00Z', 'odrl:gteq'))), undefined],
  [
    'a beginning and an end',
    policy(permitted(until('2026-01-01T00:00:00Z', 'odrl:gteq'), until('2026-03-01T00:00:00Z'))),
    march,
  ],
  ['two ends: the earlier', policy(permitted(until('2026-06-01'), until('2026-03-01'))), march],
  ['two permissions: the later', policy(permitted(until('2026-06-01')), permitted(until('2026-03-01'))), june],
  ['two permissions, one for ever', policy(permitted(until('2026-06-01')), permitted()), undefined],
  ['all of', policy(permitted({ 'odrl:and': [until('2026-06-01'), until('2026-03-01')] })), march],
  ['one of', policy(permitted({ 'odrl:or': [until('2026-06-01'), until('2026-03-01')] })), june],
  ['one of, the other no end', policy(permitted({ 'odrl:or': [until('2026-06-01'), { x: 1 }] })), undefined],
  [
    'names in full, in lists as an expander writes them',
    {
      'http://www.w3.org/ns/odrl/2/permission': [
        {
          'http://www.w3.org/ns/odrl/2/constraint': [
            {
              'http://www.w3.org/ns/odrl/2/leftOperand': [{ '@id': 'https://w3id.org/edc/v0.0.1/ns/inForceDate' }],
              'http://www.w3.org/ns/odrl/2/operator': [{ '@id': 'http://www.w3.org/ns/odrl/2/lteq' }],
              'http://www.w3.org/ns/odrl/2/rightOperand': [{ '@value': '2026-03-01T00:00:00Z' }],
            },
          ],
        },
      ],
    },
    march,
  ],
  [
    'bare names',
    { permission: [{ constraint: { leftOperand: 'inForceDate', operator: 'lteq', rightOperand: '2026-03-01' } }] },
    march,
  ],
  ['nonsense', policy(permitted(until('soon'), until({}), until(['2026-03-01', 'x']))), undefined],
  ['another operand', policy(permitted({ ...(until('2026-03-01') as object), 'odrl:leftOperand': 'x' })), undefined],
] as const)
  test(title, (t) => t.is(agreementEnd(value, signedAt), expected))

test('whatever a connector sends, it is a time or nothing', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const end = agreementEnd(policy(permitted(value)), signedAt)
      t.true(end === undefined || Number.isFinite(end))
      t.notThrows(() => agreementEnd(value, signedAt))
    }),
  )
})
