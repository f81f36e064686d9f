import test from 'ava'
import { liveThroughEveryFault } from './every-fault.ts'
import { failingFlow, failingStarted, pullAsync, pullSync, pushAsync, pushSync } from './flow-scenarios.ts'

// As in crash.test.ts, for data flows of a control plane that can be asked.

test.serial('a pull that starts with its result', (t) => liveThroughEveryFault(t, pullAsync, true))
test.serial('a pull that starts at once', (t) => liveThroughEveryFault(t, pullSync, false))
test.serial('a push that starts with its result', (t) => liveThroughEveryFault(t, pushAsync, true))
test.serial('a push that starts at once', (t) => liveThroughEveryFault(t, pushSync, false))
test.serial('a job that fails before its flow started', (t) => liveThroughEveryFault(t, failingFlow, true))
test.serial('a job that fails when its flow has started', (t) => liveThroughEveryFault(t, failingStarted, false))
