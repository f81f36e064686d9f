import test from 'ava'
import { countOdrl } from './odrl.ts'
import { isOpen, lostParts, openPolicy, readPolicy, textAsRead } from './policy.ts'

const rule = { action: 'use', constraint: { leftOperand: 'member', operator: 'eq', rightOperand: 'yes' } }
/** How EDC 0.10.0 answers a policy with this rule. */
const answered = {
  '@id': '2f5c12c9-59bc-4a93-99b0-9939a611971a',
  '@type': 'odrl:Set',
  'odrl:permission': {
    'odrl:action': { '@id': 'odrl:use' },
    'odrl:constraint': {
      'odrl:leftOperand': { '@id': 'edc:member' },
      'odrl:operator': { '@id': 'odrl:eq' },
      'odrl:rightOperand': 'yes',
    },
  },
  'odrl:prohibition': [],
  'odrl:obligation': [],
}

test('a policy gets the context without which its rules would be lost', (t) => {
  const policy = readPolicy({ permission: [rule] }, 'accessPolicy')
  t.like(policy, { kind: 'own', document: { '@context': 'http://www.w3.org/ns/odrl.jsonld', '@type': 'Set' } })
})

test('equal policies have equal text, whatever the order of their fields and their id', (t) => {
  const one = readPolicy({ '@type': 'Set', '@id': 'mine', permission: [rule] }, '')
  const other = readPolicy({ permission: [Object.fromEntries(Object.entries(rule).toReversed())] }, '')
  t.is(one.kind === 'own' && one.text, other.kind === 'own' && other.text)
})

test('an id alone is a reference', (t) => {
  t.deepEqual(readPolicy({ '@id': 'fair-use' }, ''), { kind: 'reference', id: 'fair-use' })
})

test('a policy is open when it has no rule, in any spelling', (t) => {
  t.true(isOpen(openPolicy.document))
  t.true(isOpen({ 'odrl:permission': [], 'odrl:prohibition': [] }))
  t.false(isOpen({ permission: [rule] }))
  t.false(isOpen(answered))
  t.false(isOpen({ 'http://www.w3.org/ns/odrl/2/obligation': { 'odrl:action': {} } }))
})

test('what arrived whole lost nothing; what did not is named', (t) => {
  t.is(lostParts({ permission: [rule] }, answered), undefined)
  t.is(lostParts(openPolicy.document, { 'odrl:permission': [] }), undefined)
  const bare = { ...answered, 'odrl:permission': { 'odrl:action': { '@id': 'odrl:use' } } }
  t.regex(lostParts({ permission: [rule] }, bare) ?? '', /constraint: 0 of 1 arrived/)
  t.regex(lostParts({ permission: [rule, rule] }, answered) ?? '', /permission: 1 of 2 arrived/)
  const list = { permission: [{ action: 'use', constraint: { ...rule.constraint, rightOperand: ['a', 'b'] } }] }
  t.is(lostParts(list, answered), undefined, 'a list of values may be answered as one text')
})

test('parts of logical constraints count, also in JSON-LD’s lists', (t) => {
  const and = [rule.constraint, rule.constraint]
  t.is(countOdrl({ permission: { constraint: { and } } })['and'], 2)
  t.is(countOdrl({ 'odrl:permission': { 'odrl:constraint': { 'odrl:and': { '@list': and } } } })['and'], 2)
})

test('a policy as read is the same at every reading', (t) => {
  t.is(textAsRead(answered), textAsRead({ ...answered, '@id': 'another' }))
  t.not(textAsRead(answered), textAsRead({ ...answered, 'odrl:obligation': {} }))
})

test('words of one’s own need a context of one’s own', (t) => {
  const value = { permission: [{ action: 'use', purpose: 'research' }] }
  t.throws(() => readPolicy(value, 'p'), { code: 'invalid-policy' })
  t.notThrows(() =>
    readPolicy({ ...value, '@context': ['http://www.w3.org/ns/odrl.jsonld', { purpose: 'urn:p' }] }, 'p'),
  )
  t.notThrows(() => readPolicy({ permission: [{ action: 'use', 'cx:purpose': 'research' }] }, 'p'))
})
