import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import test from 'ava'
import { loadConnectors } from '../../../config/connectors.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { httpServer } from '../../../test/support/http-server.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { registrationOf } from './register.ts'

test('a registration goes with the key and the client secret that the files have by then', async (t) => {
  const folder = await temporaryFolder(t)
  let right = 'key-before'
  const came: unknown[] = []
  const url = await httpServer(t, (request, response) => {
    void json(request).then((body) => {
      const key = request.headers['x-api-key']
      came.push([key, body])
      return response.writeHead(key === right ? 200 : 401).end()
    })
  })
  await writeFile(join(folder, 'key'), 'key-before')
  await writeFile(join(folder, 'theirs'), 'secret-before')
  await writeFile(
    join(folder, 'connectors.yaml'),
    `connectors:
  - id: plane
    dialect: data-plane-signaling
    signalingUrl: ${url}/signaling
    managementUrl: ${url}/management
    apiKeyFile: key
    registeredTokens: { tokenEndpoint: "http://idp/t", clientId: them, clientSecretFile: theirs }`,
  )
  const [settings] = loadConnectors(join(folder, 'connectors.yaml'))
  if (settings?.dialect !== 'data-plane-signaling') return t.fail()
  const registration = registrationOf(settings, 'http://us')
  t.deepEqual(await registration?.register(), { outcome: 'taken' })
  right = 'key-after'
  await writeFile(join(folder, 'key'), 'key-after')
  await writeFile(join(folder, 'theirs'), 'secret-after')
  const body = (clientSecret: string) => ({
    authorization: { type: 'oauth2_client_credentials', tokenEndpoint: 'http://idp/t', clientId: 'them', clientSecret },
  })
  await eventually('the new secret', async () => {
    t.deepEqual(await registration?.register(), { outcome: 'taken' })
    return JSON.stringify(came.at(-1)).includes('secret-after') ? { done: true } : { pending: 'it is the old one' }
  })
  t.like(came.at(0), ['key-before', body('secret-before')])
  t.like(came.at(-1), ['key-after', body('secret-after')])
})
