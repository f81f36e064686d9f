import test from 'ava'
import { liveThroughEveryFault } from './every-fault.ts'
import { endingWell, failingOnce, terminatedAfterwards } from './scenarios.ts'

// Every call that the engine makes of its store, backend, connector or object store fails once, is done though it failed, or is the
// last one before or after which the process ends. These are the jobs that have a result.

test.serial('a job that ends well', (t) => liveThroughEveryFault(t, endingWell, true))
test.serial('a job that ends well, and no hint ever comes', (t) => liveThroughEveryFault(t, endingWell, false))
test.serial('a consumer ends its transfer after the result', (t) =>
  liveThroughEveryFault(t, terminatedAfterwards, true),
)
test.serial('a job that fails once', (t) => liveThroughEveryFault(t, failingOnce, false))
