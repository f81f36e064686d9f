import test from 'ava'
import { liveThroughEveryFault } from './every-fault.ts'
import {
  endingWell,
  failing,
  failingOnce,
  overrunning,
  refused,
  terminated,
  terminatedAfterwards,
} from './scenarios.ts'

// Every call that the engine makes of its store, backend, connector or object store fails once, is done though it failed, or is the
// last one before or after which the process ends.

test.serial('a job that ends well', (t) => liveThroughEveryFault(t, endingWell, true))
test.serial('a job that ends well, and no hint ever comes', (t) => liveThroughEveryFault(t, endingWell, false))
test.serial('a job that fails', (t) => liveThroughEveryFault(t, failing, true))
test.serial('a job that fails once', (t) => liveThroughEveryFault(t, failingOnce, false))
test.serial('a job that runs into its deadline', (t) => liveThroughEveryFault(t, overrunning, true))
test.serial('a job that is refused', (t) => liveThroughEveryFault(t, refused, true))
test.serial('a consumer ends its transfer while the worker runs', (t) => liveThroughEveryFault(t, terminated, true))
test.serial('a consumer ends its transfer after the result', (t) =>
  liveThroughEveryFault(t, terminatedAfterwards, true),
)
