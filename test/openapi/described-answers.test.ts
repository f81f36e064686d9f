import test from 'ava'
import { errorCatalogue } from '../../core/errors.ts'
import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import { publicDocument } from '../../entrypoint/openapi/public-document.ts'
import { describedAnswers, type SentAnswer } from '../support/described-answers.ts'

// That answers are found to be as described means something only if other answers are not.

const admin = describedAnswers(adminDocument())
const open = describedAnswers(publicDocument())

const headers = { 'x-request-id': 'a', 'content-type': 'application/json; charset=utf-8' }
const alive: SentAnswer = { method: 'GET', path: '/livez', status: 200, headers, body: '{"alive":true}' }

function refusal(code: keyof typeof errorCatalogue, more: Partial<SentAnswer> = {}): SentAnswer {
  const { status, title, hint } = errorCatalogue[code]
  const type = `urn:dataspace-compute:error:${code}`
  const body = JSON.stringify({ type, title, status, detail: 'why', code, hint, requestId: 'a' })
  const problem = { ...headers, 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' }
  return { method: 'GET', path: '/api/v1/jobs/x', status, headers: problem, body, ...more }
}

test('what is as described passes, and its place is known', (t) => {
  t.deepEqual(admin(alive), { place: 'get /livez 200' })
  t.deepEqual(admin({ ...alive, method: 'HEAD', body: '' }), { place: 'get /livez 200' })
  t.deepEqual(admin({ ...alive, path: '/livez/' }), { place: 'get /livez 200' })
  t.deepEqual(admin(refusal('job-unknown')), { place: 'get /api/v1/jobs/{id} 404' })
  t.deepEqual(admin(refusal('unauthorized')), { place: 'get /api/v1/jobs/{id} 401' })
  t.deepEqual(admin(refusal('not-found', { path: '/nothing' })), {})
  t.deepEqual(admin(refusal('method-not-allowed', { method: 'DELETE' })), {})
})

const wrong: readonly (readonly [title: string, answer: SentAnswer, finding: RegExp])[] = [
  ['a status that is not described', { ...alive, status: 201 }, /201 is not described/],
  ['a field too many', { ...alive, body: '{"alive":true,"more":1}' }, /additional properties/],
  ['a field too few', { ...alive, body: '{}' }, /required property 'alive'/],
  ['a wrong value', { ...alive, body: '{"alive":false}' }, /constant/],
  [
    'a content type that is not described',
    { ...alive, headers: { ...headers, 'content-type': 'text/html' } },
    /text\/html is not described/,
  ],
  [
    'a header that is missing',
    { ...alive, headers: { 'content-type': 'application/json' } },
    /X-Request-Id is missing/,
  ],
  ['a header with a wrong value', { ...alive, headers: { ...headers, 'x-request-id': 'a b' } }, /X-Request-Id is a b/],
  ['a code that belongs to another request', refusal('asset-exists', { status: 404 }), /allowed values/],
  ['a refusal that is no problem', refusal('job-unknown', { headers }), /application\/json is not described/],
  ['a page at an address that is not described', { ...alive, path: '/nothing' }, /not described/],
  ['a code of another request at such an address', refusal('job-over', { path: '/nothing' }), /job-over at an address/],
  ['a body for HEAD', { ...alive, method: 'HEAD' }, /HEAD has a body/],
  [
    'a time that is none',
    {
      ...alive,
      path: '/api/v1/assets',
      body: '{"assets":[{"id":"a","version":"1","enabled":true,"registeredAt":"yesterday","bundled":[]}],"next":null}',
    },
    /date-time/,
  ],
]
for (const [title, answer, finding] of wrong) {
  test(`it finds ${title}`, (t) => {
    t.regex(admin(answer).finding ?? '', finding)
  })
}

test('it finds a body where none is described', (t) => {
  const answer = { ...alive, method: 'POST', path: '/connectors/a/events', status: 204 }
  t.regex(open(answer).finding ?? '', /has a body/)
})
