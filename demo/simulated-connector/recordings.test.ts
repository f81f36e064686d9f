import test from 'ava'
import { answer, document, event, fill, provisionRequest } from './recordings.ts'

test('a whole placeholder keeps the type of its value', (t) => {
  t.deepEqual(fill({ at: '{{at}}', list: ['{{flag}}'] }, { at: 12, flag: true }), { at: 12, list: [true] })
})

test('a placeholder inside a text becomes text', (t) => {
  t.is(
    fill("transfer [{{id}}] because it's {{state}}", { id: 'p-1', state: 'STARTED' }),
    "transfer [p-1] because it's STARTED",
  )
})

test('a property without a value is left out, null stays', (t) => {
  t.deepEqual(fill({ reason: '{{reason}}', dataAddress: null }, {}), { dataAddress: null })
})

test('the recorded provision request has no type and no authentication, as EDC 0.10.0 sends it', (t) => {
  const body = provisionRequest({
    assetId: 'a',
    providerTransferId: 'p',
    resourceDefinitionId: 'd',
    callbackAddress: 'http://c',
  })
  t.deepEqual(Object.keys(body).toSorted(), [
    'assetId',
    'callbackAddress',
    'policy',
    'resourceDefinitionId',
    'transferProcessId',
  ])
  t.is(body['transferProcessId'], 'p')
})

test('documents, answers and events are found by name; an unknown name is an error', (t) => {
  t.is(document('access', { dataPlane: 'http://d', authorization: 't' })['endpoint'], 'http://d')
  t.is(answer('callbackTooLate', { state: 'STARTED' }).status, 409)
  t.is(event('TransferProcessStarted', { at: 1 })['at'], 1)
  t.throws(() => answer('nothing'), { message: /no recording nothing in recordings\/answers.json/ })
})
