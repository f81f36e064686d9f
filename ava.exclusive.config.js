import everyday from './ava.config.js'

/** The parts of the testbed that everybody needs are stopped: one file at a time, and nothing beside. */
export default { ...everyday, files: ['test/exclusive/**/*.test.ts'], concurrency: 1, timeout: '10m' }
