import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { eventually } from '../support/eventually.ts'
import { problemOf, problemSchema } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { computeAsset, register } from './forms.ts'
import { secrets, type Stage, startStage, textOfLog } from './stage.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken })
})
test.after.always(() => stage.close())

const authorized = { headers: { Authorization: `Bearer ${secrets.adminToken}` } }

test('both listeners say that they live and are ready; only the admin one says of what', async (t) => {
  for (const url of [stage.publicUrl, stage.adminUrl]) {
    t.deepEqual(await (await fetch(`${url}/livez`)).json(), { alive: true })
    t.is((await fetch(`${url}/readyz`)).status, 200)
  }
  t.deepEqual(await (await fetch(`${stage.publicUrl}/readyz`)).json(), { ready: true })
  t.deepEqual(await (await fetch(`${stage.adminUrl}/readyz`)).json(), {
    ready: true,
    checks: { store: 'ok', backend: 'ok', objectStore: 'ok' },
  })
})

test('the admin API is not on the public listener, nor the connectors’ paths on the admin one', async (t) => {
  for (const path of ['/api/v1/assets', '/api/v1/jobs', '/api/v1/jobs/x/logs'])
    t.is((await problemOf(await fetch(stage.publicUrl + path, authorized))).code, 'not-found', path)
  for (const path of ['/connectors/provider/provision', '/results/x'])
    t.is((await problemOf(await fetch(stage.adminUrl + path, authorized))).code, 'not-found', path)
})

test('with a token the admin API asks for it, everywhere', async (t) => {
  for (const [path, method] of [
    ['/api/v1/assets', 'GET'],
    ['/api/v1/assets', 'POST'],
    ['/api/v1/assets/x', 'DELETE'],
    ['/api/v1/jobs', 'GET'],
    ['/api/v1/jobs/x/logs', 'GET'],
    ['/nothing', 'GET'],
  ] as const) {
    for (const headers of [{}, { Authorization: 'Bearer wrong' }]) {
      const response = await fetch(stage.adminUrl + path, { method, headers })
      t.is((await problemOf(response)).code, 'unauthorized', `${method} ${path}`)
    }
  }
  t.is((await fetch(`${stage.adminUrl}/api/v1/jobs`, authorized)).status, 200)
  const asset = computeAsset('with-token')
  t.is((await register(stage.adminUrl, { asset })).status, 401)
  t.is((await register(stage.adminUrl, { asset }, authorized)).status, 201)
})

test('a request that HTTP itself forbids is refused', async (t) => {
  const large = { headers: { 'X-Large': 'x'.repeat(20_000) } }
  for (const origin of [stage.publicUrl, stage.adminUrl]) {
    const { status, headers, body } = await rawRequest(origin, '/livez', large)
    t.is(status, 431)
    const problem = problemSchema.parse(JSON.parse(body))
    t.is(problem.code, 'headers-too-large')
    t.is(headers['x-request-id'], problem.requestId)
    const line = stage.log.find(({ fields }) => fields['requestId'] === problem.requestId)
    t.like(line, { message: 'request refused', fields: { status: 431, code: 'headers-too-large' } })
  }
})

for (const method of ['OPTIONS', 'PROPFIND', 'TRACE', 'DELETE']) {
  test(`${method} is answered by problems on both listeners, where it does not work`, async (t) => {
    for (const [origin, path] of [
      [stage.publicUrl, '/connectors/provider/provision'],
      [stage.publicUrl, '/results/x'],
      [stage.adminUrl, '/api/v1/jobs'],
    ] as const) {
      const { status, headers } = await rawRequest(origin, path, {
        method,
        headers: { Authorization: `Bearer ${secrets.adminToken}` },
      })
      if (status >= 400)
        t.regex(String(headers['content-type']), /^application\/problem\+json/, `${method} ${path} ${status}`)
      else t.is(method, 'OPTIONS')
    }
  })
}

test('when something it needs is away, a service lives but is not ready, and says why to its administrator', async (t) => {
  const failing = await startStage()
  const objects = join(failing.assets, '..', 'objects')
  try {
    await rm(objects, { recursive: true, force: true })
    await writeFile(objects, 'a file where the directory was')
    const response = await eventually('not ready', async () => {
      const asked = await fetch(`${failing.adminUrl}/readyz`)
      return asked.status === 503 ? { done: asked } : { pending: String(asked.status) }
    })
    t.regex(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    t.truthy(response.headers.get('retry-after'))
    const { checks, ...problem } = (await response.json()) as { readonly checks: Record<string, string> }
    t.like(problemSchema.parse(problem), {
      code: 'not-ready',
      detail: 'Something that the service needs cannot be used: objectStore.',
    })
    t.like(checks, { store: 'ok', backend: 'ok' })
    t.not(checks['objectStore'], 'ok')
    t.is((await fetch(`${failing.adminUrl}/livez`)).status, 200)
    const open = await fetch(`${failing.publicUrl}/readyz`)
    const told = await problemOf(open)
    t.is(told.code, 'not-ready')
    t.notRegex(JSON.stringify(told), /objectStore/)
  } finally {
    await rm(objects, { force: true })
    await failing.close()
  }
})

test('trouble of our own on a connector’s path is 503, because it gives up on anything else', async (t) => {
  const failing = await startStage()
  await failing.store.close()
  const body = JSON.stringify({
    assetId: 'a',
    transferProcessId: 'p',
    resourceDefinitionId: 'd',
    callbackAddress: `${failing.connector.providerManagement}/callback`,
  })
  const response = await fetch(`${failing.publicUrl}/connectors/provider/provision`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
  })
  t.truthy(response.headers.get('retry-after'))
  t.is((await problemOf(response)).code, 'not-ready')
  const elsewhere = await fetch(`${failing.adminUrl}/api/v1/jobs`)
  t.is((await problemOf(elsewhere)).code, 'internal')
  await failing.close()
})

test.after('no secret was logged', (t) => {
  const text = textOfLog(stage.log)
  for (const [name, secret] of Object.entries(secrets)) t.false(text.includes(secret), name)
})
