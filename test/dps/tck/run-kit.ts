import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { javaProgram } from '../real/java.ts'
import { agreements } from './subject.ts'

const verification = 'org.eclipse.dataspacetck.dps.verification.dataplane'

/** What the kit found, and what it wrote. Its exit code says nothing. */
export interface KitResult {
  /** `SUCCESSFUL`, `FAILED` or `ABORTED`, by the test's id, such as `DP_P_PULL:01-01`. */
  readonly tests: ReadonlyMap<string, string>
  readonly output: string
}

/** How the kit is run. */
export interface KitRun {
  /** Folder of its jars. */
  readonly lib: string
  /** The data plane's base address: the kit appends `/dataflows/start` and so on. */
  readonly dataPlaneUrl: string
  /** Where the kit takes callbacks, at 127.0.0.1. */
  readonly port: number
  /** What it calls its own address. @default that port's */
  readonly address?: string
  /** Groups of tests: `pull`, `push`, and from 1.2.0 on `http`. */
  readonly groups: readonly ('pull' | 'push' | 'http')[]
  /** What the tests of a role name as the asset, the agreement or the profile, such as `DP_P_PULL_04_01_AGREEMENTID`. */
  readonly properties?: Readonly<Record<string, string>>
}

/** Runs the kit's tests of data planes and reads what it prints. */
export async function runKit(run: KitRun): Promise<KitResult> {
  const { lib, dataPlaneUrl, port, address = `http://127.0.0.1:${port}`, groups, properties = {} } = run
  const folder = await mkdtemp(join(tmpdir(), 'dps-tck-'))
  try {
    const settings = {
      'dataspacetck.test.package': groups.map((group) => `${verification}.${group}`).join(','),
      'dataspacetck.dps.dataplane.url': dataPlaneUrl,
      'dataspacetck.callback.address': address,
      'dataspacetck.host': '127.0.0.1',
      'dataspacetck.port': String(port),
      'dataspacetck.dps.default.wait': '10',
      'dataspacetck.ansi': 'false',
      DP_P_PULL_04_01_AGREEMENTID: agreements.asynchronous,
      DP_P_PUSH_04_01_AGREEMENTID: agreements.asynchronous,
      DP_C_PULL_04_01_AGREEMENTID: agreements.asynchronous,
      DP_C_PUSH_04_01_AGREEMENTID: agreements.asynchronous,
      DP_P_PUSH_03_01_AGREEMENTID: agreements.completing,
      DP_C_PULL_03_01_AGREEMENTID: agreements.completing,
      ...properties,
    }
    const file = join(folder, 'kit.properties')
    await writeFile(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    const options = [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      join(lib, '*'),
      'org.eclipse.dataspacetck.dps.DpsTckSuite',
    ]
    const kit = spawn(javaProgram, [...options, '-config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [printed, complaints] = await Promise.all([text(kit.stdout), text(kit.stderr)])
    return { tests: read(printed), output: printed + complaints }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A line for each test at its end, such as `[…] SUCCESSFUL: DP_P_PULL:01-01`. */
function read(printed: string): ReadonlyMap<string, string> {
  const ends = printed.matchAll(/\] ([A-Z]+): (DP_[A-Z_]+:\d\d-\d\d)/g)
  return new Map([...ends].map(([, status = '', id = '']) => [id, status]))
}
