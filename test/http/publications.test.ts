import test from 'ava'
import { publicationSchema } from '../../entrypoint/routes/publication-schemas.ts'
import { connectorOf, type Fault, type OffersStandIn, startOffersStandIn } from '../support/offers-stand-in.ts'
import { type Problem, problemOf } from '../support/problem.ts'
import { computeAsset, register } from './forms.ts'
import { type Stage, startStage, textOfLog } from './stage.ts'

// What a connector does wrong, and requests that are wrong. What it does right is shown on the real one: test/e2e/publication.test.ts.

let stage: Stage
let standIn: OffersStandIn

test.before(async () => {
  standIn = await startOffersStandIn('the-management-key-0123456789')
  const entry = connectorOf('catalogue', standIn)
  const nobody = 'http://name:password@127.0.0.1:9/management'
  stage = await startStage({}, [
    { ...entry, dataAddressType: 'Compute' },
    { ...entry, id: 'wrong-key', apiKey: 'another-key-0123456789' },
    { ...entry, id: 'away', managementUrl: nobody, callbackAddress: `${nobody}/callback` },
  ])
  await register(stage.adminUrl, { asset: computeAsset('sum') })
  await register(stage.adminUrl, { asset: computeAsset('paused') })
  await fetch(`${stage.adminUrl}/api/v1/assets/paused/pause`, { method: 'POST' })
})
test.after.always(async () => {
  await stage.close()
  await standIn.close()
  if (textOfLog(stage.log).includes(standIn.key)) throw new Error('the key is logged')
})
test.afterEach.always(() => standIn.fault(() => undefined))

function call(method: string, body?: unknown, { asset = 'sum', connector = 'catalogue', below = '' } = {}) {
  return fetch(`${stage.adminUrl}/api/v1/assets/${asset}/publications/${connector}${below}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
}

async function refused(response: Promise<Response>): Promise<Problem> {
  const problem = await problemOf(await response)
  const text = JSON.stringify(problem)
  for (const secret of [standIn.key, 'another-key-0123456789', 'password'])
    if (text.includes(secret)) throw new Error(`a secret is answered: ${text}`)
  return problem
}

const said = (message: string): string => JSON.stringify([{ message, type: 'ValidationFailure', path: 'some/path' }])
const faults: readonly (readonly [title: string, fault: Fault, code: string, detail: RegExp])[] = [
  ['401', { status: 401 }, 'connector-refuses-key', /was answered 401/],
  ['403', { status: 403 }, 'connector-refuses-key', /was answered 403/],
  ['404 of another server', { status: 404, body: '<html>' }, 'connector-failed', /was answered 404/],
  ['405', { status: 405 }, 'connector-failed', /not there, or not yet/],
  ['500', { status: 500, body: '<html>' }, 'connector-failed', /was answered 500/],
  ['502', { status: 502 }, 'connector-unreachable', /was answered 502/],
  ['503', { status: 503 }, 'connector-unreachable', /was answered 503/],
  ['a redirect', { status: 307 }, 'connector-failed', /was answered 307/],
  ['no JSON', { status: 200, body: '<html>' }, 'connector-failed', /unexpected body/],
  ['other JSON', { status: 200, body: '{"@id":7}' }, 'connector-failed', /unexpected body/],
  ['a cut connection', 'cut-before', 'connector-unreachable', /failed: /],
  [
    'an echo of the key',
    { status: 500, body: said('x-api-key: the-management-key-0123456789') },
    'connector-failed',
    /\[hidden\]/,
  ],
]
for (const [title, fault, code, detail] of faults) {
  test.serial(`a connector that answers with ${title}`, async (t) => {
    standIn.fault(() => fault)
    for (const [method, body] of [['GET'], ['PUT', {}], ['DELETE']] as const) {
      const problem = await refused(call(method, body))
      t.is(problem.code, code as never, method)
      t.regex(problem.detail, detail)
      t.regex(problem.detail, /^Connector catalogue: /)
    }
  })
}

test.serial('what the connector refuses is told in its words, and nothing is offered', async (t) => {
  standIn.fault((one) =>
    one === 'POST /v3/policydefinitions' ? { status: 400, body: said('no such action') } : undefined,
  )
  const problem = await refused(call('PUT', {}))
  t.like(problem, { code: 'connector-refused', problems: [{ where: 'some/path', message: 'no such action' }] })
  t.false([...standIn.objects.keys()].some((path) => path.startsWith('contractdefinitions')))
  standIn.fault(() => undefined)
  t.is((await call('DELETE')).status, 200)
})

test.serial('a connector that does not answer is given up after ten seconds', async (t) => {
  standIn.fault(() => 'hang')
  const begin = performance.now()
  t.is((await refused(call('PUT', {}))).code, 'connector-unreachable')
  t.true(performance.now() - begin < 60_000)
})

test.serial('a wrong key and an address where nobody is', async (t) => {
  t.is((await refused(call('PUT', {}, { connector: 'wrong-key' }))).code, 'connector-refuses-key')
  const away = await refused(call('PUT', {}, { connector: 'away' }))
  t.is(away.code, 'connector-unreachable')
})

test.serial('it is published with the type of data address that the connectors file names', async (t) => {
  const body: unknown = await (await call('PUT', {})).json()
  t.like(publicationSchema.parse(body), { inStep: true, publishedVersion: '1.0.0' })
  t.like(standIn.objects.get('assets/sum')?.['dataAddress'], { type: 'Compute', name: 'sum' })
  const shown: unknown = await (await call('GET')).json()
  t.like(publicationSchema.parse(shown), { inStep: true, changes: [] })
  t.is((await call('DELETE')).status, 200)
  t.is(standIn.objects.size, 0)
})

test.serial('an asset that somebody else writes all the time is given up, not fought over', async (t) => {
  standIn.fault((one) =>
    one === 'POST /v3/assets' || one === 'PUT /v3/assets'
      ? { status: one.startsWith('POST') ? 409 : 404, body: said('x') }
      : undefined,
  )
  t.is((await refused(call('PUT', {}))).code, 'changed-meanwhile')
})

const constraint = { leftOperand: 'count', operator: 'lt', rightOperand: 5 }
const requests: readonly (readonly [title: string, body: unknown, code: string, where: string])[] = [
  ['a field that does not exist', { accesPolicy: {} }, 'invalid-body', 'accesPolicy'],
  ['a policy that is text', { accessPolicy: 'open' }, 'invalid-body', 'accessPolicy'],
  ['a version that is a number', { version: 1 }, 'invalid-body', 'version'],
  ['no object', [], 'invalid-body', ''],
  ['an empty reference', { accessPolicy: { '@id': '' } }, 'invalid-policy', 'accessPolicy.@id'],
  ['a misspelt rule', { accessPolicy: { permissions: [] } }, 'invalid-policy', 'accessPolicy.permissions'],
  [
    'a misspelt part of a rule',
    { contractPolicy: { permission: [{ action: 'use', constraints: [] }] } },
    'invalid-policy',
    'contractPolicy.permission[0].constraints',
  ],
  [
    'a number as right operand',
    { accessPolicy: { permission: [{ action: 'use', constraint }] } },
    'invalid-policy',
    'accessPolicy.permission[0].constraint.rightOperand',
  ],
  ['a policy definition', { accessPolicy: { '@id': 'x', policy: {} } }, 'invalid-policy', 'accessPolicy'],
]
for (const [title, body, code, where] of requests) {
  test.serial(`${title} is refused before anything is written`, async (t) => {
    const before = standIn.calls.length
    for (const response of [call('PUT', body), call('POST', body, { below: '/difference' })]) {
      const problem = await refused(response)
      t.is(problem.code, code as never)
      t.is(problem.problems?.[0]?.where, where)
    }
    t.is(standIn.calls.length, before)
  })
}

test.serial('what does not exist', async (t) => {
  t.is((await refused(call('PUT', {}, { asset: 'nobody' }))).code, 'asset-unknown')
  t.is((await refused(call('GET', undefined, { asset: 'nobody' }))).code, 'asset-unknown')
  t.is((await refused(call('DELETE', undefined, { asset: 'nobody' }))).code, 'asset-unknown')
  t.is((await refused(call('PUT', { version: '9.9.9' }))).code, 'asset-unknown')
  t.is((await refused(call('PUT', {}, { connector: 'nobody' }))).code, 'connector-unknown')
  t.regex((await refused(call('PUT', {}, { asset: 'paused' }))).detail, /paused/)
  t.is((await refused(call('GET', undefined, { below: '?surplus=1' }))).code, 'invalid-query')
})
