import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesPrefix, manifestKey } from '../../core/job/names.ts'
import type { SidecarTask } from '../../core/job/sidecar-task.ts'
import { type Ran, runChild } from '../frame/child.ts'
import { projectRoot } from '../frame/project-root.ts'
import type { Testbed } from '../frame/testbed.ts'
import type { Bucket } from '../frame/bucket.ts'
import type { Sample } from './sample-files.ts'

/** A program that takes a folder of files into a bucket. */
export interface Contender {
  readonly name: string
  /** Uploads, checks that everything arrived, and removes it again. */
  upload(sample: Sample): Promise<Ran>
}

/** What a contender works with. */
interface Ground {
  readonly testbed: Testbed
  readonly bucket: Bucket
  readonly folder: string
}

/** The data sidecar as its image has it: compiled JavaScript, one process per upload, which also hashes every file and writes a manifest. */
export function sidecar({ testbed, bucket, folder }: Ground): Contender {
  return {
    name: 'sidecar',
    async upload(sample) {
      const ref = { jobId: randomUUID(), attempt: 1 }
      const task: SidecarTask = {
        version: 1,
        ref,
        store: { kind: 's3', region: 'us-east-1', bucket: bucket.name, ...testbed.objectStore },
        inputs: [],
        allowedHosts: [],
        outputs: [{ name: sample.output, kind: sample.kind, required: true }],
        outputBytes: sample.bytes,
      }
      const taskFile = join(folder, 'task.json')
      await writeFile(taskFile, JSON.stringify(task), { mode: 0o600 })
      const main = join(projectRoot, 'dist/sidecar/main.js')
      const options = ['--task', taskFile, '--directory', sample.folder, '--report', join(folder, 'report.json')]
      const ran = await runChild(process.execPath, [main, 'upload', ...options])
      await arrived(bucket, filesPrefix(ref), sample)
      if ((await bucket.sum(manifestKey(ref))).objects !== 1) throw new Error('the sidecar left no manifest')
      await bucket.empty('jobs/')
      return ran
    },
  }
}

/** s5cmd with its defaults: parts of 50 MiB, five at once per file, 256 files at once. */
export function s5cmd({ testbed, bucket }: Ground, program: string): Contender {
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  return {
    name: 's5cmd',
    async upload(sample) {
      const ran = await runChild(
        program,
        ['--endpoint-url', endpoint, 'cp', `${sample.folder}/*`, `s3://${bucket.name}/s5cmd/`],
        { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_REGION: 'us-east-1' },
      )
      await arrived(bucket, 's5cmd/', sample)
      await bucket.empty('s5cmd/')
      return ran
    },
  }
}

/** minio-js, `fPutObject`. */
export function minioJs({ testbed, bucket }: Ground): Contender {
  const script = join(projectRoot, 'bench/uploads/minio-js.ts')
  const { endpoint, accessKey, secretKey } = testbed.objectStore
  return {
    name: 'minio-js',
    async upload(sample) {
      const ran = await runChild(process.execPath, [script, sample.folder, bucket.name, 'minio-js/'], {
        KUBECONFIG: testbed.kubeconfig,
        TESTBED_HOST: 'not used',
        S3_ENDPOINT: endpoint,
        S3_ACCESS_KEY: accessKey,
        S3_SECRET_KEY: secretKey,
      })
      await arrived(bucket, 'minio-js/', sample)
      await bucket.empty('minio-js/')
      return ran
    },
  }
}

async function arrived(bucket: Bucket, prefix: string, { files, bytes }: Sample): Promise<void> {
  const found = await bucket.sum(prefix)
  if (found.objects !== files || found.bytes !== bytes)
    throw new Error(`${found.objects} objects with ${found.bytes} bytes arrived, not ${files} with ${bytes}`)
}
