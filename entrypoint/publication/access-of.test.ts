import test from 'ava'
import type { Profile } from '../../config/signaling.ts'
import type { ComputeAsset } from '../../core/asset/schema.ts'
import { readAsset } from '../../core/asset/read.ts'
import { leastAsset } from '../../test/support/example-asset.ts'
import { offerApi } from '../connectors/offer-api.ts'
import { accessOf } from './access-of.ts'

const api = offerApi({ id: 'provider', managementUrl: 'http://127.0.0.1:9/management', apiKey: 'k' })

function access(
  profiles: readonly Profile[],
  transfers: ComputeAsset['transfers'],
  form: 'plain' | 'json-ld' = 'plain',
) {
  const { asset } = readAsset({ ...leastAsset, transfers }, undefined, { allowTags: true })
  return accessOf({ api, dataPlane: { form, profiles, labels: [] } }, asset, 'provider')
}
const types = (given: ReturnType<typeof access>): readonly string[] =>
  given.transfers.map(({ transferType, start }) => `${transferType} ${start}`)

test('an asset is had by those transfer types that it offers, in the order of the connectors file', (t) => {
  const profiles = [
    { name: 'A-PUSH' },
    { name: 'A-PULL' },
    { name: 'B-PULL', start: 'sync' },
    { name: 'C-PULL', start: 'async' },
  ] as const
  t.deepEqual(types(access(profiles, ['pull'])), ['A-PULL async', 'C-PULL async'])
  t.deepEqual(types(access(profiles, ['pull-sync'])), ['A-PULL sync', 'B-PULL sync'])
  t.deepEqual(types(access(profiles, ['pull', 'pull-sync', 'push-sync'])), [
    'A-PUSH sync',
    'A-PULL async',
    'B-PULL sync',
    'C-PULL async',
  ])
})

test('who hears of a result depends on the form', (t) => {
  t.is(access([{ name: 'A-PULL' }], ['pull']).told, 'data-plane')
  t.is(access([{ name: 'HttpData-PULL', start: 'sync' }], ['pull-sync'], 'json-ld').told, 'connector')
})

test('an offer that nobody could have is none', (t) => {
  const error = t.throws(() => access([{ name: 'A-PUSH' }, { name: 'B-PULL', start: 'sync' }], ['pull']))
  t.like(error, { code: 'not-handed-over' })
  t.regex(error?.message ?? '', /offers pull; the connector provider serves A-PUSH, B-PULL \(sync\)/)
})
