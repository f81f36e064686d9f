import { accepts } from './accepts.ts'
import { callback } from './callback.ts'
import type { Benchmark } from './frame/benchmark.ts'
import { flows } from './flows.ts'
import { launch } from './launch.ts'
import { localJob } from './local-job.ts'
import { postgres } from './postgres.ts'
import { scale } from './scale.ts'
import { uploads } from './uploads.ts'

/** Every benchmark, in the order in which they run: what strains the disk most comes last. */
export const benchmarks: readonly Benchmark[] = [accepts, flows, postgres, localJob, scale, launch, callback, uploads]
