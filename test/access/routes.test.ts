import test from 'ava'
import type { ApiKey } from '../../core/ports/key-store.ts'
import { makeApiKey } from '../../entrypoint/access/api-key.ts'
import type { RegisteredRoute } from '../../entrypoint/access/route.ts'
import { type AccessRule, neededRole } from '../../entrypoint/access/rule.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { receptionToken } from '../../entrypoint/receiving/token.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, startStage, textOfLog, writeWorker } from '../http/stage.ts'
import { seedReception } from '../receiving/seed.ts'
import { eventually } from '../support/eventually.ts'
import { rawRequest } from '../support/raw-request.ts'

// Every route of the real service, with every kind of credentials there is.

let stage: Stage
/** A transfer whose result is open, and the token that opens it. */
let open: { readonly id: string; readonly token: string }
/** A reception that takes what is pushed. */
let receptionId: string
let credentials: Readonly<Record<string, string | undefined>>
let addresses = 0

test.before(async () => {
  stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken, DSC_TRUSTED_PROXIES: '127.0.0.1' })
  await writeWorker(
    stage,
    'one',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '1')`,
  )
  const authorization = { headers: { Authorization: `Bearer ${secrets.adminToken}` } }
  await register(stage.adminUrl, { asset: computeAsset('one') }, authorization)
  const { consumerTransferId, providerTransferId } = stage.connector.request('one')
  await stage.connector.started(consumerTransferId)
  const transfer = await eventually('the transfer is granted', async () => {
    const [found] = await stage.store.transfersOfProcess('provider', providerTransferId)
    return found?.state === 'granted' ? { done: found } : { pending: String(found?.state) }
  })
  receptionId = (await seedReception(stage.store)).id
  open = { id: transfer.id, token: resultToken(secrets.tokenKey, transfer) }
  const keyOf = async (role: ApiKey['role'], more: Partial<ApiKey> = {}): Promise<string> => {
    const { id, text, hash } = makeApiKey()
    const now = Date.now()
    await stage.store.addKey({ id, name: role, role, hash, createdAt: now, expiresAt: now + 3_600_000, ...more })
    if (more.revokedAt !== undefined) await stage.store.revokeKey(id, more.revokedAt)
    return text
  }
  credentials = {
    nothing: undefined,
    'an empty token': 'Bearer ',
    'another scheme': `Basic ${Buffer.from(`admin:${secrets.adminToken}`).toString('base64')}`,
    'a wrong token': 'Bearer guess',
    'the admin token, a letter short': `Bearer ${secrets.adminToken.slice(0, -1)}`,
    'the token key': `Bearer ${secrets.tokenKey}`,
    'the path secret': `Bearer ${secrets.pathSecret}`,
    'an unknown key': `Bearer ${makeApiKey().text}`,
    'an expired key': `Bearer ${await keyOf('admin', { expiresAt: Date.now() - 1 })}`,
    'a revoked key': `Bearer ${await keyOf('admin', { revokedAt: Date.now() })}`,
    'an unsigned JWT': `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
    'another transfer’s token': `Bearer ${resultToken(secrets.tokenKey, { id: 'another', generation: 1 })}`,
    'the transfer’s next token': `Bearer ${resultToken(secrets.tokenKey, { ...transfer, generation: transfer.generation + 1 })}`,
    'the transfer’s token': `Bearer ${open.token}`,
    'another reception’s token': `Bearer ${receptionToken(secrets.tokenKey, 'another')}`,
    'the reception’s token': `Bearer ${receptionToken(secrets.tokenKey, receptionId)}`,
    'a key to read': `Bearer ${await keyOf('read')}`,
    'a key to operate': `Bearer ${await keyOf('operator')}`,
    'a key to administer': `Bearer ${await keyOf('admin')}`,
    'the admin token': `Bearer ${secrets.adminToken}`,
  }
})
test.after.always(() => stage.close())

const roleOf: Readonly<Record<string, ApiKey['role']>> = {
  'a key to read': 'read',
  'a key to operate': 'operator',
  'a key to administer': 'admin',
  'the admin token': 'admin',
}

/** How a route must answer: kept out, without the rights, or let in (whatever it says then). */
function expected(rule: AccessRule, credential: string): 'out' | 'forbidden' | 'in' {
  if (rule === 'anyone') return 'in'
  if (rule === 'connector') return 'out' // by the path alone: these have none or a wrong one
  if (rule === 'result-token') return credential === 'the transfer’s token' ? 'in' : 'out'
  if (rule === 'reception-token') return credential === 'the reception’s token' ? 'in' : 'out'
  const role = roleOf[credential]
  const order = ['read', 'operator', 'admin'] as const
  const needed = neededRole[rule]
  if (role === undefined) return 'out'
  return needed === undefined || order.indexOf(role) >= order.indexOf(needed) ? 'in' : 'forbidden'
}

function seen(status: number): 'out' | 'forbidden' | 'in' {
  return status === 401 ? 'out' : status === 403 ? 'forbidden' : 'in'
}

/** The configured connector that a route of connectors is asked for. */
function connectorOf(path: string): string {
  return path.startsWith('/dataplanes/') ? 'guarded-plane' : 'guarded'
}

/** An address of the route about things that there are not, but for results and connectors, which are asked for one that there is. */
function pathOf({ path, rule }: RegisteredRoute): string {
  const filled = path
    .replaceAll('{/:secret}', '/wrong')
    .replaceAll('*path', 'sum.txt')
    .replace(/:transferId\b/, open.id)
    .replace(/:id\b/, rule === 'connector' ? connectorOf(path) : rule === 'reception-token' ? receptionId : 'nobody')
    .replaceAll(/:\w+/g, 'nobody')
  return filled.replace(/(.)\/$/, '$1')
}

async function answered(listener: 'public' | 'admin', one: RegisteredRoute, authorization: string | undefined) {
  addresses += 1
  const origin = listener === 'public' ? stage.publicUrl : stage.adminUrl
  const body = ['GET', 'HEAD', 'DELETE'].includes(one.method) ? {} : { body: '[]' }
  const headers = {
    'X-Forwarded-For': `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`,
    ...('body' in body ? { 'Content-Type': 'application/json' } : {}),
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  }
  return rawRequest(origin, pathOf(one), { method: one.method, headers, ...body })
}

test('every route has a rule, and both listeners have the kinds that are theirs', (t) => {
  const rules = (routes: readonly RegisteredRoute[]) => [...new Set(routes.map(({ rule }) => rule))].toSorted()
  t.deepEqual(rules(stage.routes.public), ['anyone', 'connector', 'reception-token', 'result-token'])
  t.deepEqual(rules(stage.routes.admin), [
    'admin:keys',
    'admin:operate',
    'admin:read',
    'admin:results',
    'admin:write',
    'anyone',
  ])
  const anyone = [...stage.routes.public, ...stage.routes.admin].filter(({ rule }) => rule === 'anyone')
  t.deepEqual([...new Set(anyone.map(({ path }) => path))].toSorted(), ['/livez', '/openapi.json', '/readyz'])
})

/** Requests that only look although their method could change something, by their path. */
const looks = new Set(['/api/v1/assets/:id/publications/:connector/difference'])

test('no route that changes something is open to who may only look, and none with what jobs wrote', (t) => {
  for (const { method, path, rule } of stage.routes.admin) {
    const what = `${method} ${path} is ${rule}`
    if (method !== 'GET' && method !== 'HEAD' && !looks.has(path))
      t.false(['admin:read', 'admin:results', 'anyone'].includes(rule), what)
    if (path.startsWith('/api/v1/keys')) t.is(rule, 'admin:keys', what)
    if (/\/(?:files|logs)\b/.test(path)) t.is(rule, 'admin:results', what)
    if (method === 'PUT' || (method === 'DELETE' && path.includes('/assets'))) t.is(rule, 'admin:write', what)
    if (path.startsWith('/api/')) t.not(rule, 'anyone', what)
  }
})

test('every route lets those in whom its rule says, and nobody else', async (t) => {
  let asked = 0
  for (const listener of ['public', 'admin'] as const)
    for (const one of stage.routes[listener])
      for (const [name, authorization] of Object.entries(credentials)) {
        const { status, body } = await answered(listener, one, authorization).catch((error: unknown) => {
          throw new Error(`${listener} ${one.method} ${one.path} with ${name}`, { cause: error })
        })
        const what = `${listener} ${one.method} ${one.path} (${one.rule}) with ${name}: ${status} ${body.slice(0, 200)}`
        t.is(seen(status), expected(one.rule, name), what)
        t.true(status < 500, what)
        asked += 1
      }
  t.true(asked > 500)
  t.log(`${stage.routes.public.length + stage.routes.admin.length} routes, ${asked} requests`)
})

test('a connector’s routes open with its secret, and with nothing else', async (t) => {
  const routes = stage.routes.public.filter(({ rule }) => rule === 'connector')
  t.true(routes.length >= 2)
  for (const { method, path } of routes)
    for (const [secret, status] of [
      // About a data flow that there is not.
      [`/${secrets.pathSecret}`, path.startsWith('/dataplanes/') ? [200, 400, 404] : [200, 204, 400]],
      ['', [401]],
      ['/', path.startsWith('/dataplanes/') ? [401, 404] : [401]],
      ['/wrong', [401]],
      [`/${secrets.pathSecret}x`, [401]],
      [`/${secrets.pathSecret.slice(0, -1)}`, [401]],
      [`/${secrets.pathSecret.toUpperCase()}`, [401]],
      [`/${secrets.adminToken}`, [401]],
      [`/${secrets.tokenKey}`, [401]],
    ] as const) {
      const at = path.replace('{/:secret}', secret).replace(':id', connectorOf(path)).replace(':flowId', 'nobody')
      const answer = await rawRequest(stage.publicUrl, at, {
        method,
        body: '[]',
        headers: { 'Content-Type': 'application/json' },
      })
      t.true((status as readonly number[]).includes(answer.status), `${at}: ${answer.status}`)
    }
})

test('an admin route that there is not answers as one that is closed', async (t) => {
  for (const path of ['/nothing', '/api/v1/nothing', '/api/v2/jobs']) {
    t.is((await rawRequest(stage.adminUrl, path)).status, 401)
    t.is(
      (await rawRequest(stage.adminUrl, path, { headers: { Authorization: credentials['a key to read'] ?? '' } }))
        .status,
      404,
    )
  }
})

test.after('no secret and no key was logged', (t) => {
  const text = textOfLog(stage.log)
  for (const [name, secret] of Object.entries({ ...secrets, ...credentials }))
    if (name !== 'a wrong token' && name !== 'an empty token')
      t.false(secret !== undefined && text.includes(secret.replace(/^\w+ /, '')), name)
})
