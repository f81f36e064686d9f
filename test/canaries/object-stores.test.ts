import { randomBytes } from 'node:crypto'
import test from 'ava'
import { Client } from 'minio'
import { removeBucket } from '../e2e/real-parts.ts'
import { viewStore } from '../failures/store-view.ts'
import { tokenKey } from '../support/entrypoint.ts'
import { secretsAmong } from '../support/leaks.ts'
import { type Testbed, testOnTestbed } from '../support/testbed.ts'

// The searches that every test on the testbed ends with find what they are made for.

const padding = 'x'.repeat(500_000)

function clientOf({ endpoint, accessKey, secretKey }: Testbed['objectStore']): Client {
  const { hostname, port } = new URL(endpoint)
  return new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
}

testOnTestbed(
  'a bucket is looked through before a test removes it: names and what objects hold',
  async (t, testbed) => {
    const client = clientOf(testbed.objectStore)
    const removals = [
      (bucket: string) => removeBucket(testbed, bucket),
      (bucket: string) => viewStore(testbed.objectStore, bucket).remove(),
    ]
    const left: readonly (readonly [name: string, body: string, told: RegExp])[] = [
      ['jobs/a/attempts/1/logs/worker', `${padding}${tokenKey}`, /logs\/worker shows DSC_TOKEN_KEY/],
      ['audit/anchors/1', 'canary-x', /anchors\/1 shows a canary/],
      ['jobs/canary-y/manifest.json', '', /the name of an object of [\w-]+ shows a canary/],
      ['jobs/a/files/b', testbed.objectStore.secretKey, /shows the secret key of the object store/],
    ]
    for (const remove of removals)
      for (const [name, body, told] of left) {
        const bucket = `searched-${randomBytes(4).toString('hex')}`
        await client.makeBucket(bucket)
        await client.putObject(bucket, name, body)
        await client.putObject(bucket, 'harmless', 'nothing')
        await t.throwsAsync(remove(bucket), { message: told })
        t.false(await client.bucketExists(bucket), 'it is gone all the same')
      }
  },
)

test('the password in the address of a database is a known secret', (t) => {
  t.deepEqual(
    secretsAmong({
      DSC_DATABASE_URL: 'postgres://compute:a%2Dlong%2Dpassword@127.0.0.1/x',
      DSC_PUBLIC_URL: 'https://compute.example',
      DSC_ADMIN_TOKEN: 'a-token-of-the-admin',
    }),
    [
      { name: 'the password of DSC_DATABASE_URL', value: 'a-long-password' },
      { name: 'DSC_ADMIN_TOKEN', value: 'a-token-of-the-admin' },
    ],
  )
})
