export default {
  // test/failures breaks a whole cluster's worth of jobs and wants a quiet machine: npm run test:failures
  files: [
    '{core,dps,config,k8s-client,sidecar,entrypoint,demo,cli,bench}/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/failures/**',
    '!test/large/**', // gigabytes: npm run test:large
  ],
  extensions: ['ts'],
  workerThreads: false,
  concurrency: 4, // many files wait for a cluster most of their time
  timeout: '5m',
}
