import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { edc18Lib } from '../../support/dps-parts.ts'
import type { Side } from '../stand-in/pair-under-test.ts'
import { type EdcConnector, startEdc } from './edc-connector.ts'

const started: EdcConnector[] = []
let connectors: Readonly<Record<Side, EdcConnector>> | undefined

/** Starts a pair of EDC 0.18 for all tests of the file, some 10 s, and stops it after them. Nothing where the jars are not there. */
export function withEdcPair(): void {
  const lib = edc18Lib
  if (lib === undefined) return
  let folder = ''
  test.before(async (t) => {
    t.timeout(240_000)
    folder = await mkdtemp(join(tmpdir(), 'edc18-'))
    const starting = (['provider', 'consumer'] as const).map(async (name) => {
      const connector = await startEdc(name, lib, folder)
      started.push(connector)
      return connector
    })
    await Promise.allSettled(starting) // so that none starts unseen when another fails
    const [provider, consumer] = await Promise.all(starting)
    if (provider !== undefined && consumer !== undefined) connectors = { provider, consumer }
  })
  test.after.always(async () => {
    await Promise.all(started.map((connector) => connector.stop()))
    if (folder !== '') await rm(folder, { recursive: true })
  })
}

/** A test with the pair; skipped, with a notice in its title, where the jars are not there. */
export function testOnEdc18(
  title: string,
  body: (t: ExecutionContext, connectors: Readonly<Record<Side, EdcConnector>>) => Promise<void>,
): void {
  if (edc18Lib === undefined) test.serial.skip(`${title} (needs the jars of EDC 0.18: EDC18_LIB)`, () => undefined)
  else
    test.serial(title, async (t) => {
      if (connectors === undefined) throw new Error('the connectors did not start')
      await body(t, connectors)
    })
}
