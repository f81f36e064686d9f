import test from 'ava'
import { answeredError } from './answer-error.ts'

const url = 'http://127.0.0.1:8181/api/v1/jobs'
const answered = (body: string): ReturnType<typeof answeredError> =>
  answeredError(url, new Response(body, { status: 502 }))

test('a problem is told in its own words', async (t) => {
  const { message, options } = await answered('{"title":"The connector failed","detail":"It answered 500."}')
  t.deepEqual([message, options.detail], ['The connector failed', 'It answered 500.'])
})

test('what says nothing is no problem of ours: the address and the status are told', async (t) => {
  for (const body of ['<html>502</html>', '{}', '{"title":""}', '{"title":" "}']) {
    const { message, options } = await answered(body)
    t.is(message, `${url} answered 502`)
    t.is(options.detail, body)
  }
})
