import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type SecretInFile, secretInFile } from '../../config/secret-in-file.ts'
import { httpServer } from '../../test/support/http-server.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { keyedClient, keyedFetch, type ManagementKey } from './keyed-client.ts'

interface Place {
  readonly url: string
  /** The keys that came, in their order. */
  readonly came: readonly (string | undefined)[]
  /** The key in the file. */
  readonly key: ManagementKey & { readonly apiKeyInFile: SecretInFile }
  /** Changes the file. */
  write(key: string): Promise<void>
}

/** A server that takes one key only; the file has `before` at first. */
async function place(t: ExecutionContext, right: string, refusal = 401): Promise<Place> {
  const path = join(await temporaryFolder(t), 'key')
  const write = (key: string): Promise<void> => writeFile(path, `${key}\n`)
  await write('before')
  const came: (string | undefined)[] = []
  const url = await httpServer(t, (request, response) => {
    const key = request.headers['x-api-key']?.toString()
    came.push(key)
    response.writeHead(key === right ? 200 : refusal).end('{}')
  })
  return { url, came, key: { apiKey: 'before', apiKeyInFile: secretInFile(path, 'before') }, write }
}

for (const refusal of [401, 403])
  test(`a call that is refused with ${refusal} is sent again with the key that the file has by then`, async (t) => {
    const { url, came, key, write } = await place(t, 'after', refusal)
    await write('after')
    const client = keyedClient(url, key)
    t.is((await client.post('/callback', {})).status, 200)
    t.is((await client.get('/')).status, 200)
    t.deepEqual(came, ['before', 'after', 'after'], 'what is known to be refused is not sent again')
  })

test('without another key in the file a refusal is the answer, and the file is not read for each', async (t) => {
  const { url, came, key, write } = await place(t, 'after')
  const client = keyedClient(url, key)
  t.is((await client.get('/')).status, 401)
  await write('after')
  t.is((await client.get('/')).status, 401, 'it was read a moment ago')
  t.deepEqual(came, ['before', 'before'])
  t.is((await keyedClient(url, { apiKey: 'wrong' }).get('/')).status, 401, 'a key that is in no file stays as it is')
})

test('a key that is not right either is tried once for a call', async (t) => {
  const { url, came, key, write } = await place(t, 'after')
  await write('wrong')
  t.is((await keyedClient(url, key).get('/')).status, 401)
  t.deepEqual(came, ['before', 'wrong'])
})

test('calls that are refused at the same moment share what is read', async (t) => {
  const { url, key, write } = await place(t, 'after')
  await write('after')
  const client = keyedClient(url, key)
  const other = keyedClient(url, key)
  const answers = await Promise.all([client, client, other, other].map((one) => one.get('/')))
  t.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
})

test('what goes by fetch has the key, and another after a refusal', async (t) => {
  const { url, came, key, write } = await place(t, 'after')
  await write('after')
  const ask = keyedFetch(key)
  const init = {
    method: 'PUT',
    headers: {},
    body: '{}',
    redirect: 'manual',
    signal: AbortSignal.timeout(5_000),
  } as const
  t.is((await ask(url, init)).status, 200)
  t.is((await ask(url, init)).status, 200)
  t.deepEqual(came, ['before', 'after', 'after'])
})
