import test from 'ava'
import type { AuditDraft } from '../../core/audit/entry.ts'
import { waitingDrafts } from './waiting-drafts.ts'

const draft: AuditDraft = {
  actor: { kind: 'operator', id: 'key-1', name: 'Ada', via: 'key' },
  action: 'result.read',
  object: { kind: 'result', id: 'job-1' },
  jobId: 'job-1',
  outcome: 'done',
  requestId: 'request-1',
  detail: { files: 3, connectors: ['provider'] },
}

test('drafts are read as they were written', (t) => {
  t.deepEqual(waitingDrafts(1_000, JSON.stringify([draft, draft])), [draft, draft])
})

for (const [title, text] of [
  ['half a text', JSON.stringify([draft]).slice(0, -9)],
  ['nothing', ''],
  ['an empty list', '[]'],
  ['no list', JSON.stringify(draft)],
  ['a list of something else', '[null]'],
  ['a draft without an actor', JSON.stringify([{ ...draft, actor: undefined }])],
  ['a draft whose object has no id', JSON.stringify([draft, { ...draft, object: { kind: 'job' } }])],
  ['a draft with a number for a text', JSON.stringify([{ ...draft, jobId: 7 }])],
  ['a draft with a text for its detail', JSON.stringify([{ ...draft, detail: 'much' }])],
] as const)
  test(`unreadable: ${title}`, (t) => {
    t.is(waitingDrafts(1_000, text), undefined)
  })

test('unreadable: a moment that no date can tell', (t) => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 9e15])
    t.is(waitingDrafts(at, JSON.stringify([draft])), undefined)
})
