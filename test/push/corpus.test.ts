import test from 'ava'
import { readDestination } from '../../entrypoint/push/read-destination.ts'
import { reach } from '../../entrypoint/push/reach.ts'
import { DestinationRefusal } from '../../entrypoint/push/trouble.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { startNameServer } from '../corpora/name-server.ts'
import { names, urlCases } from '../corpora/urls.ts'
import { httpAddress } from './stage.ts'

test('destinations are held to what inputs are held to, address by address', async (t) => {
  const server = await startNameServer((name) => (name === 'empty.example' ? [] : (names[name] ?? 'unknown')))
  t.teardown(() => server.close())
  const admitted = async (url: string, allowed: readonly string[]): Promise<boolean> => {
    const rules = { allowed, plainHttp: true }
    const read = readDestination(httpAddress(url), rules)
    if (Array.isArray(read) || read.kind !== 'http') return false
    try {
      return (await reach(read.url, rules, 1_000, new AbortController().signal, server.resolver)).length > 0
    } catch (error) {
      // A host that the operator named is waited for.
      if (error instanceof DestinationRefusal || error instanceof TransientError) return false
      throw error
    }
  }
  const wrong: string[] = []
  for (const { url, verdict, allowed = [] } of urlCases) {
    // What a parser of addresses would make of blanks and control characters is not asked here: they are refused.
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    const expected = verdict === 'admitted' && !/[\u0000-\u0020\u007F]/.test(url)
    if ((await admitted(url, allowed)) !== expected)
      wrong.push(`${JSON.stringify(url)} ${allowed.join(',')}: ${verdict}`)
  }
  t.deepEqual(wrong, [])
})
