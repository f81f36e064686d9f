import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { projectRoot } from '../support/entrypoint.ts'
import { fuzzTargets } from './all-targets.ts'

/** Functions that are called like parsers and need no target of their own, each with the reason. */
const excused: Readonly<Record<string, string>> = {
  'config/read-file.ts readNamedFile': 'reads a file as text',
  'cli/asset/read-text.ts readText': 'reads a file as text; decodeText is fuzzed',
  'cli/settings/dotenv-file.ts readDotenvFile': 'reads a file as text',
  'cli/connectors/read-connectors.ts readConnectors': 'finds the file; loadConnectors is fuzzed',
  'cli/logs/read-on.ts readOn': 'asks the service for more of a log',
  'core/asset/readable.ts readableAsset': 'part of readAsset',
  'core/schema-problems.ts readBySchema': 'reads by any schema; every target with a schema goes through it',
  'entrypoint/assets/directory/read-folder.ts readAssetFolder':
    'reads files; what is in them goes through parseAssetDocument and readAsset',
  'entrypoint/audit/anchors.ts readAnchors': 'lists keys of ours',
  'entrypoint/backends/local/attempt-directory.ts readLog': 'reads bytes of a file',
  'entrypoint/check/read-rows.ts readRows': 'reads rows by schemas; test/corpora holds broken rows',
  'entrypoint/publication/present.ts readPresent': 'asks the connector; what it answers goes through schemas',
  'entrypoint/routes/job-log.ts readJobLog': 'finds a log; its query is fuzzed as readQuery',
  'entrypoint/stores/postgres/line.ts readLine': 'reads rows of ours',
  'entrypoint/stores/sqlite-line.ts readLine': 'reads rows of ours',
  'sidecar/store/s3-answer.ts readAnswer': 'reads a status and up to 256 KiB of text; tag is fuzzed',
  'sidecar/upload/output-file.ts readFully': 'reads bytes of a file',
}

const folders = ['core', 'config', 'sidecar', 'entrypoint', 'k8s-client', 'cli']

test('every function that is called like a parser is fuzzed, or says why not', (t) => {
  const files = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: projectRoot },
  )
    .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('config/assets/'))
    .toSorted()
  const found = files.flatMap((file) =>
    [
      ...readFileSync(join(projectRoot, file), 'utf8').matchAll(
        /^export (?:async )?function\*? ?((?:parse|read|decode)[A-Z][A-Za-z0-9]*)[<(]/gm,
      ),
    ].map(([, name]) => `${file} ${name}`),
  )
  const fuzzed = new Set(fuzzTargets.flatMap(({ parsers }) => [...parsers]))
  t.deepEqual(
    found.filter((name) => !fuzzed.has(name) && !Object.hasOwn(excused, name)),
    [],
    'write a target for it in test/fuzz, or excuse it here',
  )
  const gone = [...fuzzed, ...Object.keys(excused)].filter((name) => {
    const [file = '', exported = ''] = name.split(' ')
    return (
      !files.includes(file) ||
      !new RegExp(`^export (abstract )?(async )?(function\\*? ?|class |const )${exported}\\b`, 'm').test(
        readFileSync(join(projectRoot, file), 'utf8'),
      )
    )
  })
  t.deepEqual(gone, [], 'these are not there any more')
})
