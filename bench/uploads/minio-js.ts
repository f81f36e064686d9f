// Uploads the files of a folder as a program would that uses minio-js by its documentation: fPutObject, several files at once.
// usage: minio-js.ts FOLDER BUCKET PREFIX; the object store is that of the testbed in the environment
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { readTestbed } from '../frame/testbed.ts'
import { storeClient } from '../frame/bucket.ts'

/** As many as the sidecar sends small files at once. */
const atOnce = 24

const [folder = '', bucket = '', prefix = ''] = process.argv.slice(2)
const testbed = readTestbed(process.env)
if (testbed === undefined) throw new Error('there is no testbed in the environment')
const client = storeClient(testbed.objectStore)
const entries = await readdir(folder, { recursive: true, withFileTypes: true })
const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
const queue = files.values()
const lane = async () => {
  for (const file of queue) await client.fPutObject(bucket, prefix + relative(folder, file), file)
}
await Promise.all(Array.from({ length: atOnce }, lane))
