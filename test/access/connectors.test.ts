import { randomUUID } from 'node:crypto'
import test from 'ava'
import type { ProvisionerSettings } from '../../config/connectors.ts'
import type { Store } from '../../core/ports/store.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, startStage, textOfLog } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { problemOf } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'

/** Secrets of a connector whose secret is being changed. */
const present = 'c2f19e84a7d05b36c8e1470fb92d6a53'
const previous = '9b7e30d5f1a8426cb07d9e3f58c1a264'
const changing: ProvisionerSettings = {
  id: 'changing',
  dialect: 'http-provisioner',
  managementUrl: 'http://127.0.0.1:9/management',
  callbackAddress: 'http://127.0.0.1:9/management/callback',
  apiKey: 'another-key-of-a-connector',
  secret: present,
  previousSecret: previous,
}

function message() {
  return {
    assetId: 'sum',
    transferProcessId: randomUUID(),
    callbackAddress: changing.callbackAddress,
    resourceDefinitionId: randomUUID(),
  }
}

function post(stage: Stage, path: string, body: object = message()): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(stage.publicUrl + path, { method: 'POST', body: JSON.stringify(body), headers })
}

test('while a secret is changed, both are taken', async (t) => {
  const stage = await startStage({}, [changing])
  t.teardown(() => stage.close())
  await register(stage.adminUrl, { asset: computeAsset('sum') })
  for (const secret of [present, previous]) {
    t.is((await post(stage, `/connectors/changing/provision/${secret}`)).status, 200)
    t.is((await post(stage, `/connectors/changing/events/${secret}`, {})).status, 204)
  }
  for (const secret of [present.slice(1), `${previous}0`, secrets.pathSecret, `${present}${previous}`, 'undefined'])
    t.is((await problemOf(await post(stage, `/connectors/changing/provision/${secret}`))).code, 'unauthorized')
})

test('a path secret is told nowhere: not in the log, not in answers, not in metrics, not in what was heard', async (t) => {
  const stage = await startStage({}, [changing])
  t.teardown(() => stage.close())
  const said: string[] = []
  const headers = { 'Content-Type': 'application/json' }
  for (const secret of [present, previous])
    for (const [path, method, body] of [
      [`/connectors/changing/provision/${secret}`, 'POST', '{}'],
      [`/connectors/changing/provision/${secret}`, 'POST', '{'],
      [
        `/connectors/changing/provision/${secret}`,
        'POST',
        JSON.stringify({ ...message(), callbackAddress: 'http://evil.example' }),
      ],
      [`/connectors/changing/provision/${secret}`, 'POST', 'x'.repeat(300_000)],
      [`/connectors/changing/provision/${secret}`, 'GET', undefined],
      [`/connectors/changing/provision/${secret}`, 'DELETE', undefined],
      [`/connectors/changing/provision/${secret}/more`, 'POST', '{}'],
      [`/connectors/changing/other/${secret}`, 'POST', '{}'],
      [`/connectors/changing/${secret}`, 'POST', '{}'],
      [`/connectors/nobody/provision/${secret}`, 'POST', '{}'],
      [`/connectors/provider/provision/${secret}`, 'POST', '{}'],
      [`/connectors/${secret}/provision`, 'POST', '{}'],
      [`/CONNECTORS/changing/provision/${secret}/%zz`, 'POST', '{}'],
      [`//connectors/changing/provision/${secret}`, 'POST', '{}'],
      [`/connectors/changing/events/${secret}`, 'POST', '{'],
      [`/connectors/changing/events/${secret}?x=${secret}`, 'PUT', '{'],
    ] as const) {
      const answer = await rawRequest(stage.publicUrl, path, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      said.push(`${JSON.stringify(answer.headers)} ${answer.body}`)
    }
  for (const path of ['/metrics', '/api/v1/connectors', '/openapi.json'])
    said.push(await (await fetch(stage.adminUrl + path)).text())
  said.push(textOfLog(stage.log))
  for (const secret of [present, previous]) {
    const found = said.filter((text) => text.includes(secret))
    t.deepEqual(found, [])
  }
  t.true(said.at(-1)?.includes('/connectors/:id/provision'))
})

/** A store that does not finish what it is asked to accept, until it is let. */
function hanging() {
  let wait = true
  let waiting = 0
  const release: (() => void)[] = []
  const wrap = (store: Store): Store => ({
    ...store,
    async acceptOffered(...parameters) {
      waiting += 1
      if (wait) await new Promise<void>((resolve) => release.push(resolve))
      return store.acceptOffered(...parameters)
    },
  })
  return {
    wrap,
    waiting: () => waiting,
    letGo() {
      wait = false
      for (const one of release) one()
    },
  }
}

test('a store that hangs is 503 for connectors, at once where too much waits already, and works again afterwards', async (t) => {
  const slow = hanging()
  const stage = await startStage({}, [], slow.wrap)
  t.teardown(async () => {
    slow.letGo()
    await stage.close()
  })
  await register(stage.adminUrl, { asset: computeAsset('sum') })
  const callbackAddress = `${stage.connector.providerManagement}/callback`
  const path = '/connectors/provider/provision'
  const first = { ...message(), callbackAddress }
  const hung = [first, ...Array.from({ length: 255 }, () => ({ ...message(), callbackAddress }))].map((body) =>
    post(stage, path, body),
  )
  await eventually(
    'all wait',
    async () => (slow.waiting() === 256 ? { done: true } : { pending: String(slow.waiting()) }),
    { deadlineMs: 60_000 },
  )
  const begin = performance.now()
  const shed = await post(stage, path, { ...message(), callbackAddress })
  t.true(performance.now() - begin < 30_000, 'it was not waited for')
  t.is(shed.headers.get('retry-after'), '5')
  t.is((await problemOf(shed)).code, 'not-ready')
  t.is(slow.waiting(), 256, 'the store was not asked')
  t.is((await fetch(`${stage.publicUrl}/livez`)).status, 200)
  t.is((await fetch(`${stage.adminUrl}/api/v1/jobs`)).status, 200, 'others are served')
  const answers = await Promise.all(hung)
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [503])
  slow.letGo()
  await eventually('messages are taken again', async () => {
    const { status } = await post(stage, path, first)
    return status === 200 ? { done: status } : { pending: String(status) }
  })
  t.is(
    (await stage.store.transfersOfProcess('provider', first.transferProcessId)).length,
    1,
    'once, however often it was sent',
  )
})

test('what goes wrong inside is 503 for a connector, whatever it is and however the path is written', async (t) => {
  const failures = [new Error('disk full'), new TypeError('x is undefined'), 'a text', undefined]
  let failure: unknown
  const stage = await startStage({}, [], (store) => ({
    ...store,
    acceptOffered: () => Promise.reject(failure),
    transfersOfProcess: () => Promise.reject(failure),
  }))
  t.teardown(() => stage.close())
  await register(stage.adminUrl, { asset: computeAsset('sum') })
  const callbackAddress = `${stage.connector.providerManagement}/callback`
  for (failure of failures)
    for (const path of [
      '/connectors/provider/provision',
      '/Connectors/provider/PROVISION/',
      '/connectors/provider/events',
    ]) {
      const event = { payload: { transferProcessId: 'x' } }
      const answer = await post(stage, path, path.endsWith('events') ? event : { ...message(), callbackAddress })
      t.is(answer.status, 503, `${path} ${String(failure)}`)
      t.truthy(answer.headers.get('retry-after'))
    }
})
