import { testOnTestbed } from '../support/testbed.ts'
import { failsAsItShould, type FailureCase } from './failure-case.ts'
import { startInputServer } from './input-server.ts'
import type { AssetChanges } from './small-asset.ts'
import { startStage } from './stage.ts'
import { together } from './together.ts'

/** The inputs of an asset: one file from an address. */
function from(url: string, more: object = {}): Pick<AssetChanges, 'inputs'> {
  return { inputs: [{ name: 'data.bin', from: { url }, maximumBytes: '1Mi', ...more }] }
}

/** What an input can do to a job. The worker never starts. */
function inputCases(host: string): readonly FailureCase[] {
  const common = { cause: 'input-failed', hint: /address.*size and digest/, attempts: 1 } as const
  const wrong = '0'.repeat(64)
  return [
    {
      ...common,
      name: 'input-not-there',
      asset: from(`http://${host}/no-such-file`),
      message: /data\.bin.*\/no-such-file.*404/,
      lastLines: /input-failed: .*404/,
      logs: { fetch: /404/ },
    },
    {
      ...common,
      name: 'input-hangs',
      asset: { ...from(`http://${host}/hangs.bin`), limits: { startTimeout: '20s' } },
      message: /inputs were not fetched within limits\.startTimeout \(20s\)/,
      lastLines: /data\.bin.*\/hangs\.bin/,
      logs: { fetch: /data\.bin.*\/hangs\.bin/ },
      attempts: 2, // a server that says nothing now may answer later; one that refuses will do so again
    },
    {
      ...common,
      name: 'input-told-too-large',
      asset: from(`http://${host}/told-large.bin`),
      message: /data\.bin.*5000000.*1048576|data\.bin.*maximumBytes/,
      lastLines: /input-failed: .*data\.bin/,
      logs: { fetch: /data\.bin/ },
    },
    {
      ...common,
      name: 'input-silently-too-large',
      asset: from(`http://${host}/silently-large.bin`),
      message: /data\.bin.*(1048576|maximumBytes)/,
      lastLines: /input-failed: .*data\.bin/,
      logs: { fetch: /data\.bin/ },
    },
    {
      ...common,
      name: 'input-digest-wrong',
      asset: from(`http://${host}/text.txt`, { sha256: wrong }),
      message: new RegExp(`data\\.bin.*SHA-256 is [0-9a-f]{64}, and ${wrong} was declared`),
      lastLines: /input-failed: .*SHA-256/,
      logs: { fetch: /SHA-256/ },
    },
    {
      ...common,
      name: 'input-host-not-allowed',
      asset: from(`http://${host.replace(/:\d+$/, '')}:8081/text.txt`),
      message: /data\.bin.*not a public address.*DSC_INPUT_HOSTS/,
      lastLines: /input-failed: .*DSC_INPUT_HOSTS/,
      logs: { fetch: /DSC_INPUT_HOSTS/ },
    },
  ]
}

const directory: AssetChanges = { outputs: [{ name: 'out', kind: 'directory', required: true }] }
const inDirectory = (what: string): string => `echo computing; mkdir $OUTPUT_DIR/out; cd $OUTPUT_DIR/out; ${what}`
const invalid = { cause: 'invalid-output', hint: /regular files/, attempts: 1, logs: { worker: /computing/ } } as const

/** What a worker can do to its outputs. It ran to its end each time: computing again would not help. */
const outputCases: readonly FailureCase[] = [
  {
    name: 'output-missing',
    script: 'echo computing; echo 1 > $OUTPUT_DIR/oUt.txt',
    cause: 'missing-output',
    message: /required output.*out\.txt.*OUTPUT_DIR has .*oUt\.txt/,
    hint: /outputs.*OUTPUT_DIR/,
    lastLines: /missing-output: .*out\.txt/,
    logs: { worker: /computing/, upload: /missing-output/ },
    attempts: 1,
  },
  {
    name: 'output-too-large',
    script: 'echo computing; head -c 2000000 /dev/zero > $OUTPUT_DIR/out.txt',
    cause: 'output-too-large',
    message: /out\.txt.*2000000 bytes.*limits\.outputBytes.*1048576/,
    hint: /limits\.outputBytes/,
    lastLines: /output-too-large: /,
    logs: { worker: /computing/, upload: /2000000/ },
    attempts: 1,
  },
  {
    ...invalid,
    name: 'output-is-symlink',
    script: 'echo computing; ln -s /etc/passwd $OUTPUT_DIR/out.txt',
    message: /out\.txt.*symbolic link/,
    lastLines: /invalid-output: .*symbolic link/,
  },
  {
    ...invalid,
    name: 'output-below-symlink',
    script: inDirectory('echo 1 > good.txt; ln -s /etc etc'),
    asset: directory,
    message: /out\/etc.*symbolic link/,
    lastLines: /invalid-output: .*out\/etc/,
  },
  {
    ...invalid,
    name: 'output-is-fifo',
    script: inDirectory('echo 1 > good.txt; mkfifo pipe'),
    asset: directory,
    message: /out\/pipe.*named pipe/,
    lastLines: /invalid-output: .*named pipe/,
  },
  {
    ...invalid,
    name: 'output-name-not-allowed',
    script: inDirectory('echo 1 > good.txt; echo 2 > "a b;c.txt"'),
    asset: directory,
    message: /out\/a b;c\.txt.*letters, digits/,
    lastLines: /invalid-output: .*a b;c\.txt/,
  },
  {
    ...invalid,
    name: 'output-names-collide',
    script: inDirectory('echo 1 > plot.svg; echo 2 > Plot.svg'),
    asset: directory,
    message: /out\/[pP]lot\.svg.*upper and lower case/,
    lastLines: /invalid-output: .*lot\.svg/,
  },
]

testOnTestbed('inputs that cannot be had and outputs that cannot be taken, on the cluster', async (t, testbed) => {
  const inputs = await startInputServer(testbed.host)
  const stage = await startStage(testbed, { environment: { DSC_INPUT_HOSTS: inputs.host } })
  try {
    const cases = [...inputCases(inputs.host), ...outputCases]
    await together(
      t,
      stage,
      Object.fromEntries(cases.map((one) => [one.name, () => failsAsItShould(t, stage, one)])),
      6,
    )
    t.is(inputs.asked('/no-such-file'), 1, 'an answer that will not change is asked for once')
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
  } finally {
    await stage.close()
    await inputs.close()
  }
})
