import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import type { AssetChanges } from '../failures/small-asset.ts'
import { type Stage, startStage } from '../failures/stage.ts'
import { serverOf, writeKubeconfig } from '../kubernetes/kubeconfig.ts'
import { startTcpProxy } from '../kubernetes/tcp-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { runDsc } from './run-dsc.ts'

// What `dsc job` tells of jobs on a real cluster while they are under way.

const whySchema = z.looseObject({
  headline: z.string(),
  details: z.array(z.string()),
  hint: z.string().nullable(),
  next: z.array(z.string()),
  observed: z
    .looseObject({ waiting: z.looseObject({ trouble: z.looseObject({ cause: z.string() }).optional() }).optional() })
    .nullable(),
})

/** What keeps a container from starting, each made for real. */
const troubles: readonly {
  readonly name: string
  readonly cause: string
  readonly asset: AssetChanges
  readonly details: RegExp
  readonly hint: RegExp
}[] = [
  {
    name: 'image-pull',
    cause: 'image-pull',
    asset: { worker: { image: 'localhost/no-such-image:1' } },
    details: /localhost\/no-such-image:1/,
    hint: /registry/,
  },
  {
    name: 'unschedulable',
    cause: 'unschedulable',
    asset: { resources: { cpu: '900' } },
    details: /Insufficient cpu/,
    hint: /resources/,
  },
  {
    name: 'secret-missing',
    cause: 'secret-missing',
    asset: { worker: { image: 'localhost/busybox:1', secrets: ['MODEL_KEY'] } },
    details: /asset-why-secret-missing/,
    hint: /worker\.secrets/,
  },
]

testOnTestbed('job why and job show tell what a job waits for long before startTimeout', async (t, testbed) => {
  const stage = await startStage(testbed)
  t.teardown(() => stage.close())
  await Promise.all(troubles.map((trouble) => isTold(t, stage, trouble)))
  await stage.cluster.kubectl(['create', 'quota', 'nothing', '--hard=pods=0'])
  await isTold(t, stage, {
    name: 'quota',
    cause: 'unschedulable',
    asset: {},
    details: /exceeded quota: nothing/,
    hint: /nodes/,
  })
})

async function isTold(t: ExecutionContext, stage: Stage, trouble: (typeof troubles)[number]): Promise<void> {
  const { name, cause, asset, details, hint } = trouble
  const environment = { DSC_ADMIN_URL: stage.entrypoint.adminUrl }
  const assetId = `why-${name}`
  await stage.offer(assetId, 'true', { ...asset, limits: { startTimeout: '10m' } })
  const begun = performance.now()
  const course = await stage.begin(assetId)
  const why = await eventually(
    `${name} to be told`,
    async () => {
      const { code, stdout, stderr } = await runDsc(['job', 'why', course.jobId, '--json'], { environment })
      if (code !== 0) throw new Error(stderr)
      const found = whySchema.parse(JSON.parse(stdout))
      return found.observed?.waiting?.trouble?.cause === cause ? { done: found } : { pending: stdout }
    },
    { deadlineMs: 180_000, pauseMs: 500 },
  )
  t.log(`${name}: told ${((performance.now() - begun) / 1000).toFixed(1)} s after the request`)
  t.true(why.headline.startsWith('Attempt 1 cannot start yet: '), why.headline)
  t.true(why.headline.endsWith(`(${cause}).`), why.headline)
  t.regex(why.details.join('\n'), details)
  t.regex(why.hint ?? '', hint)
  t.regex(why.next.join('\n'), /limits\.startTimeout \(10m\): \d{4}-.* \(in 9 min/)
  const shown = await runDsc(['job', 'show', course.jobId], { environment })
  t.regex(shown.stdout, new RegExp(`state +starting\\n[^]*\\nwaits +${cause}: `))
  const cancelled = await runDsc(['job', 'cancel', course.jobId], { environment })
  t.is(cancelled.code, 0, cancelled.stderr)
}

testOnTestbed(
  'a job is shown without delay where its cluster cannot be asked, and that is said',
  async (t, testbed) => {
    const folder = await temporaryFolder(t)
    const proxy = await startTcpProxy(Number((await serverOf(testbed.kubeconfig)).port))
    const kubeconfig = join(folder, 'kubeconfig')
    await writeKubeconfig(testbed.kubeconfig, kubeconfig, { server: `https://127.0.0.1:${proxy.port}` })
    const stage = await startStage(testbed, { environment: { KUBECONFIG: kubeconfig } })
    t.teardown(async () => {
      proxy.heal()
      await stage.close()
      await proxy.close()
    })
    await stage.offer('unseen', 'sleep 60')
    const course = await stage.begin('unseen')
    await stage.reaches(course, ['running'])
    t.like(await stage.job(course), { observed: { phase: 'running' } })
    proxy.blackHole()
    const begun = performance.now()
    const blind = await stage.job(course)
    const seconds = (performance.now() - begun) / 1000
    t.log(`shown after ${seconds.toFixed(1)} s`)
    t.true(seconds < 30, `${seconds} s`)
    t.like(blind, { state: 'running', observed: undefined })
    t.regex(String(blind['notObserved']), /did not answer within 3 s/)
    const environment = { DSC_ADMIN_URL: stage.entrypoint.adminUrl }
    const why = await runDsc(['job', 'why', course.jobId, '--json'], { environment })
    t.regex(why.stdout, /cannot be seen right now/)
  },
)

testOnTestbed('a log is followed over containers and attempts to the end of the job', async (t, testbed) => {
  const stage = await startStage(testbed)
  t.teardown(() => stage.close())
  const environment = { DSC_ADMIN_URL: stage.entrypoint.adminUrl }
  // 6 s of lines, among them some that repeat and some that are long, then an error that is tried again once.
  const script =
    'for i in 1 2 3 4 5 6; do echo "line $i of größe"; echo again; head -c 20000 /dev/zero | tr "\\0" x; echo; sleep 1; done; exit 3'
  await stage.offer('talkative', script, { limits: { retries: 1 } })
  const course = await stage.begin('talkative')
  const follow = (...more: string[]) => runDsc(['job', 'logs', course.jobId, '-f', ...more], { environment })
  const [worker, all] = await Promise.all([follow(), follow('--container', 'all')])
  const written = [1, 2, 3, 4, 5, 6].map((i) => `line ${i} of größe\nagain\n${'x'.repeat(20_000)}\n`).join('')
  t.is(worker.code, 0)
  t.is(worker.stdout, written.repeat(2), 'each byte once')
  t.regex(worker.stderr, /attempt 1 failed, attempt 2 begins\n[^]*the job failed; dsc job why .* explains it\n$/)
  t.is(all.code, 0)
  t.true(all.stdout.includes(written))
  t.regex(all.stderr, /log of worker\n[^]*attempt 2 begins\n[^]*log of worker\n/)
  const kept = await fetch(`${stage.entrypoint.adminUrl}/api/v1/jobs/${course.jobId}/logs?offset=20000`)
  t.is(kept.headers.get('x-log-start'), '20000')
  t.is(await kept.text(), Buffer.from(written).subarray(20_000).toString())
})
