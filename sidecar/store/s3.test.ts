import { createHash } from 'node:crypto'
import { testOnEachStore } from '../../test/support/each-store.ts'
import { newBucket } from '../_minio.test.ts'
import { never } from '../_task.test.ts'
import { readAnswer, tag } from './s3-answer.ts'
import { connectS3 } from './s3-request.ts'
import { s3Store } from './s3.ts'
import { StoreRefusal } from './store.ts'

const once = { patienceMs: 0, longestPauseMs: 0, tries: 1 }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

testOnEachStore('a body that is not the one that was signed is refused', async (t, server) => {
  const { client, bucket, access } = await newBucket(t, server)
  const store = s3Store(access, once, () => undefined)
  t.teardown(() => store.close())
  const body = Buffer.from('right')
  const error = await t.throwsAsync(store.put({ key: 'a', body, sha256: sha256('wrong') }, never))
  t.true(error instanceof StoreRefusal && error.code === 'XAmzContentSHA256Mismatch', String(error))
  await t.throwsAsync(client.statObject(bucket, 'a'))
  await t.notThrowsAsync(store.put({ key: 'a', body, sha256: sha256('right') }, never))
})

testOnEachStore('a part whose checksum does not fit is refused', async (t, server) => {
  const { bucket, access } = await newBucket(t, server)
  const connection = connectS3(access.endpoint, access)
  t.teardown(() => connection.close())
  const payloadHash = 'UNSIGNED-PAYLOAD'
  const headers = { 'x-amz-checksum-algorithm': 'CRC32' }
  const begin = { method: 'POST', bucket, key: 'a', query: { uploads: '' }, headers, payloadHash } as const
  const uploadId = tag((await readAnswer(await connection.send(begin, never))).text, 'UploadId') ?? ''
  const part = async (checksum: string) =>
    await readAnswer(
      await connection.send(
        {
          method: 'PUT',
          bucket,
          key: 'a',
          query: { partNumber: '1', uploadId },
          headers: { 'x-amz-checksum-crc32': checksum },
          body: Buffer.from('123456789'),
          payloadHash,
        },
        never,
      ),
    )
  // 0xCBF43926 is the well-known CRC-32 of "123456789".
  t.is((await part('y/Q5Jg==')).status, 200)
  const error = await t.throwsAsync(part('y/Q5JQ=='))
  t.true(error instanceof StoreRefusal, String(error))
  await readAnswer(
    await connection.send({ method: 'DELETE', bucket, key: 'a', query: { uploadId }, payloadHash }, never),
  )
})

testOnEachStore(
  'keys of any letters are read from any bucket; what is not there is refused by name',
  async (t, server) => {
    const { client, bucket, access } = await newBucket(t, server)
    const store = s3Store({ ...access, bucket: 'another-one' }, once, () => undefined)
    t.teardown(() => store.close())
    for (const key of ['plain', 'with blank/ü+=&?#%2F(1)*!.txt', "it's/~tilde"]) {
      await client.putObject(bucket, key, `contents of ${key}`)
      const { size, body } = await store.read({ bucket, key }, never)
      let text = ''
      for await (const chunk of body) text += Buffer.from(chunk).toString()
      t.is(text, `contents of ${key}`)
      t.is(size, Buffer.byteLength(text))
    }
    const error = await t.throwsAsync(store.read({ bucket, key: 'none' }, never))
    t.true(error instanceof StoreRefusal && error.code === 'NoSuchKey')
  },
)
