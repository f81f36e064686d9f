import test from 'ava'
import type { ProvisionerSettings } from '../../../config/connectors.ts'
import { checkCallbackAddress } from './check-callback-address.ts'
import { checkEvents, checkProvisioner, type MessageEvidence } from './check-messages.ts'
import { checkPublicUrl } from './check-public-url.ts'
import type { Heard } from './heard.ts'
import type { ProbeOutcome } from './probe.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const settings: ProvisionerSettings = {
  id: 'provider',
  dialect: 'http-provisioner',
  managementUrl: 'http://localhost:19193/management',
  callbackAddress: 'http://localhost:19193/management/callback',
  apiKey: 'secret-key',
  secret: 'path-secret-0123456789-abcdefghijklm',
}

function evidence(heard: Partial<Heard> = {}, more: Partial<MessageEvidence> = {}): MessageEvidence {
  return { settings, publicUrl: 'https://compute.example', heard: { since: now - 60_000, ...heard }, now, ...more }
}

const message = { at: now - 30_000, processId: 'p-1', assetId: 'word-count' }

test('before anything came, nothing is known, and the lines to write are there without the secret', (t) => {
  const provisioner = checkProvisioner(evidence())
  t.is(provisioner.outcome, 'unknown')
  t.deepEqual(provisioner.mend?.lines, [
    'provisioner.http.entries.compute.provisioner.type=provider',
    'provisioner.http.entries.compute.data.address.type=HttpProvision',
    'provisioner.http.entries.compute.endpoint=https://compute.example/connectors/provider/provision/<secret>',
  ])
  const events = checkEvents(evidence())
  t.is(events.outcome, 'unknown')
  t.is(events.mend?.lines[0], 'edc.callback.compute.uri=https://compute.example/connectors/provider/events/<secret>')
})

test('a message is proof; a job of before the start, too', (t) => {
  t.is(checkProvisioner(evidence({ provision: message })).outcome, 'ok')
  t.is(checkProvisioner(evidence({}, { newestJobAt: now - 86_400_000 })).outcome, 'ok')
  t.is(checkEvents(evidence({ event: message })).outcome, 'ok')
})

test('a message without events is a warning, once they would have come', (t) => {
  t.is(checkEvents(evidence({ provision: message })).outcome, 'warning')
  t.is(checkEvents(evidence({ provision: { ...message, at: now - 1_000 } })).outcome, 'unknown')
})

test('the last message counts: one that was refused is a fault, until one is taken', (t) => {
  const refused = { at: now - 10_000, code: 'unauthorized', message: 'wrong secret' }
  const row = checkProvisioner(evidence({ provision: message, provisionRefused: refused }))
  t.is(row.outcome, 'failed')
  t.regex(row.seen, /wrong secret \(unauthorized\)/)
  t.is(
    checkProvisioner(evidence({ provision: { ...message, at: now - 5_000 }, provisionRefused: refused })).outcome,
    'ok',
  )
  t.is(checkEvents(evidence({ event: message, eventRefused: refused })).outcome, 'warning')
  const unknownAsset = { ...refused, code: 'asset-unknown' }
  t.is(
    checkProvisioner(evidence({ provision: message, provisionRefused: unknownAsset })).outcome,
    'ok',
    'it is set up right',
  )
})

test('a probe tells for sure, unless there was none', (t) => {
  const outcome = (change: Partial<ProbeOutcome>): ProbeOutcome => ({
    began: true,
    provision: false,
    event: false,
    detail: 'why',
    left: [],
    ...change,
  })
  const both = evidence({}, { probe: outcome({ provision: true, event: true }) })
  t.deepEqual([checkProvisioner(both).outcome, checkEvents(both).outcome], ['ok', 'ok'])
  const none = evidence({}, { probe: outcome({}), newestJobAt: 1 })
  t.deepEqual([checkProvisioner(none).outcome, checkEvents(none).outcome], ['failed', 'warning'])
  const stopped = evidence({}, { probe: outcome({ began: false }) })
  t.deepEqual([checkProvisioner(stopped).outcome, checkEvents(stopped).outcome], ['unknown', 'unknown'])
})

test('the callback address: proven by a message, refuted by one, plausible, or odd', (t) => {
  const heard = { since: now - 60_000 }
  t.like(checkCallbackAddress(settings, heard), { outcome: 'ok' })
  t.regex(checkCallbackAddress(settings, { ...heard, provision: message }).seen, /messages carry/)
  const refused = {
    at: now,
    code: 'foreign-callback-address',
    message: 'It names "http://edc:1/x".',
  } as const
  const wrong = checkCallbackAddress(settings, { ...heard, provisionRefused: refused })
  t.is(wrong.outcome, 'failed')
  t.regex(wrong.mend?.hint ?? '', /never take over one that you do not know/)
  const numbered = { ...settings, callbackAddress: 'http://127.0.0.1:19193/management/callback' }
  const unsure = checkCallbackAddress(numbered, heard)
  t.is(unsure.outcome, 'unknown')
  t.deepEqual(unsure.mend?.lines, [
    'edc.hostname=127.0.0.1',
    'web.http.management.port=19193',
    'web.http.management.path=/management',
  ])
  t.is(checkCallbackAddress({ ...settings, callbackAddress: 'http://localhost/x' }, heard).outcome, 'failed')
})

test('the public address must not be loopback where the connector is elsewhere', async (t) => {
  const remote = { ...settings, managementUrl: 'https://192.0.2.7:19193/management' }
  const outcome = async (one: ProvisionerSettings, url: string) => (await checkPublicUrl(one, url)).outcome
  t.is(await outcome(settings, 'http://127.0.0.1:3000'), 'ok')
  t.is(await outcome(settings, 'http://localhost:3000'), 'ok')
  t.is(await outcome(remote, 'http://127.0.0.1:3000'), 'failed')
  t.is(await outcome(remote, 'http://[::1]:3000'), 'failed')
  t.is(await outcome(remote, 'http://198.51.100.1:3000'), 'ok')
  t.is(await outcome(settings, 'http://0.0.0.0:3000'), 'failed')
  t.is(await outcome(remote, 'https://no-such-host.invalid'), 'unknown')
  t.deepEqual((await checkPublicUrl(remote, 'http://127.0.0.1:3000')).mend?.lines, [
    'DSC_PUBLIC_URL=http://<address of this service for the connector>:3000',
  ])
})
