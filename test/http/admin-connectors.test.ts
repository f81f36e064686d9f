import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { z } from 'zod'
import { connectorReportSchema, connectorsSchema } from '../../entrypoint/routes/admin-connector-schemas.ts'
import { problemOf } from '../support/problem.ts'
import { secrets, type Stage, startStage } from './stage.ts'

let stage: Stage
test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage.close())

const checkPath = (id: string): string => `${stage.adminUrl}/api/v1/connectors/${id}/check`

function ask(id: string, body?: unknown, contentType = 'application/json'): Promise<Response> {
  if (body === undefined) return fetch(checkPath(id), { method: 'POST' })
  return fetch(checkPath(id), { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': contentType } })
}

async function outcomes(id: string, body?: unknown): Promise<Record<string, string>> {
  const report = connectorReportSchema.parse(await (await ask(id, body)).json())
  return Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]))
}

function send(path: string, body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(`${stage.publicUrl}/connectors/${path}`, { method: 'POST', body: JSON.stringify(body), headers })
}

test.serial('connectors are listed without keys and secrets', async (t) => {
  const response = await fetch(`${stage.adminUrl}/api/v1/connectors`)
  const text = await response.text()
  for (const [name, secret] of Object.entries(secrets)) t.false(text.includes(secret), name)
  const { connectors } = connectorsSchema.parse(JSON.parse(text))
  const provisioners = connectors.filter((one) => one.dialect === 'http-provisioner')
  t.deepEqual(provisioners.map(({ id, provisionUrl, eventsUrl }) => [id, provisionUrl, eventsUrl]).slice(0, 2), [
    ['provider', `${stage.publicUrl}/connectors/provider/provision`, `${stage.publicUrl}/connectors/provider/events`],
    [
      'guarded',
      `${stage.publicUrl}/connectors/guarded/provision/<secret>`,
      `${stage.publicUrl}/connectors/guarded/events/<secret>`,
    ],
  ])
  t.deepEqual(Object.keys(connectors[0]?.heard ?? {}), ['since'])
})

test.serial('what comes of a connector changes what a check finds', async (t) => {
  const healthy = { address: 'ok', 'management-api': 'ok', key: 'ok', 'public-url': 'ok' }
  t.like(await outcomes('guarded'), { ...healthy, provisioner: 'unknown', events: 'unknown' })

  const message = {
    assetId: 'nothing',
    transferProcessId: 'p-1',
    resourceDefinitionId: 'd-1',
    callbackAddress: `${stage.connector.providerManagement}/callback`,
  }
  t.is((await send('guarded/provision', message)).status, 401)
  t.like(await outcomes('guarded'), { provisioner: 'failed', events: 'unknown' })
  t.is((await send(`guarded/provision/${secrets.pathSecret}`, message)).status, 404)
  t.like(
    await outcomes('guarded'),
    { provisioner: 'ok', events: 'unknown' },
    'that the asset is unknown is another matter',
  )
  const foreign = { ...message, callbackAddress: 'http://elsewhere.example/callback' }
  t.is((await send(`guarded/provision/${secrets.pathSecret}`, foreign)).status, 422)
  t.like(await outcomes('guarded'), { provisioner: 'failed', 'callback-address': 'failed' })
  const event = { payload: { transferProcessId: 'p-1', assetId: 'nothing' } }
  t.is((await send('guarded/events', event)).status, 401)
  t.like(await outcomes('guarded'), { events: 'warning' })
  t.is((await send(`guarded/events/${secrets.pathSecret}`, event)).status, 204)
  t.like(await outcomes('guarded'), { events: 'ok' })
  t.like(await outcomes('provider'), { provisioner: 'unknown', events: 'unknown' }, 'each connector by itself')
})

test.serial('a probe that the connector does not go along with is no verdict, and is told', async (t) => {
  // The simulated connector makes no assets; so does a real one whose key may only read.
  const protocolAddress = 'http://127.0.0.1:9/protocol'
  const report = connectorReportSchema.parse(await (await ask('provider', { probe: { protocolAddress } })).json())
  const rows = Object.fromEntries(report.checks.map((row) => [row.name, row]))
  t.like(rows, { provisioner: { outcome: 'unknown' }, events: { outcome: 'unknown' } })
  t.regex(rows['provisioner']?.seen ?? '', /^The probe could not be carried through: /)
  t.true(report.ok)
})

test.serial('a request for a check must make sense', async (t) => {
  t.is((await problemOf(await ask('nobody'))).code, 'connector-unknown')
  t.is((await problemOf(await ask('nobody', {}))).code, 'connector-unknown')
  t.is((await ask('provider', {})).status, 200)
  for (const body of [null, [], { surplus: 1 }, { probe: {} }, { probe: { protocolAddress: 'file:///etc' } }])
    t.is((await problemOf(await ask('provider', body))).code, 'invalid-body', JSON.stringify(body))
  t.is((await problemOf(await ask('provider', {}, 'text/plain'))).code, 'unsupported-media-type')
  t.is((await problemOf(await fetch(checkPath('provider')))).code, 'method-not-allowed')
})

test.serial('an address that holds a password is shown without it', async (t) => {
  const server = createServer((_, response) => response.writeHead(401).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const managementUrl = `http://operator:hunter2@127.0.0.1:${port}/management`
  const odd = await startStage({}, [
    {
      id: 'odd',
      dialect: 'http-provisioner',
      managementUrl,
      callbackAddress: `${managementUrl}/callback`,
      apiKey: 'any-key',
    },
  ])
  t.teardown(() => odd.close())
  const list = await (await fetch(`${odd.adminUrl}/api/v1/connectors`)).text()
  const report = await (await fetch(`${odd.adminUrl}/api/v1/connectors/odd/check`, { method: 'POST' })).text()
  t.like(z.looseObject({}).parse(JSON.parse(report)), { id: 'odd', ok: false })
  for (const text of [list, report]) t.false(text.includes('hunter2'))
})
