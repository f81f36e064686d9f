import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { causes } from '../../core/job/causes.ts'
import type { StepObservation } from '../../core/ports/backend.ts'
import { ApiError } from '../../k8s-client/api/api-error.ts'
import { readKubeconfig } from '../../k8s-client/api/kubeconfig.ts'
import { lines } from '../../k8s-client/api/lines.ts'
import { readTail } from '../../k8s-client/api/log-tail.ts'
import { readWatchEvent, trackedObject } from '../../k8s-client/api/watch-event.ts'
import { attemptOf } from '../../k8s-client/labels.ts'
import { observeDeletedPod } from '../../k8s-client/observe/deleted-pod.ts'
import { observeJob } from '../../k8s-client/observe/job.ts'
import { metadataOf, readEvent, readJob, readMetadata, readPod } from '../../k8s-client/observe/objects.ts'
import { observePod } from '../../k8s-client/observe/pod.ts'
import { eventTrouble } from '../../k8s-client/observe/trouble.ts'
import { type FuzzTarget, jsonOr, must, unlessRefused, unlessRefusedLater } from './fuzz.ts'
import { jobExample, podExample } from '../corpora/cluster-objects.ts'

const folder = mkdtempSync(join(tmpdir(), 'fuzz-cluster-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const statusWords = [
  '"phase":"Failed"',
  '"reason":"constructor"',
  '"reason":"__proto__"',
  '"reason":"Evicted"',
  '"exitCode":137',
  '"exitCode":-1',
  '"startedAt":null',
  '"startedAt":"0001-01-01T00:00:00Z"',
  '"finishedAt":"9999-12-31T23:59:59Z"',
  '"state":{}',
  '"terminated":{',
  '"waiting":{"reason":"ImagePullBackOff"}',
  '"deletionTimestamp":"2026-11-21T10:00:00Z"',
  '"conditions":[',
  '"type":"DisruptionTarget"',
  '"status":"True"',
  '"name":"worker"',
  '"name":"fetch"',
  '"name":"upload"',
  '"message":"{\\"cause\\":\\"constructor\\",\\"message\\":\\"x\\"}"',
  'null',
  '[]',
  '{}',
]

/** Whatever is observed can be told, and times are times. */
function tellable(step: StepObservation): void {
  if (step.phase === 'failed')
    must(Object.hasOwn(causes, step.failure.cause) && step.failure.message !== '', JSON.stringify(step))
  for (const [name, value] of Object.entries(step))
    if (name.endsWith('At'))
      must(typeof value === 'number' && !Number.isNaN(new Date(value).getTime()), `${name} is ${String(value)}`)
}

/** Parsers of what the API server says: objects that anybody may have written, and answers that may be a proxy's. */
export const clusterTargets: readonly FuzzTarget[] = [
  {
    parsers: ['k8s-client/observe/objects.ts readPod', 'k8s-client/observe/pod.ts observePod'],
    seeds: [
      JSON.stringify(podExample),
      JSON.stringify(podExample).replace('"phase":"Running"', '"phase":"Failed","reason":"Evicted"'),
    ],
    words: statusWords,
    check(text) {
      const pod = unlessRefused(() => readPod(jsonOr(text)), Error)
      if (pod === undefined) return
      tellable(observePod(pod))
      tellable(observeDeletedPod(pod))
    },
  },
  {
    parsers: ['k8s-client/observe/objects.ts readJob', 'k8s-client/observe/job.ts observeJob'],
    seeds: [JSON.stringify(jobExample)],
    words: [
      ...statusWords,
      '"type":"Failed"',
      '"type":"Complete"',
      '"reason":"PodFailurePolicy"',
      '"suspend":true',
      'Container worker for pod a/b failed with exit code 99999999999999999999',
    ],
    check(text) {
      const job = unlessRefused(() => readJob(jsonOr(text)), Error)
      if (job !== undefined) tellable(observeJob(job))
    },
  },
  {
    parsers: ['k8s-client/observe/objects.ts readEvent', 'k8s-client/observe/trouble.ts eventTrouble'],
    seeds: [
      '{"reason":"FailedScheduling","message":"0/1 nodes","lastTimestamp":"2026-11-21T10:00:00Z","eventTime":null}',
    ],
    words: statusWords,
    check(text) {
      const event = unlessRefused(() => readEvent(jsonOr(text)), Error)
      if (event !== undefined) eventTrouble([event, event], 0)
    },
  },
  {
    parsers: [
      'k8s-client/api/watch-event.ts readWatchEvent',
      'k8s-client/observe/objects.ts metadataOf',
      'k8s-client/observe/objects.ts readMetadata',
      'k8s-client/labels.ts attemptOf',
    ],
    seeds: [
      JSON.stringify({ type: 'MODIFIED', object: podExample }),
      '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}',
      '{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}',
    ],
    words: [
      '"type":"ADDED"',
      '"type":"DELETED"',
      '"object":',
      '"metadata":',
      '"labels":{"a":1}',
      '"uid":',
      ...statusWords.slice(0, 6),
    ],
    check(line) {
      // A line that is none ends the watch, which begins anew; an object that is none is passed over.
      const event = unlessRefused(() => readWatchEvent(line), Error)
      if (event?.type === 'changed' || event?.type === 'deleted') attemptOf(event.object.labels)
      const object = jsonOr(line)
      const metadata = metadataOf(object)
      must((metadata === undefined) === (trackedObject(object) === undefined), 'one of two readers read it')
      if (metadata !== undefined) must(readMetadata(object).name === metadata.name, 'two readers differ')
    },
  },
  {
    parsers: ['k8s-client/api/api-error.ts ApiError'],
    seeds: [
      '{"kind":"Status","message":"jobs is forbidden: User \\"x\\" cannot create resource \\"jobs\\" in API group \\"batch\\"","reason":"Forbidden","details":{"causes":[{"field":"spec","message":"no"}]}}',
      '<html>502 Bad Gateway</html>',
    ],
    words: ['"kind":"Status"', '"details":', '"causes":[', '"message":', 'cannot ', ' resource "', 'API group "'],
    check(text) {
      for (const status of [401, 403, 409, 500])
        must(new ApiError('POST jobs', status, text).message !== '', 'an error without words')
    },
  },
  {
    parsers: ['k8s-client/api/lines.ts lines', 'k8s-client/api/log-tail.ts readTail'],
    seeds: ['one\ntwo\n\nthree', '\n\n\n', 'no end'],
    words: ['\n', '\r\n', '\0', 'é'],
    async check(text) {
      const bytes = Buffer.from(text)
      const chunks = (): Readable =>
        Readable.from(
          [bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8)].filter(({ length }) => length > 0),
        )
      const read = await Array.fromAsync(lines(chunks()))
      must(
        read.every((line) => !line.includes('\n')) && bytes.toString('utf8').startsWith(read.join('\n')),
        'lines that were not sent',
      )
      const tail = await readTail(chunks(), 3, 10)
      must(tail.start + tail.bytes.length === bytes.length, 'not up to the end')
      must(tail.bytes.length <= 10, 'too long')
    },
  },
  {
    slow: true,
    parsers: ['k8s-client/api/kubeconfig.ts readKubeconfig'],
    seeds: [
      'clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n',
    ],
    words: [
      'clusters:',
      'users:',
      'contexts:',
      'current-context:',
      'exec:',
      'auth-provider:',
      '&a',
      '*a',
      '- ',
      'server: ',
      'tokenFile: /etc/passwd',
      '!!js',
    ],
    async check(text) {
      const path = join(folder, 'config')
      writeFileSync(path, text)
      const context = await unlessRefusedLater(async () => readKubeconfig({ kubeconfig: path }), Error)
      if (context !== undefined) must(context.cluster.server !== '', 'a cluster without an address')
    },
  },
]
