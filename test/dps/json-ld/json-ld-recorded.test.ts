import test from 'ava'
import { readFlowMessage, readReasonMessage, startTypeOf } from '../../../dps/json-ld/messages.ts'
import { readRecorded } from './recorded.ts'

// What real control planes sent, read without them.

test('a recorded pull with the consumer’s parameters', async (t) => {
  const body = withAddress(await readRecorded('start-pull'))
  t.is(startTypeOf(body), 'DataFlowStartMessage')
  const { messageId, ...message } = readFlowMessage('DataFlowStartMessage', body)
  t.truthy(messageId)
  t.deepEqual(message, {
    processId: '{{processId}}',
    agreementId: '{{agreementId}}',
    datasetId: '{{assetId}}',
    counterPartyId: 'consumer',
    profile: 'HttpData-PULL',
    callbackAddress: 'http://provider/control',
    claims: {},
    labels: [],
    metadata: {},
    dataAddress: { endpointType: 'HttpProxy', properties: { params: '{"TOP":3}' } },
    sourceAddress: {
      endpointType: '{{addressType}}',
      properties: { name: '{{assetId}}', baseUrl: 'http://localhost/compute' },
    },
  })
})

test('recorded pushes', async (t) => {
  const http = readFlowMessage('DataFlowStartMessage', withAddress(await readRecorded('start-push-http')))
  t.is(http.profile, 'HttpData-PUSH')
  t.deepEqual(http.dataAddress, {
    endpointType: 'HttpData',
    properties: { authCode: 'secret', authKey: 'x-key', baseUrl: 'http://127.0.0.1:9/sink' },
  })
  const s3 = readFlowMessage('DataFlowStartMessage', withAddress(await readRecorded('start-push-s3')))
  t.is(s3.profile, 'AmazonS3-PUSH')
  t.like(s3.dataAddress, {
    endpointType: 'AmazonS3',
    properties: { bucketName: 'consumer', secretAccessKey: 'secret' },
  })
})

test('recorded signals', async (t) => {
  t.deepEqual(readReasonMessage('DataFlowSuspendMessage', await readRecorded('suspend')), {})
  t.deepEqual(readReasonMessage('DataFlowTerminateMessage', await readRecorded('terminate')), {})
})

/** The recording's placeholder is no address. */
function withAddress(body: unknown): unknown {
  return { ...(body as object), callbackAddress: 'http://provider/control' }
}
