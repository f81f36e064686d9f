import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import test from 'ava'
import { patientFetch } from './patient-fetch.ts'

test('an answer comes as that of fetch, whatever its status', async (t) => {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.once('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${text}`)
      const status = Number(request.url?.slice(1))
      answer.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' })
      answer.end(status === 204 ? undefined : '{"ü":1}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const headers = { 'content-type': 'application/json' }
  for (const status of [200, 204, 302, 409, 500]) {
    const answer = await patientFetch(`${url}/${status}`, { method: 'POST', headers, body: '{"ä":2}' })
    t.is(answer.status, status)
    t.is(answer.ok, status < 300)
    t.is(answer.headers.get('content-type'), 'application/json')
    t.is(await answer.text(), status === 204 ? '' : '{"ü":1}')
  }
  t.deepEqual(
    asked,
    [200, 204, 302, 409, 500].map((status) => `POST /${status} application/json {"ä":2}`),
  )
})

test('what is no answer of HTTP is an error, and ends nothing', async (t) => {
  for (const head of [
    'HTTP/1.1 700 What\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 101 No\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ]) {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(head))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await t.throwsAsync(patientFetch(`HTTP://127.0.0.1:${port}/`, { method: 'GET', headers: {} }))
    server.close()
  }
})

test('where nobody listens it is an error that says so', async (t) => {
  await t.throwsAsync(patientFetch('http://127.0.0.1:1/', { method: 'GET', headers: {} }), { code: 'ECONNREFUSED' })
})
