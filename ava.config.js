/** Files that take minutes, most of it waiting, begin first: the others fill the time beside them. */
const slow = [
  'test/e2e/connector-stopped',
  'test/long/kills',
  'test/failures/cluster',
  'test/failures/ends',
  'test/compose/demo',
  'test/tenants/isolation',
  'test/engine/crash-flows',
  'test/engine/crash.test',
  'test/e2e/main-job',
  'sidecar/upload/upload-s3',
  'test/compose/cluster',
  'test/e2e/killed',
  'test/failures',
  'test/tenants/namespaces',
  'test/docs/command',
  'test/package/packed',
  'test/cli/cluster',
  'test/kubernetes/troubles',
  'test/kubernetes/outcomes',
  'test/dps/json-ld',
  'test/install/installed',
  'test/install/replicas',
  'test/replicas',
]
const rank = (file) => {
  const index = slow.findIndex((name) => file.includes(name))
  return index === -1 ? slow.length : index
}

export default {
  files: [
    '{core,dps,config,k8s-client,sidecar,entrypoint,demo,cli,bench}/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/exclusive/**', // stops what everybody on the testbed needs: npm run test:exclusive
    '!test/large/**', // gigabytes: npm run test:large
  ],
  extensions: ['ts'],
  require: ['./test/support/left-open.ts'],
  workerThreads: false,
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  concurrency: 4, // many files wait for a cluster most of their time
  timeout: '5m',
}
