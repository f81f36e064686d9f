import test, { type ExecutionContext } from 'ava'
import { required, secondStoreMissing, testOnTestbed, type SecondObjectStore, type Testbed } from './testbed.ts'

/** An S3 server of the testbed. */
export interface StoreServer {
  readonly name: 'MinIO' | 'versitygw'
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  /** Only where the server has no STS: the user whose keys a sidecar gets instead. */
  readonly uploadUser?: SecondObjectStore['uploadUser']
}

/** A test on each S3 server of the testbed. Without the testbed, or its second server, it is skipped, or fails where TESTBED=required. */
export function testOnEachStore(
  title: string,
  body: (t: ExecutionContext, server: StoreServer, testbed: Testbed) => Promise<void>,
): void {
  testOnTestbed(`${title} (MinIO)`, (t, testbed) => body(t, { name: 'MinIO', ...testbed.objectStore }, testbed))
  testOnSecondStore(`${title} (versitygw)`, body)
}

/** A test on the second S3 server alone. */
export function testOnSecondStore(
  title: string,
  body: (t: ExecutionContext, server: StoreServer, testbed: Testbed) => Promise<void>,
): void {
  if (secondStoreMissing && !required) {
    test.serial.skip(`${title} (needs a second object store: npm run testbed:up)`, () => undefined)
    return
  }
  testOnTestbed(title, async (t, testbed) => {
    const server = testbed.secondObjectStore
    if (server === undefined) t.fail('TESTBED=required, but the environment names no second object store (S3_SECOND_…)')
    else await body(t, { name: 'versitygw', ...server }, testbed)
  })
}
