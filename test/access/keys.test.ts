import test from 'ava'
import { z } from 'zod'
import { allowedFailures } from '../../entrypoint/access/failure-limit.ts'
import { runDsc } from '../cli/run-dsc.ts'
import { secrets, type Stage, startStage, textOfLog } from '../http/stage.ts'
import { problemOf } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'

let stage: Stage
test.before(async () => {
  stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken, DSC_TRUSTED_PROXIES: '127.0.0.1' })
})
test.after.always(() => stage.close())

const keySchema = z.object({ id: z.string(), key: z.string(), name: z.string(), role: z.string(), state: z.string() })

function ask(path: string, token: string, method = 'GET', body?: unknown): Promise<Response> {
  return fetch(stage.adminUrl + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function made(body: object, token = secrets.adminToken) {
  const response = await ask('/api/v1/keys', token, 'POST', body)
  if (response.status !== 201) throw new Error(await response.text())
  return keySchema.parse(await response.json())
}

/** Everything that the store has of its keys, and the audit log of them. */
async function storedText(): Promise<string> {
  return JSON.stringify([
    await stage.store.listKeys(),
    await stage.store.auditEntries({ order: 'oldest-first', limit: 1_000 }),
  ])
}

test.serial('a key is made, works, is listed without its secret, and works no more once it is revoked', async (t) => {
  const { id, key, ...rest } = await made({ name: 'ci', role: 'operator', expires: '90d' })
  t.deepEqual(rest, { name: 'ci', role: 'operator', state: 'valid' })
  t.is((await ask('/api/v1/jobs', key)).status, 200)
  const list = await (await ask('/api/v1/keys', secrets.adminToken)).text()
  t.true(list.includes(id))
  const secret = key.split('_').slice(2).join('_')
  for (const text of [list, await storedText(), textOfLog(stage.log)]) t.false(text.includes(secret))
  t.is((await ask(`/api/v1/keys/${id}`, secrets.adminToken, 'DELETE')).status, 204)
  t.is((await problemOf(await ask('/api/v1/jobs', key))).code, 'unauthorized')
  t.is((await ask(`/api/v1/keys/${id}`, secrets.adminToken, 'DELETE')).status, 204, 'again is as good')
  t.like(await (await ask(`/api/v1/keys/${id}`, secrets.adminToken)).json(), { state: 'revoked' })
})

test.serial('two keys of one name work side by side, so that one can follow the other', async (t) => {
  const [old, young] = [await made({ name: 'rotated' }), await made({ name: 'rotated' })]
  for (const { key } of [old, young]) t.is((await ask('/api/v1/jobs', key)).status, 200)
  await ask(`/api/v1/keys/${old.id}`, secrets.adminToken, 'DELETE')
  t.is((await ask('/api/v1/jobs', old.key)).status, 401)
  t.is((await ask('/api/v1/jobs', young.key)).status, 200)
})

test.serial('without a word a key only reads, for ninety days', async (t) => {
  const { key, id, role } = await made({ name: 'reader' })
  t.is(role, 'read')
  for (const [path, method] of [
    ['/api/v1/keys', 'GET'],
    ['/api/v1/keys', 'POST'],
    ['/api/v1/assets', 'POST'],
    ['/api/v1/assets/x', 'DELETE'],
    ['/api/v1/assets/x/pause', 'POST'],
    ['/api/v1/jobs/x/cancel', 'POST'],
    ['/api/v1/jobs/x/logs', 'GET'],
    ['/api/v1/jobs/x/files.zip', 'GET'],
  ] as const)
    t.is(
      (await problemOf(await ask(path, key, method, method === 'POST' ? {} : undefined))).code,
      'forbidden',
      `${method} ${path}`,
    )
  const { createdAt, expiresAt } = z
    .object({ createdAt: z.string(), expiresAt: z.string() })
    .parse(await (await ask(`/api/v1/keys/${id}`, secrets.adminToken)).json())
  t.is(Date.parse(expiresAt) - Date.parse(createdAt), 90 * 86_400_000)
})

test.serial('a key cannot be made that nobody could tell, or that never ends', async (t) => {
  for (const body of [
    {},
    { name: '' },
    { name: 'a b' },
    { name: 'x'.repeat(65) },
    { name: 'a', role: 'root' },
    { name: 'a', expires: 'never' },
    { name: 'a', expires: '367d' },
    { name: 'a', expires: '0s' },
    { name: 'a', hash: 'x' },
  ])
    t.is(
      (await problemOf(await ask('/api/v1/keys', secrets.adminToken, 'POST', body))).code,
      'invalid-body',
      JSON.stringify(body),
    )
})

test.serial('the audit log tells who made and revoked it', async (t) => {
  const boss = await made({ name: 'boss', role: 'admin' })
  const { id } = await made({ name: 'made-by-boss' }, boss.key)
  await ask(`/api/v1/keys/${id}`, boss.key, 'DELETE')
  const entries = await stage.store.auditEntries({ order: 'oldest-first', limit: 10, objectId: id })
  t.deepEqual(
    entries.map(({ entry: { action, actor } }) => [action, actor]),
    ['key.created', 'key.revoked'].map((action) => [
      action,
      { kind: 'operator', id: boss.id, name: 'boss', via: 'key' },
    ]),
  )
})

function guess(address: string, token: string) {
  return rawRequest(stage.adminUrl, '/api/v1/jobs', {
    headers: { Authorization: `Bearer ${token}`, 'X-Forwarded-For': address },
  })
}

test.serial('who sends wrong credentials again and again is not listened to for a while, others are', async (t) => {
  for (let one = 0; one < allowedFailures; one += 1) t.is((await guess('192.0.2.1', `guess-${one}`)).status, 401)
  const { status, headers, body } = await guess('192.0.2.1', 'guess')
  t.is(status, 429)
  t.truthy(headers['retry-after'])
  t.is((JSON.parse(body) as { code: string }).code, 'too-many-attempts')
  t.is((await guess('192.0.2.1', secrets.adminToken)).status, 429, 'else it would tell which guess was right')
  t.is((await guess('192.0.2.2', secrets.adminToken)).status, 200)
  t.is((await rawRequest(stage.adminUrl, '/livez', { headers: { 'X-Forwarded-For': '192.0.2.1' } })).status, 200)
  for (let one = 0; one < 2 * allowedFailures; one += 1)
    t.is(
      (
        await rawRequest(stage.publicUrl, '/connectors/guarded/provision/wrong', {
          method: 'POST',
          headers: { 'X-Forwarded-For': '192.0.2.9' },
        })
      ).status,
      401,
      'never 429 on the public listener',
    )
})

test.serial('dsc makes, lists and revokes keys', async (t) => {
  const environment = { DSC_ADMIN_URL: stage.adminUrl, DSC_ADMIN_TOKEN: secrets.adminToken }
  const created = await runDsc(['key', 'create', '--name', 'by-dsc', '--role', 'read', '--expires', '12h'], {
    environment,
  })
  t.is(created.code, 0, created.stderr)
  t.regex(created.stdout, /^dsc_[a-z2-9]{10}_[A-Za-z0-9_-]{43}\n$/)
  const key = created.stdout.trim()
  const id = key.split('_')[1] ?? ''
  const mine = { DSC_ADMIN_URL: stage.adminUrl, DSC_ADMIN_TOKEN: key }
  t.is((await runDsc(['job', 'list'], { environment: mine })).code, 0)
  const forbidden = await runDsc(['key', 'list'], { environment: mine })
  t.is(forbidden.code, 6)
  t.regex(forbidden.stderr, /role admin/)
  const table = await runDsc(['key', 'list'], { environment })
  t.regex(table.stdout, new RegExp(`${id} +by-dsc +read +valid +in \\d+ h`))
  const revoked = await runDsc(['key', 'revoke', id], { environment })
  t.is(revoked.stdout, `Key ${id} is revoked.\n`)
  t.is((await runDsc(['job', 'list'], { environment: mine })).code, 6)
  t.is((await runDsc(['key', 'revoke', 'nothing'], { environment })).code, 3)
  t.is((await runDsc(['key', 'revoke', key], { environment })).code, 2, 'the key in place of its id')
})
