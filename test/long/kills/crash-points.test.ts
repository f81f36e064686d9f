import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { crashPoints } from '../../../core/crash-point.ts'
import { loadSettings } from '../../../config/load.ts'
import { projectRoot } from '../../support/entrypoint.ts'
import { pointsIn } from './crash-point-runs.ts'
import { flowPoints } from './flow-points.ts'
import { receptionPoints } from './reception-points.ts'

/** Every place in the code, with the file that it is in. */
function placesInCode(): readonly (readonly [string, string])[] {
  const files = globSync('{core,config,k8s-client,sidecar,entrypoint}/**/*.ts', { cwd: projectRoot })
  return files
    .filter((file) => !file.endsWith('.test.ts') && file !== 'core/crash-point.ts')
    .flatMap((file) =>
      [...readFileSync(join(projectRoot, file), 'utf8').matchAll(/\bcrash\(\s*([^)]*?)\s*\)/g)].map(
        ([, argument = '']) => [argument, file] as const,
      ),
    )
}

test('every place in the code is in the table, once, and every place of the table is in the code', (t) => {
  const places = placesInCode()
  for (const [argument, file] of places) t.regex(argument, /^'[a-z-]+'$/, `${file}: a place is named by a plain text`)
  const names = places.map(([argument]) => argument.replaceAll("'", ''))
  t.deepEqual(names.toSorted(), Object.keys(crashPoints).toSorted())
})

test('every place of the table is tried', (t) => {
  const tried = [...pointsIn('local'), ...pointsIn('stand-in cluster'), ...flowPoints, ...receptionPoints]
  t.deepEqual(tried.toSorted(), Object.keys(crashPoints).toSorted())
  t.true(tried.length >= 40)
})

const local = { DSC_BACKEND: 'local', DSC_OBJECT_STORE: 'directory' }

test('a service that is not for development refuses to end itself', (t) => {
  const environment = { ...local, DSC_LOCAL_BEYOND_LOOPBACK: 'true', DSC_TOKEN_KEY: '0123456789abcdef0123456789abcdef' }
  t.throws(() => loadSettings({ ...environment, DSC_CRASH_AT: 'accept-kept' }, ''), {
    message: /DSC_CRASH_AT.*DSC_DEVELOPMENT/,
  })
  const allowed = loadSettings({ ...local, DSC_DEVELOPMENT: 'true', DSC_CRASH_AT: 'accept-kept:2' }, '')
  t.is(allowed.DSC_CRASH_AT, 'accept-kept:2')
})

test('a place that there is not is told', (t) => {
  for (const wrong of ['nowhere', 'accept-kept:0', 'accept-kept:x', 'constructor'])
    t.throws(() => loadSettings({ ...local, DSC_DEVELOPMENT: 'true', DSC_CRASH_AT: wrong }, ''), {
      message: /DSC_CRASH_AT/,
    })
})
