import test from 'ava'
import type { z } from 'zod'
import type { AdminApi } from '../api/admin-api.ts'
import { CliError } from '../cli-error.ts'
import { followLog } from './follow-log.ts'

type Logs = Readonly<Record<string, string>>

/** What the service says at one moment: the job's state, its attempts, and the logs of the newest by container. */
interface Moment {
  readonly state: string
  readonly attempts: number
  /** A text is the worker's. */
  readonly log?: string | Logs
  /** Bytes of it that are not there any more. */
  readonly dropped?: number
  /** The service does not answer. */
  readonly away?: true
  /** The objects of the attempts are gone; where it is absent, they are. */
  readonly cleared?: false
}

/** A service whose job goes through these moments, one further at each pause. Logs of earlier attempts stay as they were. */
function service(moments: readonly Moment[]) {
  let at = 0
  let sent = 0
  const now = (): Moment => {
    const moment = moments[Math.min(at, moments.length - 1)] ?? { state: 'failed', attempts: 0 }
    if (moment.away === true) throw new CliError('unreachable', 'The service does not answer')
    return moment
  }
  const momentOf = (attempt: number): Moment | undefined =>
    moments.slice(0, at + 1).findLast((moment) => moment.attempts === attempt)
  const time = '2026-11-21T12:00:00.000Z'
  const attempt = (_: unknown, index: number): object => ({
    number: index + 1,
    startedAt: time,
    workerStartedAt: time,
    objectsRemoved: now().cleared !== false,
  })
  const api: AdminApi = {
    json: async <T>(_path: string, schema: z.ZodType<T>) =>
      schema.parse({
        id: 'j-1',
        state: now().state,
        assetId: 'sum',
        assetVersion: '1.0.0',
        origin: { kind: 'transfer' },
        agreementId: null,
        consumerId: null,
        parameters: null,
        attempt: now().attempts,
        attempts: Array.from({ length: now().attempts }, attempt),
        createdAt: time,
        since: time,
      }),
    bytes: async (path) => {
      now()
      const asked = new URL(path, 'http://service').searchParams
      const { log, dropped = 0 } = momentOf(Number(asked.get('attempt'))) ?? {}
      const text = typeof log === 'object' ? log[asked.get('container') ?? ''] : log
      if (text === undefined) throw new CliError('not-found', 'There is no log', { code: 'log-unknown' })
      const whole = Buffer.from(text)
      const offset = Number(asked.get('offset'))
      const start = Math.max(offset > whole.length ? 0 : offset, dropped)
      sent += whole.length - start
      const headers = new Headers({ 'x-log-attempt': asked.get('attempt') ?? '', 'x-log-start': String(start) })
      return { bytes: whole.subarray(start), headers }
    },
    stream: async () => new ReadableStream(),
    send: async () => undefined,
  }
  return {
    api,
    pause: async () => {
      at += 1
    },
    sent: () => sent,
  }
}

async function followed(moments: readonly Moment[], attempt?: number, containers: readonly string[] = ['worker']) {
  const { api, pause, sent } = service(moments)
  let text = ''
  const notes: string[] = []
  const listener = { text: (part: string) => void (text += part), note: (message: string) => void notes.push(message) }
  const { state } = await followLog(api, 'j-1', { containers, attempt }, listener, pause)
  return { text, notes, state, sent: sent() }
}

test('it waits for the log, follows it, and ends with the job; each byte travels once', async (t) => {
  const end = await followed([
    { state: 'queued', attempts: 0 },
    { state: 'starting', attempts: 1 },
    { state: 'running', attempts: 1, log: 'a\n' },
    { state: 'running', attempts: 1, log: 'a\n' },
    { state: 'storing', attempts: 1, log: 'a\nb\n' },
    { state: 'succeeded', attempts: 1, log: 'a\nb\nc\n' },
  ])
  const notes = ['queued', 'starting'].map((state) => `no log of worker yet; the job is ${state}`)
  t.deepEqual(end, { text: 'a\nb\nc\n', notes, state: 'succeeded', sent: 6 })
})

const retried: readonly Moment[] = [
  { state: 'running', attempts: 1, log: 'first\n' },
  { state: 'running', attempts: 2, log: 'second\n' },
  { state: 'failed', attempts: 2, log: 'second\nend\n' },
]

test('it goes on with the next attempt', async (t) => {
  t.like(await followed(retried), {
    text: 'first\nsecond\nend\n',
    notes: ['attempt 1 failed, attempt 2 begins'],
    state: 'failed',
  })
})

test('an attempt that began and ended between two looks is not left out', async (t) => {
  const moments: readonly Moment[] = [
    { state: 'running', attempts: 1, log: 'first\n' },
    { state: 'failed', attempts: 3, log: 'third\n' },
  ]
  const notes = ['attempt 1 failed, attempt 2 begins', 'attempt 2 failed, attempt 3 begins']
  t.like(await followed(moments), { text: 'first\nthird\n', notes })
})

test('one attempt is followed to its end only', async (t) => {
  t.like(await followed(retried, 1), { text: 'first\n', notes: [], state: 'running' })
})

test('containers follow each other, each told by name', async (t) => {
  const moments: readonly Moment[] = [
    { state: 'starting', attempts: 1, log: { fetch: 'fetches\n' } },
    { state: 'running', attempts: 1, log: { fetch: 'fetches\ndone\n', worker: 'computes\n' } },
    { state: 'succeeded', attempts: 1, log: { fetch: 'fetches\ndone\n', worker: 'computes\n', upload: 'uploads\n' } },
  ]
  t.like(await followed(moments, undefined, ['fetch', 'worker', 'upload']), {
    text: 'fetches\ndone\ncomputes\nuploads\n',
    notes: ['log of fetch', 'log of worker', 'log of upload'],
  })
})

test('a character that comes in two parts is one', async (t) => {
  const whole = 'größe\n'
  const { api, pause } = service([{ state: 'succeeded', attempts: 1, log: whole }])
  let cut = true
  let text = ''
  const halves: AdminApi = {
    ...api,
    bytes: async (path) => {
      const answer = await api.bytes(path)
      if (!cut) return answer
      cut = false
      return { ...answer, bytes: answer.bytes.subarray(0, 3) }
    },
    json: async (path, schema) => {
      const seen = await api.json(path, schema)
      return cut ? { ...seen, state: 'running' } : seen
    },
  }
  const listener = { text: (part: string) => void (text += part), note: () => undefined }
  await followLog(halves, 'j-1', { containers: ['worker'] }, listener, pause)
  t.is(text, whole)
})

test('a cancelled job is followed until its worker has had its last word', async (t) => {
  const end = await followed([
    { state: 'running', attempts: 1, log: 'a\n', cleared: false },
    { state: 'cancelled', attempts: 1, log: 'a\n', cleared: false },
    { state: 'cancelled', attempts: 1, log: 'a\nSIGTERM\n' },
  ])
  t.like(end, { text: 'a\nSIGTERM\n', state: 'cancelled' })
})

test('what is lost is told', async (t) => {
  const end = await followed([
    { state: 'running', attempts: 1, log: 'a\nb\n' },
    { state: 'running', attempts: 1, log: 'a\nb\nc\nd\ne\n', dropped: 8 },
    { state: 'succeeded', attempts: 1, log: 'new\n' },
  ])
  t.is(end.text, 'a\nb\ne\nnew\n')
  t.deepEqual(end.notes, [
    '4 bytes are missing here: only the end of a long log is there',
    'the log begins anew here: what was before was rotated away',
  ])
})

test('a service that is restarted meanwhile is waited for, and nothing is told twice', async (t) => {
  const end = await followed([
    { state: 'running', attempts: 1, log: 'a\n' },
    { state: 'running', attempts: 1, away: true },
    { state: 'running', attempts: 1, away: true },
    { state: 'succeeded', attempts: 1, log: 'a\nb\n' },
  ])
  t.like(end, { text: 'a\nb\n', notes: ['The service does not answer; trying again'], state: 'succeeded' })
})

test('a service that never answers is told at once, and one that stays away in the end', async (t) => {
  const gone: Moment = { state: 'running', attempts: 1, away: true }
  await t.throwsAsync(followed([gone]), { instanceOf: CliError })
  await t.throwsAsync(followed([{ state: 'running', attempts: 1, log: 'a\n' }, gone]), { instanceOf: CliError })
})
