import test from 'ava'
import type { AuditDraft } from '../../core/audit/entry.ts'
import { eventually } from '../../test/support/eventually.ts'
import { recordingLogger } from '../../test/support/recording-logger.ts'
import { auditReads, type ReadParts } from './reads.ts'

function storeOf(written: AuditDraft[], job?: unknown): ReadParts['store'] {
  return {
    job: async () => job as never,
    appendAudit: async (drafts) => void written.push(...drafts),
  }
}

const told = (written: readonly AuditDraft[]): readonly unknown[] => written.map(({ detail }) => detail)

async function entries(written: readonly AuditDraft[], count: number): Promise<void> {
  await eventually(`${count} entries`, () =>
    written.length >= count ? { done: true } : { pending: String(written.length) },
  )
}

test('the first read has an entry at once, those after it one more when the minute is over', async (t) => {
  const written: AuditDraft[] = []
  const log = auditReads({ store: storeOf(written), logger: recordingLogger(), windowMs: 200 })
  for (let reads = 0; reads < 50; reads += 1) log.note('transfer-a', 'job-a')
  log.note('transfer-b', 'job-b')
  await entries(written, 2)
  await entries(written, 3)
  t.deepEqual(told(written), [
    { transferId: 'transfer-a', reads: 1 },
    { transferId: 'transfer-b', reads: 1 },
    { transferId: 'transfer-a', reads: 49 },
  ])
  await log.close()
  t.is(written.length, 3)
})

test('the end writes what no entry tells of yet, and says whose result it was', async (t) => {
  const written: AuditDraft[] = []
  const job = { value: { terms: { consumerId: 'consumer-1' } } }
  const log = auditReads({ store: storeOf(written, job), logger: recordingLogger() })
  for (let reads = 0; reads < 3; reads += 1) log.note('transfer-a', 'job-a')
  await log.close()
  t.deepEqual(told(written), [
    { transferId: 'transfer-a', reads: 1 },
    { transferId: 'transfer-a', reads: 2 },
  ])
  t.like(written[0], {
    actor: { kind: 'consumer', id: 'consumer-1' },
    action: 'result.read',
    object: { kind: 'result', id: 'job-a' },
    jobId: 'job-a',
  })
})

test('a store that is away fails nobody, and is logged', async (t) => {
  const logger = recordingLogger()
  const away = (): Promise<never> => Promise.reject(new Error('away'))
  const log = auditReads({ store: { job: away, appendAudit: away }, logger })
  log.note('transfer-a', 'job-a')
  await log.close()
  t.is(logger.lines.filter(({ level }) => level === 'error').length, 1)
})
