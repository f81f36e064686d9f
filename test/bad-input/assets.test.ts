import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Stage, startStage } from '../http/stage.ts'
import { changed } from '../support/example-asset.ts'
import { documents, fields, files } from './assets.ts'
import { example } from './example.ts'
import { commandSays, registrationSays, type Sent } from './judge.ts'

let stage: Stage
let folder: string

test.before(async () => {
  stage = await startStage()
  folder = await mkdtemp(join(tmpdir(), 'dataspace-compute-bad-'))
})
test.after.always(async () => {
  await stage.close()
  await rm(folder, { recursive: true, force: true })
})

function withChanges(at: Readonly<Record<string, unknown>>): object {
  return Object.entries(at).reduce<object>((document, [path, value]) => changed(document, path, value), example)
}

async function refusedAlike(
  t: ExecutionContext,
  sent: Sent,
  { code = 'invalid-asset', problems }: { readonly code?: string; readonly problems: readonly string[] },
): Promise<void> {
  t.deepEqual(await registrationSays(stage.adminUrl, sent), { code, problems }, 'registration')
  t.deepEqual(await commandSays(t, folder, sent), { code, problems }, 'dsc asset validate')
}

test.serial('the example on which the rows change something is taken', async (t) => {
  t.deepEqual(await registrationSays(stage.adminUrl, { asset: example }), { code: undefined, problems: [] })
  t.deepEqual(await commandSays(t, folder, { asset: example }), { code: undefined, problems: [] })
})

for (const { name, at, ...said } of fields) {
  test.serial(name, (t) => refusedAlike(t, { asset: withChanges(at) }, said))
}

for (const { name, text, ...said } of documents) {
  test.serial(`document: ${name}`, (t) => refusedAlike(t, { asset: text }, said))
}

for (const { name, at, envFile, bundled, code = 'invalid-asset', problems, onDisk } of files) {
  test.serial(`files: ${name}`, async (t) => {
    const sent = { asset: withChanges(at), envFile, bundled }
    if (onDisk === undefined) return refusedAlike(t, sent, { code, problems })
    t.deepEqual(await registrationSays(stage.adminUrl, sent), { code, problems })
    const told = await commandSays(t, folder, sent)
    if (onDisk === 'nothing') t.deepEqual(told, { code: undefined, problems: [] }, 'the command takes what is named')
    else {
      t.is(told.code, code)
      t.is(told.problems.length, onDisk.length)
      for (const [index, expected] of onDisk.entries()) t.regex(told.problems[index] ?? '', new RegExp(expected))
    }
    return undefined
  })
}

test.serial('nothing of a refused registration stays', async (t) => {
  t.deepEqual(await stage.store.listAssets(), [])
  t.deepEqual(await Array.fromAsync(stage.objects.list('')), [])
})
