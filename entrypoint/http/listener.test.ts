import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import Koa from 'koa'
import test from 'ava'
import { listen } from './listener.ts'

const binding = { host: '127.0.0.1', port: 0, setting: 'DSC_TEST_PORT', requestTimeout: 60_000 }

function app(answer: (ctx: Koa.Context) => Promise<void> | void): Koa {
  const made = new Koa()
  made.use(answer)
  return made
}

test('it takes a free port and says which', async (t) => {
  const listener = await listen(
    app((ctx) => {
      ctx.body = 'here'
    }),
    binding,
  )
  t.regex(listener.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  t.is(await (await fetch(listener.url)).text(), 'here')
  await listener.close(0)
})

test('an address that is taken is an error that names the setting', async (t) => {
  const listener = await listen(
    app(() => undefined),
    binding,
  )
  const port = Number(new URL(listener.url).port)
  await t.throwsAsync(
    listen(
      app(() => undefined),
      { ...binding, port },
    ),
    { message: new RegExp(`127\\.0\\.0\\.1:${port} \\(DSC_TEST_PORT\\): .*EADDRINUSE`) },
  )
  await listener.close(0)
})

test('closing lets a request under way finish, takes no new one, and waits for no idle connection', async (t) => {
  let arrived: () => void = () => undefined
  let answer: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const permission = new Promise<void>((resolve) => (answer = resolve))
  const listener = await listen(
    app(async (ctx) => {
      arrived()
      await permission
      ctx.body = 'finished'
    }),
    binding,
  )
  const agent = new Agent({ keepAlive: true }) // its connection stays open after the answer
  const { port } = new URL(listener.url)
  const answered = new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, (response) => {
      response.setEncoding('utf8')
      response.once('data', resolve)
    }).once('error', reject)
  })
  await arrival
  const begin = performance.now()
  const closed = listener.close(20_000)
  const late = connect(Number(port), '127.0.0.1')
  await t.throwsAsync(once(late, 'connect'), { message: /ECONNREFUSED/ })
  answer()
  t.is(await answered, 'finished')
  await closed
  t.true(performance.now() - begin < 15_000, 'the kept-alive connection was not waited for')
  agent.destroy()
})

test('what does not finish in time is cut', async (t) => {
  let arrived: () => void = () => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const listener = await listen(
    app(() => {
      arrived()
      return new Promise<void>(() => undefined)
    }),
    binding,
  )
  const asked = fetch(listener.url)
  await arrival
  const cut = t.throwsAsync(asked)
  await listener.close(50)
  await cut
})
