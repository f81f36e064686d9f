import everyday from './ava.config.js'

/** Results of gigabytes: minutes, and disk for three times their size. Needs the testbed. */
export default { ...everyday, files: ['test/large/**/*.test.ts'], concurrency: 1, timeout: '60m' }
