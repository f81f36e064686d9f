import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { limitsOf } from '../core/limits/job-limits.ts'
import { loadJobLimits } from './job-limits.ts'
import { loadSettings, SettingsError } from './load.ts'

const development = { DSC_DEVELOPMENT: 'true', DSC_BACKEND: 'local', DSC_OBJECT_STORE: 'directory' }

function limits(t: ExecutionContext, text?: string, settings: Record<string, string> = {}) {
  if (text === undefined) return loadJobLimits(loadSettings({ ...development, ...settings }))
  const folder = mkdtempSync(join(tmpdir(), 'dsc-limits-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'limits.yaml')
  writeFileSync(path, text)
  return loadJobLimits(loadSettings({ ...development, ...settings, DSC_LIMITS_FILE: path }))
}

test('without anything said, everybody has the same limits', (t) => {
  const found = limits(t)
  t.like(found, { runningJobs: 1_000, jobsPerAgreement: 1_000, queueTimeoutMs: 86_400_000 })
  t.deepEqual(limitsOf(found, 'anybody'), { runningJobs: 100, queuedJobs: 1_000 })
})

test('a consumer of the limits file has what stands there, and otherwise what everybody has', (t) => {
  const found = limits(t, 'consumers:\n  - {id: one, runningJobs: 7}\n  - {id: "did:web:two", queuedJobs: 0}\n', {
    DSC_CONSUMER_RUNNING_JOBS: '3',
  })
  t.deepEqual(limitsOf(found, 'one'), { runningJobs: 7, queuedJobs: 1_000 })
  t.deepEqual(limitsOf(found, 'did:web:two'), { runningJobs: 3, queuedJobs: 0 })
  t.deepEqual(limitsOf(found, 'three'), { runningJobs: 3, queuedJobs: 1_000 })
})

for (const [what, text, said] of [
  ['no YAML', 'consumers: [', /limits\.yaml line 1/],
  ['another list', 'users: []', /limits\.yaml (consumers|users)/],
  ['a number that is none', 'consumers: [{id: a, runningJobs: -1}]', /consumers\[0\]\.runningJobs/],
  ['no id', 'consumers: [{runningJobs: 1}]', /consumers\[0\]\.id/],
  ['a field that is not there', 'consumers: [{id: a, jobs: 1}]', /consumers\[0\]\.jobs/],
  ['one consumer twice', 'consumers: [{id: a}, {id: a}]', /consumers\[1\]\.id: the id a stands twice/],
  ['nothing', '', /limits\.yaml/],
] as const)
  test(`a limits file with ${what} is refused, with the place`, (t) => {
    t.throws(() => limits(t, text), { instanceOf: SettingsError, message: said })
  })

test('a limits file that is not there is refused', (t) => {
  const settings = loadSettings({ ...development, DSC_LIMITS_FILE: '/nowhere/limits.yaml' })
  t.throws(() => loadJobLimits(settings), {
    message: /DSC_LIMITS_FILE: the file \/nowhere\/limits\.yaml cannot be read/,
  })
})
