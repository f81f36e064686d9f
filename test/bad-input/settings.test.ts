import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { loadConnectors } from '../../config/connectors.ts'
import { loadSettings, SettingsError } from '../../config/load.ts'
import { settingsSchema } from '../../config/settings.ts'
import { connectorsFiles, production, settings } from './settings.ts'

let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataspace-compute-bad-'))
  await writeFile(join(folder, 'empty'), '')
  await writeFile(join(folder, 'short'), 'short')
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

test('the settings on which the rows change something are taken', (t) => {
  t.notThrows(() => loadSettings(production))
})

for (const { name, set, problems } of settings) {
  test(name, (t) => {
    const error = t.throws(() => loadSettings({ ...production, ...set }), { instanceOf: SettingsError })
    t.deepEqual(
      error.problems.map(({ where, message }) => `${where}: ${message}`),
      [...problems],
    )
    for (const { where, message } of error.problems) t.true(error.message.includes(`  ${where}: ${message}`))
    for (const [setting, schema] of Object.entries(settingsSchema.shape)) {
      const value = set[setting]
      if (schema.meta()?.['secret'] === true && value !== undefined && value !== '')
        t.false(error.message.includes(value), 'a secret is never shown')
    }
  })
}

for (const { name, file, problems } of connectorsFiles) {
  test.serial(`connectors file: ${name}`, async (t) => {
    const path = join(folder, 'connectors.yaml')
    await writeFile(path, file)
    const error = t.throws(() => loadConnectors(path), { instanceOf: SettingsError })
    t.deepEqual(
      error.problems.map(({ where, message }) => `${where}: ${message}`.replaceAll(folder, '<folder>')),
      [...problems],
    )
  })
}
