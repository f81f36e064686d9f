import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import dotenv from 'dotenv'
import { z } from 'zod'
import { assetsFolder } from '../demo/start.ts'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { runChild } from './frame/child.ts'
import { projectRoot } from './frame/project-root.ts'
import { median, samplesOf } from './frame/statistics.ts'

/** How long somebody who tries the demo waits for the job. */
export const localJob: Benchmark = {
  name: 'local-job',
  title: "the demo's job on the local backend, from provision request to callback",
  needs: 'nothing',
  run: measure,
}

async function measure({ folder, quick, say }: Context): Promise<Measured> {
  const script = join(projectRoot, 'bench/local-job/demo-jobs.ts')
  const first: number[] = []
  const further: number[] = []
  const alone: number[] = []
  for (let round = 0; round < (quick ? 1 : 10); round++) {
    alone.push(await workerAlone(join(folder, String(round))))
    const { output } = await runChild(process.execPath, [script, quick ? '2' : '6'])
    const [cold, ...warm] = z.array(z.number()).parse(JSON.parse(output))
    if (cold === undefined) throw new Error('no job was measured')
    first.push(cold)
    further.push(...warm)
    say(`first job ${Math.round(cold)} ms, further ones ${Math.round(median(warm))} ms`)
  }
  const beside = { what: 'its worker alone', value: median(alone) }
  const cold = samplesOf(first)
  const warm = samplesOf(further)
  const aim = { kind: 'at-most', value: 300 } as const
  return {
    figures: [
      { what: 'first job of a new process, median', value: cold.p50, unit: 'ms', samples: cold, aim, beside },
      { what: 'further jobs, median', value: warm.p50, unit: 'ms', samples: warm, aim, beside },
    ],
    notes: [
      `word-count, as npm run demo runs it; ${cold.count} processes with ${warm.count / cold.count + 1} jobs each, one after the other`,
      `the slowest first job took ${Math.round(cold.most)} ms; its worker is a Node program`,
    ],
  }
}

/** The worker by hand: how fast the job could be at all. */
async function workerAlone(output: string): Promise<number> {
  const folder = join(assetsFolder, 'word-count')
  await mkdir(output)
  const declared = dotenv.parse(await readFile(join(folder, 'word-count.env')))
  const environment = { ...declared, INPUT_DIR: folder, OUTPUT_DIR: output }
  return (await runChild(process.execPath, [join(folder, 'count.mjs')], environment)).milliseconds
}
