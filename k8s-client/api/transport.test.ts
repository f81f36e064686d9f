import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Credentials } from './credentials.ts'
import { Transport } from './transport.ts'

test('connections are kept over calls of every kind, deletes with their options included', async (t) => {
  let connections = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'))
  })
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kubeconfig = join(await temporaryFolder(t), 'kubeconfig')
  const named = {
    name: 'one',
    cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
    user: { token: 'x' },
  }
  const context = { name: 'one', context: { cluster: 'one', user: 'one' } }
  await writeFile(
    kubeconfig,
    JSON.stringify({ clusters: [named], users: [named], contexts: [context], 'current-context': 'one' }),
  )
  const transport = new Transport(new Credentials({ kubeconfig }))
  t.teardown(async () => {
    await transport.close()
    server.close()
  })
  for (let round = 0; round < 20; round += 1)
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const)
      await transport.send({ method, path: '/x', ...(method === 'GET' ? {} : { body: { kind: 'DeleteOptions' } }) })
  t.true(connections <= 3, `${connections} connections for 80 calls, one after the other`)
})
