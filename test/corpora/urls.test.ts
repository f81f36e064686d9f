import test, { type ExecutionContext } from 'ava'
import { serve } from '../../sidecar/_server.test.ts'
import { never } from '../../sidecar/_task.test.ts'
import { admit } from '../../sidecar/fetch/admit.ts'
import { InputRefusal } from '../../sidecar/fetch/input-refusal.ts'
import { openUrl } from '../../sidecar/fetch/open-url.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { type Answers, type NameServer, startNameServer } from './name-server.ts'
import { names, urlCases, type UrlVerdict } from './urls.ts'

const reasons: Readonly<Record<Exclude<UrlVerdict, 'admitted'>, RegExp>> = {
  unreadable: /^the address cannot be read$/,
  scheme: /^the address begins with /,
  credentials: /^the address holds a user name or password$/,
  port: /^port \d+ belongs to another protocol$/,
  inside: / is at \S+, which is not a public address$/,
  'unknown-host': /^there is no host /,
}
const times = { connectMs: 1000, stallMs: 1000, paceMs: 1000 }

const byTable: Answers = (name) => {
  if (name === 'empty.example') return []
  return names[name] ?? 'unknown'
}

async function nameServer(t: ExecutionContext, answers: Answers = byTable): Promise<NameServer> {
  const server = await startNameServer(answers)
  t.teardown(() => server.close())
  return server
}

async function verdictOn(url: string, allowed: readonly string[], { resolver }: NameServer): Promise<string> {
  try {
    const { addresses } = await admit(url, allowed, times.connectMs, never, resolver)
    return addresses.length > 0 ? 'admitted' : 'admitted, without an address'
  } catch (error) {
    if (!(error instanceof InputRefusal)) return String(error)
    const found = Object.entries(reasons).find(([, reason]) => reason.test(error.message))
    return found?.[0] ?? error.message
  }
}

test(`${urlCases.length} addresses get the verdict that each must get`, async (t) => {
  const server = await nameServer(t)
  const wrong: string[] = []
  for (const { url, verdict, allowed = [] } of urlCases) {
    const found = await verdictOn(url, allowed, server)
    if (found !== verdict) wrong.push(`${JSON.stringify(url)} ${allowed.join(',')}: ${found}, expected ${verdict}`)
  }
  t.deepEqual(wrong, [])
  t.true(urlCases.length >= 300)
  t.is(new Set(urlCases.map((one) => JSON.stringify(one))).size, urlCases.length, 'each stands once')
})

test('a name is resolved once; what it stands for afterwards gains nothing', async (t) => {
  const host = await serve(t, (request, response) => response.end(`host ${request.headers.host}`))
  const port = host.split(':')[1]
  // Nobody listens at the second address; whoever asked twice would end there.
  const server = await nameServer(t, (_, asked) => [asked === 1 ? '127.0.0.1' : '127.0.0.99'])
  const name = `rebinding.example:${port}`
  const { body } = await openUrl(`http://${name}/`, [name], times, never, server.resolver)
  t.is(Buffer.concat(await Array.fromAsync(body)).toString(), `host ${name}`, 'the Host header is that of the address')
  t.is(server.asked.get('rebinding.example'), 1)
})

test('a name that turns private between two requests is refused at the second', async (t) => {
  const host = await serve(t, (_, response) => response.writeHead(302, { location: 'http://turning.example/' }).end())
  const server = await nameServer(t, (name, asked) =>
    name === 'turning.example' && asked === 1 ? ['93.184.215.14'] : ['10.0.0.1'],
  )
  t.is(await verdictOn('http://turning.example/', [], server), 'admitted')
  await t.throwsAsync(openUrl(`http://${host}/`, [host], times, never, server.resolver), {
    instanceOf: InputRefusal,
    message: /turning.example is at 10.0.0.1, which is not a public address/,
  })
})

for (const answer of ['failure', 'silence'] as const) {
  test(`a name server that answers with ${answer} is a trouble that may pass`, async (t) => {
    const server = await nameServer(t, () => answer)
    await t.throwsAsync(admit('http://public.example/', [], 700, never, server.resolver), {
      instanceOf: TransientError,
    })
  })
}

/** Where a server that may be asked sends us on, and what becomes of that. `TRAP` is a server that must never be asked. */
const redirects: readonly (readonly [string, UrlVerdict])[] = [
  ['http://TRAP/', 'inside'],
  ['//TRAP/', 'inside'],
  ['http:\\\\TRAP\\', 'inside'],
  ['\\\\TRAP\\path', 'inside'],
  ['http://2130706433:PORT/', 'inside'],
  ['http://0x7f.1:PORT/', 'inside'],
  ['http://127。0。0。1:PORT/', 'inside'],
  ['http://[::ffff:127.0.0.1]:PORT/', 'inside'],
  ['http://[::1]:PORT/', 'inside'],
  ['http://loopback.example:PORT/', 'inside'],
  ['http://mixed.example:PORT/', 'inside'],
  ['http://169.254.169.254/latest/meta-data/', 'inside'],
  ['http://10.0.0.1/', 'inside'],
  ['http://[fd00:ec2::254]/', 'inside'],
  ['http://user@TRAP/', 'credentials'],
  ['http://user:password@public.example/', 'credentials'],
  ['http://127.0.0.1:6379/', 'port'],
  ['http://public.example:25/', 'port'],
  ['file:///etc/passwd', 'scheme'],
  ['gopher://TRAP/_GET', 'scheme'],
  ['ftp://TRAP/', 'scheme'],
  ['data:text/plain,x', 'scheme'],
  ['javascript:1', 'scheme'],
  ['http://nowhere.example/', 'unknown-host'],
]
for (const [target, verdict] of redirects) {
  test(`a redirect to ${target} is held to the rules (${verdict})`, async (t) => {
    let trapped = 0
    const trap = await serve(t, (_, response) => {
      trapped += 1
      response.end('secret')
    })
    const location = target.replace('TRAP', trap).replace('PORT', trap.split(':')[1] ?? '')
    let headers: unknown
    const host = await serve(t, (request, response) => {
      headers = request.headers
      response.writeHead(302, { location: Buffer.from(location).toString('latin1'), 'set-cookie': 'a=b' }).end()
    })
    const server = await nameServer(t)
    const error = await t.throwsAsync(openUrl(`http://${host}/`, [host], times, never, server.resolver), {
      instanceOf: InputRefusal,
    })
    if (verdict !== 'admitted' && !target.includes('。')) t.regex(error?.message ?? '', reasons[verdict])
    t.is(trapped, 0)
    t.like(headers, { cookie: undefined, authorization: undefined, 'proxy-authorization': undefined })
  })
}

test('a redirect within what may be asked is followed, without cookies and credentials', async (t) => {
  const seen: unknown[] = []
  const host = await serve(t, (request, response) => {
    seen.push([request.url, request.headers.cookie, request.headers.referer, request.headers.authorization])
    if (request.url === '/') response.writeHead(307, { location: 'next?a=b#c', 'set-cookie': 'a=b' }).end()
    else response.end('found')
  })
  const { body } = await openUrl(`http://${host}/`, [host], times, never)
  t.is(Buffer.concat(await Array.fromAsync(body)).toString(), 'found')
  t.deepEqual(seen, [
    ['/', undefined, undefined, undefined],
    ['/next?a=b', undefined, undefined, undefined],
  ])
})

test('what a worker’s environment says of proxies is not heeded', async (t) => {
  let proxied = 0
  const proxy = await serve(t, (_, response) => {
    proxied += 1
    response.end()
  })
  const host = await serve(t, (_, response) => response.end('direct'))
  const before = { ...process.env }
  Object.assign(process.env, { http_proxy: `http://${proxy}`, HTTP_PROXY: `http://${proxy}`, NODE_USE_ENV_PROXY: '1' })
  t.teardown(() => (process.env = before))
  const { body } = await openUrl(`http://${host}/`, [host], times, never)
  t.is(Buffer.concat(await Array.fromAsync(body)).toString(), 'direct')
  t.is(proxied, 0)
})

test('an answer that never gets anywhere is given up: its head, or its body, byte by byte', async (t) => {
  const drip = { connectMs: 5000, stallMs: 5000, paceMs: 600 }
  const dripping = (send: (byte: string) => boolean): void => {
    const timer = setInterval(() => send('x'), 50)
    t.teardown(() => clearInterval(timer))
  }
  const head = await serve(t, (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\nX-Long: ')
    dripping((byte) => request.socket.write(byte))
  })
  await t.throwsAsync(openUrl(`http://${head}/`, [head], drip, never), {
    instanceOf: TransientError,
    message: /^no answer within/,
  })
  const slow = await serve(t, (_, response) => dripping((byte) => response.write(byte)))
  const { body, close } = await openUrl(`http://${slow}/`, [slow], drip, never)
  await t.throwsAsync(Array.fromAsync(body), { instanceOf: TransientError, message: /^only \d+ bytes arrived within/ })
  close()
})
