import test from 'ava'
import type { S3Call } from './s3.ts'
import { startS3Parts } from './s3-parts.ts'
import { StoreRefusal } from './store.ts'

test('an upload whose beginning is answered when nobody wants it any more is aborted', async (t) => {
  const asked: string[] = []
  const stopped = new AbortController()
  const call: S3Call = async ({ method, query }, signal) => {
    asked.push(`${method} ${query?.['uploadId'] ?? ''}`.trim())
    if (method === 'DELETE') throw new StoreRefusal('NoSuchUpload', 'there is none')
    stopped.abort(new Error('another file failed'))
    signal.throwIfAborted() // as a call does that is cut off
    return { status: 200, etag: undefined, text: '<UploadId>7</UploadId>' }
  }
  await t.throwsAsync(startS3Parts(call, 'a', undefined, stopped.signal), { message: 'another file failed' })
  t.deepEqual(asked, ['POST', 'DELETE 7', 'DELETE 7'])
})

test('nothing is begun that nobody wants', async (t) => {
  const asked: string[] = []
  const call: S3Call = async ({ method }) => {
    asked.push(method)
    return { status: 200, etag: undefined, text: '' }
  }
  await t.throwsAsync(startS3Parts(call, 'a', undefined, AbortSignal.abort(new Error('over'))), { message: 'over' })
  t.deepEqual(asked, [])
})
