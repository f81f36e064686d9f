import everyday from './ava.config.js'

/** Every failure made for real on the cluster: minutes, and better alone. Needs the testbed. */
export default { ...everyday, files: ['test/failures/**/*.test.ts'], concurrency: 1, timeout: '10m' }
