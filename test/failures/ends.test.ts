import type { ExecutionContext } from 'ava'
import { filesPrefix } from '../../core/job/names.ts'
import { eventually } from '../support/eventually.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { closes, endsAsItShould, resultRemoved, statusOf, toldAddress } from './end-case.ts'
import { startInputServer } from './input-server.ts'
import { type Course, read, type Stage, startStage } from './stage.ts'
import { startStallingProxy } from './stalling-proxy.ts'
import { type Checks, together } from './together.ts'
import type { Rule } from './wire.ts'

const quick = 'echo done > $OUTPUT_DIR/out.txt'
const obedient = 'trap "echo told to end; exit 0" TERM; echo begun; while true; do sleep 0.2; done'
const deaf = 'trap "" TERM; echo deaf; while true; do sleep 0.2; done'
const large = 20 * 2 ** 20

type Ends = (t: ExecutionContext, stage: Stage) => Promise<void>

const terminate = ({ connector }: Stage, { consumerTransferId }: Course) =>
  connector.terminate(consumerTransferId, 'the consumer has seen enough')

/** The consumer ends its transfer while the job is in each of its states. */
const byConsumer: Readonly<Record<string, Ends>> = {
  async accepted(t, stage) {
    await stage.offer('accepted', quick)
    let verify = (): void => undefined
    const held = new Promise<undefined>((resolve) => {
      verify = () => resolve(undefined)
    })
    const course = await stage.begin('accepted', (id) => {
      stage.wire.add(({ method, path }) => (method === 'GET' && path.includes(id) ? held : undefined))
    })
    t.is((await stage.job(course)).state, 'accepted')
    const word = (): void => {
      terminate(stage, course)
      verify()
    }
    await endsAsItShould(t, stage, course, { name: 'accepted', word, state: 'cancelled' })
    t.deepEqual((await stage.job(course)).attempts, [], 'nothing was started')
  },

  async 'starting, an input is being fetched'(t, stage) {
    const url = `http://${hangingInputs}/hangs.bin`
    await stage.offer('starting-fetch', quick, { inputs: [{ name: 'data.bin', from: { url } }] })
    const course = await stage.begin('starting-fetch')
    await stage.cluster.containerIs(course.jobId, 'fetch', 'running')
    await stage.reaches(course, ['starting'])
    const word = (): void => terminate(stage, course)
    await endsAsItShould(t, stage, course, { name: 'starting-fetch', word, state: 'cancelled' })
  },

  async 'starting, the image does not come'(t, stage) {
    await stage.offer('starting-image', quick, { worker: { image: 'localhost/no-such-image:1' } })
    const course = await stage.begin('starting-image')
    await stage.cluster.containerIs(course.jobId, 'fetch', 'terminated')
    await stage.reaches(course, ['starting'])
    const word = (): void => terminate(stage, course)
    await endsAsItShould(t, stage, course, { name: 'starting-image', word, state: 'cancelled' })
  },

  async running(t, stage) {
    await stage.offer('running', obedient)
    const course = await stage.begin('running')
    await stage.reaches(course, ['running'])
    const word = (): void => terminate(stage, course)
    await endsAsItShould(t, stage, course, { name: 'running', word, state: 'cancelled' })
    t.regex(await logOf(stage, course), /told to end/, 'the worker was asked to end, and its log is kept')
  },

  /** A worker that ignores SIGTERM, a job that waits for its slot and is ended there, and one that gets the slot. */
  async 'running and deaf, queued'(t, stage) {
    await stage.offer('deaf', deaf, { limits: { concurrentJobs: 1 } })
    const first = await stage.begin('deaf')
    await stage.reaches(first, ['running'])
    const second = await stage.begin('deaf')
    const third = await stage.begin('deaf')
    await stage.reaches(second, ['queued'])
    await stage.reaches(third, ['queued'])
    await endsAsItShould(t, stage, second, {
      name: 'queued',
      word: () => terminate(stage, second),
      state: 'cancelled',
    })
    t.deepEqual((await stage.job(second)).attempts, [], 'nothing was started')
    t.is((await stage.job(third)).state, 'queued')
    await endsAsItShould(t, stage, first, { name: 'deaf', word: () => terminate(stage, first), state: 'cancelled' })
    t.regex(await logOf(stage, first), /deaf/)
    await stage.reaches(third, ['starting', 'running'])
    await endsAsItShould(t, stage, third, { name: 'next', word: () => terminate(stage, third), state: 'cancelled' })
  },

  async storing(t, stage) {
    await stage.offer('storing', `head -c ${large} /dev/zero > $OUTPUT_DIR/out.txt`, {
      limits: { outputBytes: '64Mi' },
    })
    const course = await stage.begin('storing')
    await stage.reaches(course, ['storing'])
    await stage.cluster.containerIs(course.jobId, 'upload', 'running')
    const key = `${filesPrefix({ jobId: course.jobId, attempt: 1 })}out.txt`
    await eventually('an upload in parts to be under way', async () =>
      (await stage.store.unfinished(key)).length > 0 ? { done: true } : { pending: 'there is none' },
    )
    const word = (): void => terminate(stage, course)
    await endsAsItShould(t, stage, course, { name: 'storing', word, state: 'cancelled' })
    t.deepEqual(await stage.store.unfinished(key), [], 'no parts are left in the store')
  },

  async 'succeeded, the callback not taken yet'(t, stage) {
    await stage.offer('granting', quick)
    let takeBack = (): void => undefined
    const course = await stage.begin('granting', (id) => {
      const refuse: Rule = ({ path }) => (path.endsWith(`/callback/${id}/provision`) ? { status: 503 } : undefined)
      takeBack = stage.wire.add(refuse)
    })
    await stage.reaches(course, ['succeeded'])
    const address = await toldAddress(stage, course)
    const word = (): void => {
      terminate(stage, course)
      takeBack()
    }
    await endsAsItShould(t, stage, course, { name: 'granting', word, state: 'succeeded' })
    await closes(t, address, 'granting')
  },

  async 'started, the result is open'(t, stage) {
    const { course, access, address } = await open(t, stage, 'granted')
    const word = (): void => terminate(stage, course)
    await endsAsItShould(t, stage, course, { name: 'granted', word, state: 'succeeded' })
    await closes(t, address, 'granted')
    t.not((await read(access)).status, 200, 'nor through the data plane')
  },

  async suspended(t, stage) {
    const { course, address } = await open(t, stage, 'suspended')
    const takeBack = stage.wire.add(says(course, 'SUSPENDED'))
    await hint(stage, course)
    await eventually('the address to close', async () =>
      (await statusOf(address)) === 403 ? { done: true } : { pending: 'it is open' },
    )
    const word = (): void => {
      takeBack()
      terminate(stage, course)
    }
    await endsAsItShould(t, stage, course, { name: 'suspended', word, state: 'succeeded' })
    await closes(t, address, 'suspended')
  },
}

/** No event comes, and nobody asks for ten minutes: the deprovision message alone tells that the transfer is over. */
function byDeprovision(form: 'without type' | 'with type'): Ends {
  return async (t, stage) => {
    const name = `deprovision-${form.replace(' ', '-')}`
    const { course, address } = await open(t, stage, name)
    stage.wire.add(({ path, body }) =>
      path.endsWith('/events') && body.includes(course.providerTransferId) ? { status: 200 } : undefined,
    )
    terminate(stage, course)
    const sent = stage.wire.crossings.find(
      ({ path, body }) => path.endsWith('/provision') && body.includes(`"${course.providerTransferId}"`),
    )
    const message: object = JSON.parse(sent?.body ?? '{}')
    const word = async (): Promise<void> => {
      t.is(await statusOf(address), 200, 'open until somebody tells')
      const response = await stage.wire.sendToService(
        '/connectors/provider/provision',
        form === 'with type' ? { ...message, type: 'deprovision' } : message,
      )
      t.is(response.status, 200, 'a deprovision must be answered exactly so')
    }
    await endsAsItShould(t, stage, course, { name, word, state: 'succeeded' })
    await closes(t, address, name)
  }
}

function byOperator(state: 'queued' | 'running'): Ends {
  return async (t, stage) => {
    const name = `operator-${state}`
    await stage.offer(name, obedient, { limits: { concurrentJobs: 1 } })
    const first = await stage.begin(name)
    await stage.reaches(first, ['running'])
    const course = state === 'running' ? first : await stage.begin(name)
    await stage.reaches(course, [state])
    const word = async (): Promise<void> => {
      t.is(await cancel(stage, course), 200)
    }
    await endsAsItShould(t, stage, course, {
      name,
      word,
      state: 'cancelled',
      cancelledBy: 'operator',
      terminations: 1,
    })
    t.is(await cancel(stage, course), 409, 'a second time there is nothing to cancel')
    t.is((await stage.connector.ended(course.consumerTransferId)).state, 'TERMINATED')
    const { errorDetail } = stage.connector.transfer('provider', course.providerTransferId)
    t.is(errorDetail, 'cancelled by the provider: the price of power is too high today')
    if (course !== first) t.is(await cancel(stage, first), 200)
  }
}

/** The token dies at once; the result stays for as long as the asset says, and no longer. */
async function completes(t: ExecutionContext, stage: Stage): Promise<void> {
  const { course, address } = await open(t, stage, 'completed', '10s')
  stage.wire.add(says(course, 'COMPLETED'))
  await hint(stage, course)
  await closes(t, address, 'completed')
  const files = filesPrefix({ jobId: course.jobId, attempt: 1 })
  const { result } = await eventually('the time of removal', async () => {
    const job = await stage.job(course)
    return typeof job.result?.['expiresAt'] === 'string' ? { done: job } : { pending: JSON.stringify(job.result) }
  })
  const left = Date.parse(String(result?.['expiresAt'])) - Date.now()
  t.true(left > 1_000 && left <= 10_000, `removed in ${left} ms`)
  t.deepEqual(await stage.store.keys(files), [`${files}out.txt`], 'kept until then')
  await resultRemoved(t, stage, course, 'completed')
  const removed = (await stage.job(course)).result
  t.true(String(removed?.['removedAt']) >= String(removed?.['expiresAt']), 'not before its time')
  t.is((await stage.job(course)).state, 'succeeded')
}

const others: Readonly<Record<string, Ends>> = {
  'deprovision without type': byDeprovision('without type'),
  'deprovision with type': byDeprovision('with type'),
  'the operator cancels a job that runs': byOperator('running'),
  'the operator cancels a job that is queued': byOperator('queued'),
  'completed, and retention runs out': completes,
}

let hangingInputs = ''

testOnTestbed('every end of a transfer leaves nothing behind, on the cluster', async (t, testbed) => {
  const inputs = await startInputServer(testbed.host)
  hangingInputs = inputs.host
  const proxy = await startStallingProxy(testbed.host, testbed.objectStore.endpoint, 4 * 2 ** 20)
  const stage = await startStage(testbed, {
    environment: {
      DSC_INPUT_HOSTS: inputs.host,
      DSC_IDLE_POLL_INTERVAL: '10m', // so that what is told, and not what is asked, ends a transfer
      S3_POD_ENDPOINT: proxy.endpoint,
    },
  })
  try {
    const checks: Checks = Object.fromEntries(
      Object.entries({ ...byConsumer, ...others }).map(([name, check]) => [name, () => check(t, stage)]),
    )
    await together(t, stage, checks, 4)
    await stage.cluster.gone('dsc-', 60_000)
    t.deepEqual(await stage.cluster.objects(), [], 'nothing is left in the cluster')
    const stays = /\/logs\/(fetch|worker|upload)\.log$|^audit\/anchors\//
    const left = (await stage.store.keys('')).filter((key) => !stays.test(key))
    t.deepEqual(left, [], 'nothing but logs, and anchors of the audit log, is left in the store')
  } finally {
    await stage.close()
    await proxy.close()
    await inputs.close()
  }
})

/** A transfer whose result is open to its consumer. */
async function open(t: ExecutionContext, stage: Stage, name: string, retention?: string) {
  await stage.offer(name, quick, retention === undefined ? {} : { retention })
  const course = await stage.begin(name)
  await stage.reaches(course, ['succeeded'])
  const access = await stage.connector.started(course.consumerTransferId)
  const address = await toldAddress(stage, course)
  t.is(await statusOf(address), 200, `${name}: open`)
  const transferId = new URL(address.url).pathname.split('/').at(-1) ?? ''
  await eventually(`${name}: the service to know that it is open`, async () => {
    const lines = (await stage.entrypoint.log()).split('\n').filter((line) => line.includes(transferId))
    return lines.some((line) => line.includes('"event":"started"')) ? { done: true } : { pending: lines.join('\n') }
  })
  await stage.cluster.gone(course.jobId, 90_000)
  return { course, access, address }
}

/** Has the connector name another state of a transfer process than the one it is in. */
function says({ providerTransferId }: Course, state: string): Rule {
  return ({ method, path }) =>
    method === 'GET' && path.endsWith(`/transferprocesses/${providerTransferId}`)
      ? { answer: (body) => JSON.stringify({ ...(JSON.parse(body) as object), state }) }
      : undefined
}

/** An event without anything that the service believes: it looks at the connector. */
async function hint({ wire }: Stage, { providerTransferId }: Course): Promise<void> {
  await wire.sendToService('/connectors/provider/events', { payload: { transferProcessId: providerTransferId } })
}

async function cancel({ entrypoint }: Stage, { jobId }: Course): Promise<number> {
  const response = await fetch(`${entrypoint.adminUrl}/api/v1/jobs/${jobId}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the price of power is too high today' }),
  })
  await response.arrayBuffer()
  return response.status
}

async function logOf({ entrypoint }: Stage, { jobId }: Course): Promise<string> {
  return (await fetch(`${entrypoint.adminUrl}/api/v1/jobs/${jobId}/logs?container=worker`)).text()
}
