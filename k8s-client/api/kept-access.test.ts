import test from 'ava'
import { makeAccess } from './access.ts'
import { KeptAccess } from './kept-access.ts'

test('credentials that cannot be read in time are an error, and are read anew by the next call', async (t) => {
  const parts = { server: 'http://127.0.0.1', proxy: undefined, headers: {}, certificates: {} }
  let opened = 0
  const access = new KeptAccess(() => {
    opened += 1
    return opened === 1 ? () => new Promise<never>(() => undefined) : async () => parts
  }, 50)
  const answers = await Promise.allSettled([access.current(), access.current()])
  t.deepEqual(
    answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason) : answer.value)),
    Array.from({ length: 2 }, () => 'Error: the credentials for the API server could not be read within 0.05 s'),
  )
  t.is(opened, 2)
  t.deepEqual(await access.current(), makeAccess(parts))
})

test('everybody waits for the same reading of credentials', async (t) => {
  let reads = 0
  const access = new KeptAccess(() => async () => {
    reads += 1
    return { server: 'http://127.0.0.1', proxy: undefined, headers: {}, certificates: {} }
  })
  await Promise.all(Array.from({ length: 20 }, () => access.current()))
  t.is(reads, 1)
})
