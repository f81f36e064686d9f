/** Files that take minutes, most of it waiting, begin first: the others fill the time beside them. */
const slow = [
  'test/e2e/connector-stopped',
  'test/compose/demo',
  'test/e2e/killed',
  'test/e2e/main-job',
  'test/compose/cluster',
  'test/tenants/isolation',
  'test/docs/command-line',
  'test/kubernetes/troubles',
  'test/install/installed',
  'test/install/replicas',
]
const rank = (file) => {
  const index = slow.findIndex((name) => file.includes(name))
  return index === -1 ? slow.length : index
}

export default {
  // test/failures breaks a whole cluster's worth of jobs and wants a quiet machine: npm run test:failures
  files: [
    '{core,dps,config,k8s-client,sidecar,entrypoint,demo,cli,bench}/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/failures/**',
    '!test/large/**', // gigabytes: npm run test:large
  ],
  extensions: ['ts'],
  require: ['./test/support/left-open.ts'],
  workerThreads: false,
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  concurrency: 3, // many files wait for a cluster most of their time
  timeout: '5m',
}
