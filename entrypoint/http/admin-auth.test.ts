import test, { type ExecutionContext } from 'ava'
import { appServer } from '../../test/support/app-server.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { rawRequest } from '../../test/support/raw-request.ts'
import { adminAuth } from './admin-auth.ts'

const noKeys = { apiKey: async () => undefined, noteKeyUse: async () => undefined }

async function guarded(
  t: ExecutionContext,
  token: string | undefined,
): Promise<(headers: Record<string, string>) => Promise<number>> {
  const guard = adminAuth({ token, keys: noKeys, clock: { now: Date.now }, logger: recordingLogger() })
  const { url } = await appServer(t, (ctx, next) =>
    guard(ctx, async () => {
      ctx.body = 'inside'
      await next()
    }),
  )
  return async (headers) => {
    const { status, body } = await rawRequest(url, '/', { headers })
    if (status !== 200) t.is((JSON.parse(body) as { code: string }).code, 'unauthorized')
    return status
  }
}

test('with a token, only the token opens', async (t) => {
  const ask = await guarded(t, 'the-admin-token')
  t.is(await ask({ Authorization: 'Bearer the-admin-token' }), 200)
  t.is(await ask({ Authorization: 'Bearer the-admin-token', Host: 'compute.example' }), 200)
  t.is(await ask({}), 401)
  t.is(await ask({ Authorization: 'Bearer the-admin-toke' }), 401)
  t.is(await ask({ Authorization: 'Bearer the-admin-token2' }), 401)
  t.is(await ask({ Authorization: 'Basic the-admin-token' }), 401)
  t.is(await ask({ Authorization: 'the-admin-token' }), 401)
  t.is(await ask({ 'X-Api-Key': 'the-admin-token' }), 401)
})

test('without a token, only a request to this machine by its own name is answered', async (t) => {
  const ask = await guarded(t, undefined)
  for (const host of ['127.0.0.1', '127.0.0.1:3001', 'localhost', 'localhost:3001', '[::1]', '[::1]:3001'])
    t.is(await ask({ Host: host }), 200, host)
  for (const host of [
    'evil.example',
    'evil.example:3001',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    '0.0.0.0',
    '[::2]',
    'localhost@evil.example',
    'evil.example/localhost',
  ])
    t.is(await ask({ Host: host }), 401, host)
  t.is(await ask({ Host: 'evil.example', 'X-Forwarded-Host': 'localhost' }), 401)
  t.is(await ask({ Host: 'evil.example', Forwarded: 'host=localhost' }), 401)
})

test('without a token, a web page of another site is not answered', async (t) => {
  const ask = await guarded(t, undefined)
  for (const site of ['same-origin', 'none']) t.is(await ask({ Host: 'localhost', 'Sec-Fetch-Site': site }), 200, site)
  for (const site of ['cross-site', 'same-site', 'anything'])
    t.is(await ask({ Host: 'localhost', 'Sec-Fetch-Site': site }), 401, site)
  t.is(await ask({ Host: 'localhost', Origin: 'https://evil.example' }), 401, 'a browser without Fetch Metadata')
})
