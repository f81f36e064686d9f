import test from 'ava'
import { liveThroughEveryFault } from './every-fault.ts'
import { failing, overrunning, refused, terminated } from './scenarios.ts'

// As crash.test.ts: every fault at every call, of jobs that have no result.

test.serial('a job that fails', (t) => liveThroughEveryFault(t, failing, true))
test.serial('a job that fails, and no hint ever comes', (t) => liveThroughEveryFault(t, failing, false))
test.serial('a job that runs into its deadline', (t) => liveThroughEveryFault(t, overrunning, true))
test.serial('a job that is refused', (t) => liveThroughEveryFault(t, refused, true))
test.serial('a consumer ends its transfer while the worker runs', (t) => liveThroughEveryFault(t, terminated, true))
