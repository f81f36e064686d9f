import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type Stage, startStage } from '../http/stage.ts'
import { changed } from '../support/example-asset.ts'
import { dotenvFiles } from './dotenv.ts'
import { example } from './example.ts'
import { commandSays, registrationSays } from './judge.ts'

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

const asset = changed(example, 'worker.envFile', 'work.env')

for (const { name, dotenv, problems } of dotenvFiles) {
  test.serial(name, async (t) => {
    const expected = { code: 'invalid-dotenv', problems: problems.map((problem) => `dotenv ${problem}`) }
    t.deepEqual(await registrationSays(stage.adminUrl, { asset, envFile: dotenv }), expected, 'registration')
    t.deepEqual(await commandSays(t, folder, { asset, envFile: dotenv }), expected, 'dsc asset validate')
  })
}
