import { testOnTestbed } from '../support/testbed.ts'
import { failsAsItShould, type FailureCase } from './failure-case.ts'
import { startStage } from './stage.ts'
import { together } from './together.ts'

/** Nothing listens there. */
const nowhere = 1

const cases: readonly FailureCase[] = [
  {
    // Several files at once fill the sidecar's buffers, which is more than the memory that this test leaves it.
    name: 'sidecar-out-of-memory',
    script:
      'echo computing; mkdir $OUTPUT_DIR/out; for n in 1 2 3 4 5 6; do head -c 8000000 /dev/zero > $OUTPUT_DIR/out/$n; done',
    asset: { outputs: [{ name: 'out', kind: 'directory', required: true }], limits: { outputBytes: '100Mi' } },
    cause: 'out-of-memory',
    message: /sidecar \(upload\).*memory.*DSC_SIDECAR_MEMORY/,
    hint: /DSC_SIDECAR_MEMORY/,
    lastLines: 'perhaps',
    logs: { worker: /computing/ },
    attempts: 1,
  },
  {
    name: 'upload-never-done',
    script: 'echo computing; echo done > $OUTPUT_DIR/out.txt',
    cause: 'upload-failed',
    message: /upload within 15s/,
    hint: /object store.*reachable/,
    lastLines: /object store.*ECONNREFUSED/,
    logs: { worker: /computing/, upload: /ECONNREFUSED/ },
    attempts: 2,
  },
]

testOnTestbed('a sidecar without memory, and one that cannot reach the object store', async (t, testbed) => {
  const stage = await startStage(testbed, {
    environment: {
      DSC_SIDECAR_MEMORY: '36Mi',
      DSC_SIDECAR_CPU: '500m', // enough to come so far within the time that is left for the upload
      DSC_UPLOAD_TIMEOUT: '15s',
      S3_POD_ENDPOINT: `http://${testbed.host}:${nowhere}`,
    },
  })
  try {
    await together(
      t,
      stage,
      Object.fromEntries(cases.map((one) => [one.name, () => failsAsItShould(t, stage, one)])),
      2,
    )
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    await stage.close()
  }
})
