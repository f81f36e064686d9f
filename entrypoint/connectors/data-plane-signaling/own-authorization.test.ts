import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { secretInFile } from '../../../config/secret-in-file.ts'
import { httpServer } from '../../../test/support/http-server.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { ownAuthorization } from './own-authorization.ts'

test('where no token is given for the secret, the one that the file has by then is tried', async (t) => {
  const path = join(await temporaryFolder(t), 'secret')
  await writeFile(path, 'before')
  let right = 'before'
  const came: (string | null)[] = []
  const tokenUrl = await httpServer(t, (request, response) => {
    void text(request).then((form) => {
      const secret = new URLSearchParams(form).get('client_secret')
      came.push(secret)
      return secret === right
        ? response.end(JSON.stringify({ access_token: `for-${secret}`, token_type: 'Bearer' }))
        : response.writeHead(401).end('{"error":"invalid_client"}')
    })
  })
  const own = { tokenUrl, clientId: 'us', clientSecret: 'before', clientSecretInFile: secretInFile(path, 'before') }
  const authorization = ownAuthorization({ tokens: { own } })
  t.is(await authorization?.header(), 'Bearer for-before')
  right = 'after'
  await writeFile(path, 'after')
  t.is(await authorization?.header(), 'Bearer for-after')
  t.is(await authorization?.header(), 'Bearer for-after')
  t.deepEqual(came, ['before', 'before', 'after', 'after'])
  right = 'another'
  await t.throwsAsync(async () => authorization?.header(), { message: /answered 401: invalid_client$/ })
})

test('without tokens there is none', (t) => {
  t.is(ownAuthorization({ tokens: {} }), undefined)
})
