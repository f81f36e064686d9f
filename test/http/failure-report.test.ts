import test from 'ava'
import { computeAsset, register } from './forms.ts'
import { type Stage, startStage, writeWorker } from './stage.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage?.close())

/** Runs a job that fails with 3 after a line of log, and reads what the consumer finds at its address. */
async function report(
  id: string,
  onFailure: 'report' | 'report-with-logs',
  parameters?: Record<string, unknown>,
): Promise<unknown> {
  await writeWorker(stage, id, `console.error('the provider knows why'); process.exitCode = 3`)
  await register(stage.adminUrl, { asset: { ...computeAsset(id), onFailure } })
  const { consumerTransferId } = stage.connector.request(id, parameters)
  const access = await stage.connector.started(consumerTransferId)
  const response = await fetch(access.endpoint, { headers: { authorization: access.authorization } })
  return response.json()
}

test('a failure is reported at the address of the result, without log lines', async (t) => {
  t.deepEqual(await report('reported', 'report'), {
    state: 'failed',
    failure: {
      cause: 'exit-code',
      title: 'The worker ended with an error',
      message: 'The worker exited with 3.',
      exitCode: 3,
    },
  })
})

test('log lines are shared where the asset says so', async (t) => {
  t.like(await report('shared', 'report-with-logs'), { failure: { lastLogLines: ['the provider knows why'] } })
})

test('wrong parameters are reported with what is wrong', async (t) => {
  t.like(await report('picky', 'report', { COLOUR: 'red' }), {
    failure: { cause: 'invalid-parameters', message: 'COLOUR is no parameter of this asset; it takes none' },
  })
})
