import { join } from 'node:path'
import type { Benchmark, Context, Measured } from './frame/benchmark.ts'
import { type Ran, runChild } from './frame/child.ts'
import type { Aim, Figure } from './frame/figure.ts'
import { projectRoot } from './frame/project-root.ts'
import { median, samplesOf } from './frame/statistics.ts'
import type { Testbed } from './frame/testbed.ts'
import { makeBucket } from './frame/bucket.ts'
import { type Contender, minioJs, s5cmd, sidecar } from './uploads/contenders.ts'
import { largeFile, type Sample, smallFiles } from './uploads/sample-files.ts'

const MiB = 2 ** 20

/** What one contender did with one sample, repetition by repetition. */
interface Series {
  readonly speeds: readonly number[]
  readonly peaks: readonly number[]
}

/** Uploads to a real MinIO by the sidecar, s5cmd and minio-js in turns. */
export const uploads: Benchmark = {
  name: 'uploads',
  title: 'upload to MinIO by the data sidecar, beside s5cmd and minio-js',
  needs: 'testbed',
  run: measure,
}

async function measure(context: Context, testbed: Testbed): Promise<Measured> {
  const { folder, quick, say } = context
  const program = (await runChild('bash', [join(projectRoot, 'testbed/s5cmd.sh')], goEnvironment())).output.trim()
  await runChild(join(projectRoot, 'node_modules/.bin/tsc'), ['-b', join(projectRoot, 'sidecar')])
  const bucket = await makeBucket(testbed.objectStore)
  try {
    const ground = { testbed, bucket, folder }
    const contenders = [sidecar(ground), s5cmd(ground, lastLine(program)), minioJs(ground)]
    const large = await largeFile(join(folder, 'large'), quick ? 24 * MiB : 1024 * MiB)
    const small = await smallFiles(join(folder, 'small'), quick ? 20 : 1000)
    const rounds = quick ? 1 : 7
    const withLarge = await inTurns(contenders, large, rounds, say)
    const withSmall = await inTurns(contenders, small, rounds, say)
    return { figures: [...figures(large, withLarge, 2), ...figures(small, withSmall, undefined)], notes: notes(rounds) }
  } finally {
    await bucket.remove()
  }
}

function notes(rounds: number): readonly string[] {
  return [
    `rounds: ${rounds}; in each the three take turns, beginning with another one each time; medians of whole processes, from start to exit`,
    'the sidecar also hashes every file (SHA-256), checks every part (CRC-32) and writes the manifest; minio-js sends as many small files at once as the sidecar, 24',
    'MinIO, on the same machine and disk, takes its share of the processors',
  ]
}

/** Every contender uploads the sample once per round; who begins changes, so that nobody always follows the same other. */
async function inTurns(
  contenders: readonly Contender[],
  sample: Sample,
  rounds: number,
  say: Context['say'],
): Promise<ReadonlyMap<string, Series>> {
  const ran = new Map<string, Ran[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const turn = contenders.map((_, index) => contenders[(index + round) % contenders.length])
    for (const contender of turn) {
      if (contender === undefined) continue
      const one = await contender.upload(sample)
      ran.get(contender.name)?.push(one)
      const speed = Math.round(speedOf(sample, one))
      say(`${sample.title}: ${contender.name} ${speed} MiB/s, at most ${Math.round(one.peakBytes / MiB)} MiB resident`)
    }
  }
  return new Map(
    [...ran].map(([name, list]) => [
      name,
      { speeds: list.map((one) => speedOf(sample, one)), peaks: list.map(({ peakBytes }) => peakBytes / MiB) },
    ]),
  )
}

function figures(sample: Sample, all: ReadonlyMap<string, Series>, besideMinioJs: number | undefined): Figure[] {
  const [ours, peer, library] = ['sidecar', 's5cmd', 'minio-js'].map((name) => all.get(name))
  if (ours === undefined || peer === undefined || library === undefined) throw new Error('a contender is missing')
  const value = median(ours.speeds)
  const samples = samplesOf(ours.speeds)
  const aim: { readonly aim?: Aim } =
    besideMinioJs === undefined ? {} : { aim: { kind: 'ratio-at-least', value: besideMinioJs } }
  return [
    {
      what: sample.title,
      value,
      unit: 'MiB/s',
      samples,
      aim: { kind: 'ratio-at-least', value: 0.9 },
      beside: { what: 's5cmd', value: median(peer.speeds) },
    },
    {
      what: sample.title,
      value,
      unit: 'MiB/s',
      samples,
      ...aim,
      beside: { what: 'minio-js', value: median(library.speeds) },
    },
    {
      what: `${sample.title}: most memory resident`,
      value: Math.max(...ours.peaks),
      unit: 'MiB',
      samples: samplesOf(ours.peaks),
      aim: { kind: 'at-most', value: 128 },
      beside: { what: 's5cmd', value: Math.max(...peer.peaks) },
    },
  ]
}

function speedOf({ bytes }: Sample, { milliseconds }: Ran): number {
  return bytes / MiB / (milliseconds / 1000)
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? ''
}

/** What the Go tool needs to find its caches, and the testbed its folder, where the environment says so. */
function goEnvironment(): Record<string, string> {
  const names = ['HOME', 'TB_DIR', 'GOPATH', 'GOCACHE', 'GOPROXY', 'GOFLAGS']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}
