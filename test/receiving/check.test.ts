import test, { type ExecutionContext } from 'ava'
import type { StoredRow, StoredTable } from '../../core/ports/stored-rows.ts'
import type { Reception } from '../../core/reception/reception.ts'
import { check, type CheckReport } from '../../entrypoint/check/check.ts'
import type { CheckRule } from '../../entrypoint/check/finding.ts'
import { gateway, manifestOf, secretToken } from './gateway.ts'
import { lives } from './lives.ts'
import { caller, prepareMessage, type Receiver, receiver } from './receiver.ts'

const minute = 60_000

/** What is said of a row in place of what the store has; `undefined`: that there is no such row. */
type Tamper = (table: StoredTable, row: StoredRow) => StoredRow | undefined

interface Look {
  /** Milliseconds from now. */
  readonly later?: number
  readonly tamper?: Tamper
}

/** One look at everything. */
async function look({ store, objects, parts }: Receiver, { later = 0, tamper }: Look = {}): Promise<CheckReport> {
  const rows: typeof store.rows = async (table, page) => {
    const all = await store.rows(table, page)
    return all.map((row) => (tamper === undefined ? row : tamper(table, row))).filter((row) => row !== undefined)
  }
  const looked = {
    store: { installation: () => store.installation(), rows },
    backend: { list: () => Promise.resolve([]) },
    objects,
    limitsOf: () => Promise.resolve(undefined),
    uploadTimeoutMs: minute,
    now: () => parts.clock.now() + later,
  }
  return check(looked, { digests: true }, [])
}

/** Everything that was seen of receptions while nothing was found. */
const seen = new Set<string>()

for (const [what, { rules = {}, live }] of Object.entries(lives)) {
  test.serial(`nothing is found at any step of ${what}`, async (t) => {
    const one = await receiver(t, { rules })
    for await (const processId of live(t, one)) {
      const { findings } = await look(one)
      const found = (await one.store.receptionOfProcess('consumer', processId))?.value
      t.deepEqual(findings, [], JSON.stringify(found))
      if (found === undefined) continue
      for (const word of [found.state, found.flow, `owes ${found.owed ?? 'nothing'}`]) seen.add(word)
      if (found.removeAt !== undefined) seen.add('has a time of removal')
    }
  })
}

test.serial('these lives come by every state of a reception', (t) => {
  const states = ['awaited', 'fetching', 'verifying', 'received', 'failed', 'removed', 'has a time of removal']
  const flows = ['prepared', 'started', 'suspended', 'completed', 'terminated']
  const news = ['owes prepared', 'owes completed', 'owes errored', 'owes nothing']
  t.deepEqual([...seen].toSorted(), [...states, ...flows, ...news].toSorted())
})

test('what was looked at is counted', async (t) => {
  const { one } = await at(t, 'received')
  t.like((await look(one)).seen, { jobs: 0, receptions: 1, objects: 3 })
})

/** How many steps after its start a reception has come to a moment. */
const steps = { fetching: 0, owing: 1, failed: 1, kept: 2, received: 200, removed: 200 } as const
type Moment = 'awaited' | 'verifying' | keyof typeof steps

/** A reception that has come to a moment, in which everything is as it should be. */
async function at(
  t: ExecutionContext,
  moment: Moment,
): Promise<{ readonly one: Receiver; readonly reception: Reception }> {
  const one = await receiver(t, moment === 'kept' ? { rules: { retentionMs: 60 * minute } } : {})
  const processId =
    moment === 'awaited' || moment === 'verifying' ? await pushTo(one, moment) : await pullTo(t, one, moment)
  t.deepEqual((await look(one)).findings, [], 'before anything is broken')
  const reception = await one.find(processId)
  t.is(reception.state, moment === 'owing' || moment === 'kept' ? 'received' : moment)
  return { one, reception }
}

async function pushTo({ dataPlane }: Receiver, moment: 'awaited' | 'verifying'): Promise<string> {
  const message = prepareMessage('HttpData-PUSH')
  await dataPlane.prepare(message, caller)
  if (moment === 'awaited') return message.processId
  await dataPlane.started(message.processId, {}, caller)
  await dataPlane.completed(message.processId, caller)
  return message.processId
}

async function pullTo(t: ExecutionContext, one: Receiver, moment: keyof typeof steps): Promise<string> {
  const files = { 'a.txt': 'one', 'b.txt': 'two' }
  const said = moment === 'failed' ? { 'a.txt': 'other' } : files
  const processId = await one.pull((await gateway(t, files, manifestOf(said))).address)
  if (moment === 'removed') await one.dataPlane.terminate(processId, {}, caller)
  await one.run(steps[moment])
  return processId
}

/** Every row of receptions with other columns. */
function columns(change: (columns: StoredRow['columns']) => StoredRow['columns']): Tamper {
  return (table, row) => (table === 'receptions' ? { ...row, columns: change(row.columns) } : row)
}

/** Every body of a reception with other values in it; `undefined` takes one away. */
function body(values: Readonly<Record<string, unknown>>): Tamper {
  return columns((row) => ({ ...row, body: JSON.stringify({ ...JSON.parse(String(row['body'])), ...values }) }))
}

const withoutWork: Tamper = (table, row) => (table === 'work' ? undefined : row)

/** What is broken, of a reception at which moment, and which rules find it. */
const cases: readonly {
  readonly rules: readonly CheckRule[]
  readonly what: string
  readonly moment: Moment
  readonly break?: (one: Receiver, folder: string) => Promise<void>
  readonly look?: Look
}[] = [
  {
    rules: ['unreadable-row'],
    what: 'a body that is no JSON',
    moment: 'received',
    look: { tamper: columns((row) => ({ ...row, body: '{' })) },
  },
  {
    rules: ['unreadable-row'],
    what: 'a state that there is not',
    moment: 'awaited',
    look: { tamper: body({ state: 'expected' }) },
  },
  {
    rules: ['unreadable-row'],
    what: 'a flow that there is not',
    moment: 'fetching',
    look: { tamper: body({ flow: 'begun' }) },
  },
  {
    rules: ['unreadable-row'],
    what: 'news that there are not',
    moment: 'awaited',
    look: { tamper: body({ owed: 'suspended' }) },
  },
  ...['connector_id', 'process_id', 'state'].map((column) => ({
    rules: ['contradicting-row'] as const,
    what: `${column} says something else than the body`,
    moment: 'received' as const,
    look: { tamper: columns((row) => ({ ...row, [column]: 'failed' })) },
  })),
  {
    rules: ['contradicting-row'],
    what: 'a row that has the body of another one',
    moment: 'awaited',
    look: { tamper: body({ id: 'another' }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that is fetched, from nowhere',
    moment: 'fetching',
    look: { tamper: body({ source: undefined }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that was received, and has no files on record',
    moment: 'received',
    look: { tamper: body({ content: undefined }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that failed for no reason',
    moment: 'failed',
    look: { tamper: body({ failure: undefined }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that was removed at no time',
    moment: 'removed',
    look: { tamper: body({ removedAt: undefined }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that is awaited though its flow is over',
    moment: 'awaited',
    look: { tamper: body({ flow: 'completed' }) },
  },
  {
    rules: ['contradicting-row'],
    what: 'one that is verified though it is not over',
    moment: 'verifying',
    look: { tamper: body({ flow: 'started' }) },
  },
  ...(['fetching', 'verifying', 'owing', 'failed', 'kept'] as const).map((moment) => ({
    rules: ['no-work'] as const,
    what: `nobody looks at one that is ${moment}`,
    moment,
    look: { tamper: withoutWork },
  })),
  { rules: ['overdue'], what: 'nobody takes what is due', moment: 'fetching', look: { later: 20 * minute } },
  {
    rules: ['broken-reception', 'broken-reception'],
    what: 'a file that is gone',
    moment: 'received',
    break: ({ objects }, folder) => objects.removeAll(`${folder}files/b.txt`),
  },
  {
    rules: ['broken-reception', 'broken-reception'],
    what: 'all files gone, while news are owed',
    moment: 'owing',
    break: ({ objects }, folder) => objects.removeAll(folder),
  },
  {
    rules: ['broken-reception', 'broken-reception'],
    what: 'a file in another size',
    moment: 'kept',
    break: ({ objects }, folder) => objects.put(`${folder}files/b.txt`, 'longer', ''),
  },
  {
    rules: ['broken-reception'],
    what: 'a file with other bytes',
    moment: 'received',
    break: ({ objects }, folder) => objects.put(`${folder}files/b.txt`, 'owt', ''),
  },
  {
    rules: ['left-in-store'],
    what: 'files of a reception that is not on record',
    moment: 'received',
    break: ({ objects }) => objects.put('received/nobody/a.txt', 'a', ''),
  },
  {
    rules: ['left-in-store'],
    what: 'files of a reception that was removed',
    moment: 'removed',
    break: ({ objects }, folder) => objects.put(`${folder}files/a.txt`, 'one', ''),
  },
]

for (const { rules, what, moment, break: breaks, look: looking } of cases) {
  test(`${rules[0]}: ${what}`, async (t) => {
    const { one, reception } = await at(t, moment)
    await breaks?.(one, `received/${reception.id}/`)
    const { findings } = await look(one, looking)
    t.deepEqual(
      findings.map(({ rule }) => rule),
      rules,
    )
    t.true(findings.every(({ message }) => message.includes(reception.id) || message.includes('nobody')))
  })
}

test('a row that cannot be read gives no secret away', async (t) => {
  const { one } = await at(t, 'fetching')
  const { findings } = await look(one, { tamper: body({ state: secretToken, connectorId: [secretToken] }) })
  t.is(findings[0]?.rule, 'unreadable-row')
  t.notRegex(JSON.stringify(findings), new RegExp(secretToken))
})
