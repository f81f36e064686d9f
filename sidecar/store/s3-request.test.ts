import test from 'ava'
import { serve } from '../_server.test.ts'
import { never } from '../_task.test.ts'
import { TransientError } from '../retry.ts'
import { readAnswer, tag } from './s3-answer.ts'
import { connectS3 } from './s3-request.ts'

const credentials = { accessKey: 'a', secretKey: 's', region: 'r' }
const get = { method: 'GET', bucket: 'b', key: 'k', payloadHash: 'UNSIGNED-PAYLOAD', idleMs: 200 } as const

test('silence before and within an answer may be tried again', async (t) => {
  const host = await serve(t, (request, response) => {
    if (request.url === '/b/within') response.writeHead(200).write('half')
  })
  const connection = connectS3(`http://${host}`, credentials)
  t.teardown(() => connection.close())
  const before = await t.throwsAsync(connection.send(get, never))
  t.true(before instanceof TransientError)
  t.regex(before?.message ?? '', /fell silent/)
  const answer = await connection.send({ ...get, key: 'within' }, never)
  const within = await t.throwsAsync(readAnswer(answer))
  t.true(within instanceof TransientError)
  t.regex(within?.message ?? '', /fell silent/)
})

test('an address with a path in front keeps it', async (t) => {
  let asked: string | undefined
  const host = await serve(t, (request, response) => {
    asked = request.url
    response.end()
  })
  const connection = connectS3(`http://${host}/s3/`, credentials)
  t.teardown(() => connection.close())
  await readAnswer(await connection.send({ ...get, query: { x: 'a/b' } }, never))
  t.is(asked, '/s3/b/k?x=a%2Fb')
})

test('an answer without end is none of S3', async (t) => {
  const host = await serve(t, (_, response) => {
    response.on('drain', () => response.write(Buffer.alloc(65_536)))
    response.write(Buffer.alloc(65_536))
  })
  const connection = connectS3(`http://${host}`, credentials)
  t.teardown(() => connection.close())
  await t.throwsAsync(readAnswer(await connection.send(get, never)), { message: /far too long/ })
})

test('tags are found with attributes and entities, and not where there are none', (t) => {
  t.is(tag('<a xmlns="x"><Code>A&amp;B &lt;c&gt; &#34;d&#39;</Code></a>', 'Code'), 'A&B <c> "d\'')
  t.is(tag('<Codes>x</Codes>', 'Code'), undefined)
})
