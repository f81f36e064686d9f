import { Readable } from 'node:stream'
import { Router } from '@koa/router'
import test from 'ava'
import { appServer } from '../../test/support/app-server.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { route } from '../access/route.ts'
import { makeApp } from './apps.ts'
import { problemOf } from '../../test/support/problem.ts'
import { rawRequest } from '../../test/support/raw-request.ts'
import { ServiceError } from '../../core/errors.ts'

test('an error of the catalogue is told whole', async (t) => {
  const { url } = await appServer(t, () => {
    throw new ServiceError('invalid-asset', 'what is wrong this time', { problems: [{ where: 'a', message: 'b' }] })
  })
  const response = await fetch(url, { headers: { 'X-Request-Id': 'my-request.1' } })
  t.deepEqual(await problemOf(response), {
    type: 'urn:dataspace-compute:error:invalid-asset',
    title: 'The compute asset has errors',
    status: 422,
    detail: 'what is wrong this time',
    code: 'invalid-asset',
    hint: 'Mend every place named in problems, then send it again.',
    problems: [{ where: 'a', message: 'b' }],
    requestId: 'my-request.1',
  })
  t.is(response.headers.get('x-request-id'), 'my-request.1')
})

test('any other error shows nothing of itself; the log has it under the request id', async (t) => {
  const { url, log } = await appServer(t, () => {
    throw new Error('password=hunter2')
  })
  const response = await fetch(url)
  const problem = await problemOf(response)
  t.is(problem.code, 'internal')
  t.false(JSON.stringify(problem).includes('hunter2'))
  const line = log.find(({ level }) => level === 'error')
  t.like(line, { message: 'request failed', fields: { requestId: problem.requestId } })
  t.regex(String(line?.fields['error']), /hunter2/)
})

test('an error outside of all middleware is a problem as well', async (t) => {
  const logger = recordingLogger()
  const broken = (): never => {
    throw new Error('no ids left')
  }
  const app = makeApp('test', { logger, clock: { now: Date.now }, ids: { next: broken } }, () => 'internal', [router])
  const handle = app.callback()
  const url = await httpServer(t, (request, response) => void handle(request, response))
  const response = await fetch(`${url}/things/1`)
  const problem = await problemOf(response)
  t.is(problem.code, 'internal')
  t.false(JSON.stringify(problem).includes('no ids left'))
  t.is(response.headers.get('x-request-id'), problem.requestId)
  t.regex(String(logger.lines[0]?.fields['error']), /no ids left/)
})

test('a body that fails on its way is cut off', async (t) => {
  const { url } = await appServer(t, (ctx) => {
    ctx.body = Readable.from(
      (async function* () {
        yield Buffer.from('the first words')
        await new Promise((resolve) => setImmediate(resolve))
        throw new Error('the disk is away')
      })(),
    )
  })
  const response = await fetch(url)
  t.is(response.status, 200)
  await t.throwsAsync(response.text())
})

test('where a connector asks, an unknown error is 503, because it gives up on 500’s neighbours only', async (t) => {
  const failing = (): never => {
    throw new Error('out of order')
  }
  const { url } = await appServer(t, failing, 'not-ready')
  const response = await fetch(url)
  t.is((await problemOf(response)).status, 503)
  t.true(Number(response.headers.get('retry-after')) > 0)
})

test('a refused credential says which kind is wanted', async (t) => {
  const { url } = await appServer(t, () => {
    throw new ServiceError('unauthorized', 'no')
  })
  const response = await fetch(url)
  t.is((await problemOf(response)).code, 'unauthorized')
  t.is(response.headers.get('www-authenticate'), 'Bearer')
})

test('a request id from outside is taken over only where it is harmless in a log', async (t) => {
  const { url, log } = await appServer(t, (ctx) => {
    ctx.body = 'ok'
  })
  for (const id of ['a b', 'x'.repeat(65), '{"a":1}', 'é', '']) {
    const { headers } = await rawRequest(url, '/', { headers: { 'X-Request-Id': Buffer.from(id).toString('latin1') } })
    t.regex(String(headers['x-request-id']), /^[0-9a-f-]{36}$/)
  }
  t.is(log.length, 5)
})

const router = new Router()
router.get('/things/:id', route('/things/:id', 'anyone'), (ctx) => {
  ctx.body = { id: ctx.params['id'] }
})

test('what is not there is a problem, also for HEAD', async (t) => {
  const { url } = await appServer(t, router)
  t.is((await problemOf(await fetch(`${url}/nothing`))).code, 'not-found')
  t.is((await fetch(`${url}/nothing`, { method: 'HEAD' })).status, 404)
  t.is((await fetch(`${url}/things/1`, { method: 'HEAD' })).status, 200)
})

for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'LINK']) {
  test(`${method} where only GET works is a problem that lists what works`, async (t) => {
    const { url } = await appServer(t, router)
    const { status, headers, body } = await rawRequest(url, '/things/1', { method })
    t.true(status === 405 || status === 501, String(status))
    t.regex(String(headers['content-type']), /^application\/problem\+json/)
    t.is((JSON.parse(body) as { code: string }).code, 'method-not-allowed')
    t.regex(String(headers['allow']), /GET/)
  })
}

for (const path of ['/things/%zz', '/things/%E0%A4%A', '/things/%00', '//', '/things/..%2f..']) {
  test(`the path ${path} is answered, not failed on`, async (t) => {
    const { url, log } = await appServer(t, router)
    const { status, headers } = await rawRequest(url, path)
    t.true(status === 200 || (status >= 400 && status < 500), String(status))
    if (status !== 200) t.regex(String(headers['content-type']), /^application\/problem\+json/)
    t.deepEqual(
      log.filter(({ level }) => level === 'error'),
      [],
    )
  })
}
