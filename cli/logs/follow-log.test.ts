import test from 'ava'
import type { z } from 'zod'
import type { AdminApi } from '../api/admin-api.ts'
import { CliError } from '../cli-error.ts'
import { followLog } from './follow-log.ts'

/** What the service says at one moment: the job's state, its attempts, and the log of the newest. */
interface Moment {
  readonly state: string
  readonly attempts: number
  readonly log: string | undefined
}

/** A service whose job goes through these moments, one further at each pause. Logs of earlier attempts stay as they were. */
function service(moments: readonly Moment[]): { api: AdminApi; pause: () => Promise<void> } {
  let at = 0
  const now = (): Moment =>
    moments[Math.min(at, moments.length - 1)] ?? { state: 'failed', attempts: 0, log: undefined }
  const logOf = (attempt: number): string | undefined =>
    moments.slice(0, at + 1).findLast((moment) => moment.attempts === attempt)?.log
  const time = '2026-11-21T12:00:00.000Z'
  const attempt = (_: unknown, index: number): object => ({
    number: index + 1,
    startedAt: time,
    workerStartedAt: time,
    objectsRemoved: false,
  })
  return {
    pause: async () => {
      at += 1
    },
    api: {
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
      text: async (path) => {
        const log = logOf(Number(/attempt=(\d+)/.exec(path)?.[1]))
        if (log === undefined) throw new CliError('not-found', 'There is no log', { code: 'log-unknown' })
        return log
      },
      send: async () => undefined,
    },
  }
}

async function followed(moments: readonly Moment[], attempt?: number) {
  const { api, pause } = service(moments)
  let text = ''
  const notes: string[] = []
  const listener = { text: (part: string) => void (text += part), note: (message: string) => void notes.push(message) }
  const { state } = await followLog(api, 'j-1', { container: 'worker', attempt }, listener, pause)
  return { text, notes, state }
}

test('it waits for the log, follows it, and ends with the job', async (t) => {
  const end = await followed([
    { state: 'queued', attempts: 0, log: undefined },
    { state: 'starting', attempts: 1, log: undefined },
    { state: 'running', attempts: 1, log: 'a\n' },
    { state: 'running', attempts: 1, log: 'a\n' },
    { state: 'storing', attempts: 1, log: 'a\nb\n' },
    { state: 'succeeded', attempts: 1, log: 'a\nb\nc\n' },
  ])
  t.deepEqual(end, { text: 'a\nb\nc\n', notes: ['no log of worker yet; the job is queued'], state: 'succeeded' })
})

const retried: readonly Moment[] = [
  { state: 'running', attempts: 1, log: 'first\n' },
  { state: 'running', attempts: 2, log: 'second\n' },
  { state: 'failed', attempts: 2, log: 'second\nend\n' },
]

test('it goes on with the next attempt', async (t) => {
  t.deepEqual(await followed(retried), {
    text: 'first\nsecond\nend\n',
    notes: ['attempt 1 failed, attempt 2 begins'],
    state: 'failed',
  })
})

test('one attempt is followed to its end only', async (t) => {
  t.deepEqual(await followed(retried, 1), { text: 'first\n', notes: [], state: 'running' })
})

test('lost lines are told', async (t) => {
  const end = await followed([
    { state: 'running', attempts: 1, log: 'a\nb\n' },
    { state: 'succeeded', attempts: 1, log: 'y\nz\n' },
  ])
  t.is(end.text, 'a\nb\ny\nz\n')
  t.regex(end.notes[0] ?? '', /some lines are missing/)
})
