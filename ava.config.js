export default {
  // test/failures breaks a whole cluster's worth of jobs and wants a quiet machine: npm run test:failures
  files: [
    '{core,config,k8s-client,sidecar,entrypoint,demo,cli}/**/*.test.ts',
    'test/**/*.test.ts',
    '!test/failures/**',
  ],
  extensions: ['ts'],
  workerThreads: false,
  timeout: '5m',
}
