/** Labels of an attempt of ours. */
export const ourLabels = {
  'app.kubernetes.io/managed-by': 'dataspace-compute',
  'dataspace-compute/job': 'good',
  'dataspace-compute/attempt': '1',
}

const at = '2026-11-21T10:00:00Z'
const metadata = {
  name: 'dsc-good-1',
  namespace: 'jobs',
  uid: 'uid-good',
  resourceVersion: '100',
  creationTimestamp: at,
  labels: ourLabels,
  ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'dsc-good-1', uid: 'uid-job' }],
}
const container = (name: string, state: unknown): object => ({
  name,
  image: 'image',
  ready: false,
  restartCount: 0,
  state,
})

/** A pod whose worker runs, as far as it is looked at. */
export const podExample = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { activeDeadlineSeconds: 3600 },
  status: {
    phase: 'Running',
    startTime: at,
    conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
    initContainerStatuses: [
      container('fetch', { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } }),
      container('worker', { running: { startedAt: at } }),
    ],
    containerStatuses: [container('upload', { waiting: { reason: 'PodInitializing' } })],
  },
}

/** A Job that failed, as far as it is looked at. */
export const jobExample = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...metadata, uid: 'uid-job', ownerReferences: undefined },
  spec: { suspend: false },
  status: {
    startTime: at,
    conditions: [
      {
        type: 'Failed',
        status: 'True',
        reason: 'PodFailurePolicy',
        message:
          'Container worker for pod jobs/dsc-good-1-abcde failed with exit code 3 matching FailJob rule at index 0',
        lastTransitionTime: at,
      },
    ],
  },
}

/** An object as somebody may have written it who should not. */
export interface PoisonedObject {
  readonly name: string
  readonly kind: 'pod' | 'job'
  readonly object: unknown
}

/** A copy with one place changed; a path such as `status.conditions`. `undefined` takes the place away. */
function withPlace(object: object, path: string, value: unknown): unknown {
  const [first = '', ...rest] = path.split('.')
  const entries = Object.entries(object)
  const inside: unknown = entries.find(([name]) => name === first)?.[1]
  const changed =
    rest.length === 0
      ? value
      : withPlace(typeof inside === 'object' && inside !== null ? inside : {}, rest.join('.'), value)
  return { ...object, [first]: changed }
}

const wrong: readonly (readonly [string, unknown])[] = [
  ['a number', 7],
  ['text', 'text'],
  ['a list', [1, null, 'x']],
  ['an object', { constructor: 1 }],
  ['nothing', null],
]
const places: readonly (readonly ['pod' | 'job', string])[] = [
  ['pod', 'metadata'],
  ['pod', 'metadata.name'],
  ['pod', 'metadata.uid'],
  ['pod', 'metadata.labels'],
  ['pod', 'metadata.creationTimestamp'],
  ['pod', 'metadata.deletionTimestamp'],
  ['pod', 'spec'],
  ['pod', 'status'],
  ['pod', 'status.phase'],
  ['pod', 'status.conditions'],
  ['pod', 'status.initContainerStatuses'],
  ['job', 'metadata'],
  ['job', 'metadata.labels'],
  ['job', 'status'],
  ['job', 'status.conditions'],
]

const oddLabels: readonly (readonly [string, unknown])[] = [
  ['an attempt of 0', { ...ourLabels, 'dataspace-compute/attempt': '0' }],
  ['an attempt of -1', { ...ourLabels, 'dataspace-compute/attempt': '-1' }],
  ['an attempt of 10^30', { ...ourLabels, 'dataspace-compute/attempt': `1${'0'.repeat(30)}` }],
  ['an attempt in letters', { ...ourLabels, 'dataspace-compute/attempt': 'one' }],
  ['an attempt that is a number', { ...ourLabels, 'dataspace-compute/attempt': 1 }],
  ['an empty job', { ...ourLabels, 'dataspace-compute/job': '' }],
  ['a job that climbs', { ...ourLabels, 'dataspace-compute/job': '../../x' }],
  ['the job of another', { ...ourLabels, 'dataspace-compute/job': 'other' }],
  ['somebody else’s management', { ...ourLabels, 'app.kubernetes.io/managed-by': 'Helm' }],
  ['names of JavaScript', { ...ourLabels, constructor: 'x', toString: 'y' }],
  ['no attempt', { ...ourLabels, 'dataspace-compute/attempt': undefined }],
]

const states: readonly (readonly [string, unknown])[] = [
  ['an empty state', {}],
  ['no state', undefined],
  ['all three states', { waiting: {}, running: {}, terminated: { exitCode: 0 } }],
  ['an end without an exit code', { terminated: { reason: 'Error' } }],
  ['an exit code of 2^31', { terminated: { exitCode: 2 ** 31 } }],
  ['an exit code below zero', { terminated: { exitCode: -1 } }],
  ['a broken exit code', { terminated: { exitCode: 1.5 } }],
  ['an exit code in text', { terminated: { exitCode: '1' } }],
  ['an end before its beginning', { terminated: { exitCode: 0, startedAt: at, finishedAt: '2020-01-01T00:00:00Z' } }],
  ['the year 0001', { running: { startedAt: '0001-01-01T00:00:00Z' } }],
  [
    'the year 9999',
    { terminated: { exitCode: 1, startedAt: '9999-12-31T23:59:59Z', finishedAt: '9999-12-31T23:59:59Z' } },
  ],
  ['no time at all', { running: { startedAt: 'yesterday' } }],
  ['a time of 10^6 digits', { running: { startedAt: '9'.repeat(1_000_000) } }],
  ['an unknown reason', { terminated: { exitCode: 1, reason: 'Zonk' } }],
  ['a reason of JavaScript', { terminated: { exitCode: 1, reason: 'constructor' } }],
  ['a wait for a reason of JavaScript', { waiting: { reason: '__proto__' } }],
  ['a report with an unknown cause', { terminated: { exitCode: 1, message: '{"cause":"constructor","message":"x"}' } }],
  ['a report without an end', { terminated: { exitCode: 1, message: '{"cause":"input-failed","message":"' } }],
  ['a report that is a list', { terminated: { exitCode: 1, message: '[[[[' } }],
  ['a message of 256 KiB', { terminated: { exitCode: 1, message: 'x'.repeat(262_144) } }],
  ['control characters', { terminated: { exitCode: 1, message: '\u001B[2J\u0000\r\n' } }],
]

const statuses: readonly (readonly [string, object])[] = [
  ['an unknown phase', { phase: 'Zonk' }],
  ['failed without a reason', { phase: 'Failed' }],
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'Zonk', 'Evicted', 'x'.repeat(262_144)].map(
    (reason) => [`the reason ${reason.slice(0, 20)}`, { phase: 'Failed', reason }] as const,
  ),
  ['succeeded without containers', { phase: 'Succeeded' }],
  ['half a status', { phase: 'Running', containerStatuses: [{ name: 'upload' }] }],
  [
    'containers that are not ours',
    { phase: 'Running', containerStatuses: [container('sidecar', { running: { startedAt: at } })] },
  ],
  [
    'a container twice',
    {
      phase: 'Running',
      initContainerStatuses: [container('worker', {}), container('worker', { terminated: { exitCode: 0 } })],
    },
  ],
  ['10,000 conditions', { conditions: Array.from({ length: 10_000 }, () => ({ type: 'x', status: 'True' })) }],
  ['a condition of nothing', { conditions: [null] }],
  ['a condition without a type', { conditions: [{ status: 'True' }] }],
]

const ofPod = (name: string, object: unknown): PoisonedObject => ({ name: `a pod with ${name}`, kind: 'pod', object })
const ofJob = (name: string, object: unknown): PoisonedObject => ({ name: `a Job with ${name}`, kind: 'job', object })

/** The objects. Each concerns the one job whose labels it has, if any. */
export const poisonedObjects: readonly PoisonedObject[] = [
  ...places.flatMap(([kind, path]) =>
    wrong.map(([what, value]) =>
      (kind === 'pod' ? ofPod : ofJob)(
        `${what} as ${path}`,
        withPlace(kind === 'pod' ? podExample : jobExample, path, value),
      ),
    ),
  ),
  ...oddLabels.flatMap(([what, labels]) => [
    ofPod(`${what} in its labels`, withPlace(podExample, 'metadata.labels', labels)),
    ofJob(`${what} in its labels`, withPlace(jobExample, 'metadata.labels', labels)),
  ]),
  ...states.map(([what, state]) =>
    ofPod(what, withPlace(podExample, 'status.initContainerStatuses', [container('worker', state)])),
  ),
  ...statuses.map(([what, status]) => ofPod(what, withPlace(podExample, 'status', status))),
  ofPod('annotations of 256 KiB', withPlace(podExample, 'metadata.annotations', { a: 'x'.repeat(262_144) })),
  ofPod('finalizers of others', withPlace(podExample, 'metadata.finalizers', ['example.org/never'])),
  ofPod('another owner', withPlace(podExample, 'metadata.ownerReferences', [{ uid: 'somebody' }])),
  ofPod('an owner without an id', withPlace(podExample, 'metadata.ownerReferences', [{}])),
  ofPod(
    'a grace period below zero',
    withPlace(podExample, 'metadata', { ...metadata, deletionTimestamp: at, deletionGracePeriodSeconds: -1 }),
  ),
  ofJob('another name than its labels say', withPlace(jobExample, 'metadata.name', 'other')),
  ofJob(
    'a failure of an unknown kind',
    withPlace(jobExample, 'status.conditions', [{ type: 'Failed', status: 'True', reason: 'constructor' }]),
  ),
  ofJob(
    'an exit code beyond numbers',
    withPlace(jobExample, 'status.conditions', [
      {
        type: 'Failed',
        status: 'True',
        reason: 'PodFailurePolicy',
        message: `Container worker for pod a/b failed with exit code ${'9'.repeat(400)}`,
      },
    ]),
  ),
  ofJob(
    'both ends',
    withPlace(jobExample, 'status.conditions', [
      { type: 'Failed', status: 'True' },
      { type: 'Complete', status: 'True' },
    ]),
  ),
  ...[null, 'text', 7, [], {}].map((object) => ofPod(`${JSON.stringify(object)} in its place`, object)),
]
