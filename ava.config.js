export default {
  files: ['{core,config,k8s-client,sidecar,entrypoint,demo,cli}/**/*.test.ts', 'test/**/*.test.ts'],
  extensions: ['ts'],
  workerThreads: false,
  timeout: '5m',
}
