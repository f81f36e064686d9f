import type { AddressInfo } from 'node:net'
import test from 'ava'
import type { DataAddress } from '../../../dps/data-plane.ts'
import { exampleDataPlane } from '../../../dps/example/data-plane.ts'
import { memoryFlowStore } from '../../../dps/flow/flow-store.ts'
import { keepFlows } from '../../../dps/flow/keep-flows.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-ports.ts'
import { pairFor } from '../stand-in/pair.ts'
import { register, serve } from './serve.ts'

test('the example serves a pull from beginning to end, between two control planes', async (t) => {
  const pair = await pairFor(t)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const example = exampleDataPlane(url)
  await new Promise<void>((resolve) => example.listen(port, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => example.close(() => resolve(undefined))))
  t.is((example.address() as AddressInfo).port, port)
  const dataPlane = { dataplaneId: 'example', endpoint: `${url}/dps/v1/dataflows`, profiles: ['Hello-PULL'] }
  await register(t, pair.provider, dataPlane)
  pair.provider.offer({ assetId: 'greeting' })

  const received: (DataAddress | undefined)[] = []
  const consumer = keepFlows(
    {
      prepare: async ({ processId: flowId }) => ({ flowId, state: 'PREPARED' }),
      started: async (_, { dataAddress }) => void received.push(dataAddress),
    },
    { store: memoryFlowStore() },
  )
  const served = await serve(t, consumer, pair.consumer, 'Hello-PULL')

  const transfer = pair.request({ assetId: 'greeting', transferType: 'Hello-PULL' })
  await pair.consumer.reaches(transfer.consumerId, 'STARTED')
  const address = await eventually('the consumer’s data plane to have the address', () => {
    const last = received.at(-1)
    return last === undefined ? { pending: 'not started' } : { done: last }
  })
  const get = async (token = address.properties['authorization']) => {
    const response = await fetch(address.endpoint ?? '', { headers: { authorization: `Bearer ${token}` } })
    return `${response.status} ${await response.text()}`
  }
  t.is(await get(), '200 This is greeting.\n')
  t.is(await get('guessed'), '403 ')

  const providerId = await transfer.providerId()
  t.is(pair.provider.suspend(providerId, 'a break'), 204)
  await pair.provider.reaches(providerId, 'SUSPENDED')
  t.is(await get(), '403 ')
  await pair.consumer.reaches(transfer.consumerId, 'SUSPENDED') // while it takes that in, it refuses whatever else comes
  t.is(pair.provider.resume(providerId), 204)
  await pair.provider.reaches(providerId, 'STARTED')
  t.is(await get(), '200 This is greeting.\n')

  await pair.consumer.reaches(transfer.consumerId, 'STARTED')
  t.is(pair.consumer.terminate(transfer.consumerId, 'enough'), 204)
  await pair.provider.reaches(providerId, 'TERMINATED')
  t.is(await get(), '403 ')
  t.like(await consumer.find(transfer.consumerId), { state: 'TERMINATED', began: 'prepare' })
  t.deepEqual(served.errors, [])
})
