import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { programTest } from '../support/program-test.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { httpAddress, stageOf } from './stage.ts'

programTest(['openssl'], 'a server whose certificate is not trusted gets nothing', async (t) => {
  const folder = await temporaryFolder(t)
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const subject = ['-subj', '/CN=sink', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  let requests = 0
  const server = createServer({ cert: await readFile(cert), key: await readFile(key) }, (_request, response) => {
    requests += 1
    response.end()
  })
  server.on('tlsClientError', () => undefined) // the other side turns away, as it should
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const stage = await stageOf(t, { a: 'x' })
  t.deepEqual(await stage.push(httpAddress(`https://127.0.0.1:${port}/`)), {
    outcome: 'refused',
    reason: `The result was not delivered: the certificate of 127.0.0.1:${port} is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT).`,
  })
  t.is(requests, 0)
})
