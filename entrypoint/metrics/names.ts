import type { Stage } from '../../core/ports/metrics.ts'

/** Every metric of the service begins with this; those of the process (`process_…`, `nodejs_…`) do not. */
export const prefix = 'dataspace_compute'

/** Upper bounds of each stage's histogram, in seconds: from what is quick to what is worth an alarm. */
export const stageBuckets: Readonly<Record<Stage, readonly number[]>> = {
  accept: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  verify: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
  queue: [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3_600, 21_600, 86_400],
  start: [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
  run: [0.1, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 604_800],
  store: [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
  deliver: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3_600],
}

/** What each stage's histogram tells, as its HELP line. */
export const stageHelp: Readonly<Record<Stage, string>> = {
  accept: 'From a provision message until it is on disk.',
  verify: 'From acceptance until the job was verified with its connector and queued.',
  queue: 'From queued until an attempt had a slot.',
  start: 'From the slot until the worker ran: objects, image, inputs.',
  run: 'From the start of the worker until it was seen to have ended.',
  store: 'From the end of the worker until the result was registered.',
  deliver: 'From the decision to tell the connector until it knew, or until there was nobody left to tell.',
}

/** Upper bounds for answers of the listeners, in seconds. */
export const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
/** Upper bounds for sizes of results, in bytes: 1 KiB to 1 TiB. */
export const resultBuckets = [10, 14, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 40].map((power) => 2 ** power)
