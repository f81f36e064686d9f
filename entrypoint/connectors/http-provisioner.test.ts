import test, { type ExecutionContext } from 'ava'
import { ServiceError } from '../../core/errors.ts'
import { readEvent, readProvisionMessage } from './http-provisioner.ts'

const callbackAddress = 'http://localhost:19193/management/callback'

/** As EDC 0.10.0 posts it, with the ids put in. */
const message = {
  assetId: 'compute-1',
  transferProcessId: 'process-1',
  policy: {
    permissions: [],
    prohibitions: [],
    obligations: [],
    profiles: [],
    extensibleProperties: {},
    inheritsFrom: null,
    assigner: 'provider',
    assignee: 'consumer',
    target: 'compute-1',
    '@type': { '@policytype': 'contract' },
  },
  callbackAddress,
  resourceDefinitionId: 'definition-1',
}
const ids = { assetId: 'compute-1', processId: 'process-1', definitionId: 'definition-1' }

function refusal(t: ExecutionContext, body: unknown): ServiceError {
  return t.throws(() => readProvisionMessage(body, callbackAddress), { instanceOf: ServiceError })
}

test('the message of EDC 0.10, which does not say whether it provisions or deprovisions', (t) => {
  t.deepEqual(readProvisionMessage(message, callbackAddress), { ...ids, type: 'unknown' })
})

for (const type of ['provision', 'deprovision'] as const) {
  test(`the message of EDC 0.11 and later says ${type}`, (t) => {
    t.deepEqual(readProvisionMessage({ ...message, type }, callbackAddress), { ...ids, type })
  })
}

test('what it has besides is passed over', (t) => {
  t.deepEqual(readProvisionMessage({ ...message, more: 1, policy: 'x' }, callbackAddress), { ...ids, type: 'unknown' })
})

test('a slash at the end of the callback address makes no difference', (t) => {
  t.notThrows(() => readProvisionMessage({ ...message, callbackAddress: `${callbackAddress}/` }, callbackAddress))
})

for (const name of ['assetId', 'transferProcessId', 'resourceDefinitionId', 'callbackAddress'] as const) {
  test(`without ${name} it is no message, and that is named`, (t) => {
    for (const value of [undefined, null, '', 5, {}, 'x'.repeat(3_000)]) {
      const error = refusal(t, { ...message, [name]: value })
      t.is(error.code, 'invalid-message')
      t.deepEqual(
        error.problems.map(({ where }) => where),
        [name],
      )
    }
  })
}

for (const body of [null, undefined, [], 'text', 5, {}, [message]]) {
  test(`${JSON.stringify(body)?.slice(0, 20)} is no message`, (t) => t.is(refusal(t, body).code, 'invalid-message'))
}

for (const [what, id] of [
  ['a zero', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['half of a pair', 'a\ud800b'],
]) {
  test(`an id with ${what} is no id, and that is said`, (t) => {
    const { problems } = refusal(t, { ...message, transferProcessId: id })
    t.deepEqual(problems, [{ where: 'transferProcessId', message: 'must be free of control characters' }])
  })
}

test('another type is no message', (t) => t.is(refusal(t, { ...message, type: 'suspend' }).code, 'invalid-message'))

for (const foreign of [
  'http://evil.example/callback',
  'http://localhost:19193/management/callback/evil',
  'http://localhost:19193/management/callback?x',
  'http://localhost:19193/management/callbackX',
  'http://localhost:19193@evil.example/management/callback',
  'https://localhost:19193/management/callback',
  'HTTP://localhost:19193/management/callback',
]) {
  test(`the callback address ${foreign} is foreign, and the refusal does not repeat it`, (t) => {
    const error = refusal(t, { ...message, callbackAddress: foreign })
    t.is(error.code, 'foreign-callback-address')
    t.false(error.message.includes(foreign))
  })
}

test('an event tells which transfer process to look at', (t) => {
  const event = {
    id: 'e',
    at: 1,
    payload: { transferProcessId: 'process-1', assetId: 'a', contractId: 'c', type: 'PROVIDER', callbackAddresses: [] },
    type: 'TransferProcessStarted',
  }
  t.deepEqual(readEvent(event), { processId: 'process-1', assetId: 'a' })
  t.deepEqual(readEvent({ payload: { transferProcessId: 'process-1', assetId: 5 } }), { processId: 'process-1' })
})

for (const body of [
  null,
  [],
  'x',
  {},
  { payload: null },
  { payload: {} },
  { payload: { transferProcessId: 5 } },
  { payload: { transferProcessId: '' } },
  { payload: { contractNegotiationId: 'n' } },
]) {
  test(`the event ${JSON.stringify(body)} is about something else`, (t) => t.is(readEvent(body), undefined))
}
