import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Transfer } from '../../core/transfer/transfer.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, startStage, textOfLog, writeWorker } from '../http/stage.ts'
import { eventually } from '../support/eventually.ts'
import { rawRequest } from '../support/raw-request.ts'

const before = '5d81c7f2a94be06379f0d4186cb2ea53'

async function startedWith(t: ExecutionContext): Promise<{ readonly stage: Stage; readonly transfer: Transfer }> {
  const stage = await startStage({ DSC_TOKEN_KEY_PREVIOUS: before })
  t.teardown(() => stage.close())
  await writeWorker(
    stage,
    'one',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '1')`,
  )
  await register(stage.adminUrl, { asset: computeAsset('one') })
  const { consumerTransferId, providerTransferId } = stage.connector.request('one')
  await stage.connector.started(consumerTransferId)
  const transfer = await eventually('the transfer is granted', async () => {
    const [found] = await stage.store.transfersOfProcess('provider', providerTransferId)
    return found?.state === 'granted' ? { done: found } : { pending: String(found?.state) }
  })
  return { stage, transfer }
}

function get(stage: Stage, id: string, token: string | undefined, below = '') {
  return rawRequest(stage.publicUrl, `/results/${id}${below}`, {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  })
}

test('while the token key is changed, tokens of both open, and no others', async (t) => {
  const { stage, transfer } = await startedWith(t)
  for (const key of [secrets.tokenKey, before])
    t.is((await get(stage, transfer.id, resultToken(key, transfer))).status, 200)
  t.is((await get(stage, transfer.id, resultToken('f07a61d9c3825be4', transfer))).status, 401)
  for (const generation of [0, transfer.generation - 1, transfer.generation + 1, 1_000])
    for (const key of [secrets.tokenKey, before])
      if (generation !== transfer.generation)
        t.is(
          (await get(stage, transfer.id, resultToken(key, { ...transfer, generation }))).status,
          401,
          `generation ${generation}`,
        )
})

test('a wrong token tells nothing: not whether the transfer is there, nor whether it ever was', async (t) => {
  const { stage, transfer } = await startedWith(t)
  const wrong = resultToken(before, { id: 'another', generation: 1 })
  const answers = await Promise.all(
    ['', '/manifest.json', '/files.zip', '/files/sum.txt', '/files/nothing.txt'].flatMap((below) =>
      [
        [transfer.id, wrong],
        [transfer.id, undefined],
        [transfer.id, 'x'],
        ['00000000-0000-4000-8000-000000000000', wrong],
        ['00000000-0000-4000-8000-000000000000', undefined],
        ['nobody', resultToken(secrets.tokenKey, transfer)],
        [transfer.id.toUpperCase(), resultToken(secrets.tokenKey, { ...transfer, id: transfer.id.toUpperCase() })],
        // The token that a transfer which there is not would have.
        ['nobody', resultToken(secrets.tokenKey, { id: 'nobody', generation: 0 })],
      ].map(([id = '', token]) => get(stage, id, token, below)),
    ),
  )
  const shown = answers.map(({ status, headers, body }) => {
    const { requestId: _, ...problem } = JSON.parse(body) as Record<string, unknown>
    const { 'x-request-id': __, date: ___, ...rest } = headers
    return JSON.stringify([status, rest, problem])
  })
  t.is(new Set(shown).size, 1, shown[0])
  t.true(shown[0]?.startsWith('[401,'))
})

test('a token is kept nowhere', async (t) => {
  const { stage, transfer } = await startedWith(t)
  const token = resultToken(secrets.tokenKey, transfer)
  t.is((await get(stage, transfer.id, token)).status, 200)
  const folder = join(stage.assets, '..')
  const database = Buffer.concat(
    await Promise.all(['state.db', 'state.db-wal'].map((name) => readFile(join(folder, name)))),
  )
  t.true(database.includes(transfer.id), 'it is the database')
  for (const text of [token, secrets.tokenKey, before]) t.false(database.includes(text))
  for (const text of [token, secrets.tokenKey, before]) t.false(textOfLog(stage.log).includes(text))
})
