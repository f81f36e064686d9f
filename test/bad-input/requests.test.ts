import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { type Stage, startStage } from '../http/stage.ts'
import { type Problem, problemSchema } from '../support/problem.ts'
import { rawRequest } from '../support/raw-request.ts'
import { adminRequests, publicRequests, type RequestRow, wireRequests } from './requests.ts'

let stage: Stage

test.before(async () => {
  stage = await startStage()
})
test.after.always(() => stage.close())

function says(
  t: ExecutionContext,
  problem: Problem,
  { code, detail, problems = [] }: Pick<RequestRow, 'code' | 'detail' | 'problems'>,
): void {
  t.is(problem.code, code)
  if (typeof detail === 'string') t.is(problem.detail, detail)
  else t.regex(problem.detail, detail)
  t.deepEqual(
    (problem.problems ?? []).map(({ where, message }) => `${where}: ${message}`),
    [...problems],
  )
}

for (const row of [...publicRequests, ...adminRequests]) {
  test.serial(`${row.on}: ${row.name}`, async (t) => {
    const callback = `${stage.connector.providerManagement}/callback`
    const body = typeof row.body === 'string' ? row.body.replace('<callback>', callback) : row.body
    const answer = await rawRequest(row.on === 'public' ? stage.publicUrl : stage.adminUrl, row.path, {
      method: row.method ?? 'GET',
      ...(row.headers === undefined ? {} : { headers: row.headers }),
      ...(body === undefined ? {} : { body }),
    })
    t.regex(String(answer.headers['content-type']), /^application\/problem\+json/)
    const problem = problemSchema.parse(JSON.parse(answer.body))
    t.is(problem.status, answer.status)
    says(t, problem, row)
  })
}

for (const { name, wire, ...row } of wireRequests) {
  test.serial(`wire: ${name}`, async (t) => {
    for (const url of [stage.publicUrl, stage.adminUrl]) {
      const socket = connect(Number(new URL(url).port), new URL(url).hostname)
      socket.write(wire, 'latin1')
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
      t.regex(head, /^content-type: application\/problem\+json/im)
      const problem = problemSchema.parse(JSON.parse(body))
      t.is(Number(head.split(' ')[1]), problem.status)
      says(t, problem, row)
    }
  })
}

test.serial('the service is none the worse for all that', async (t) => {
  for (const url of [stage.publicUrl, stage.adminUrl]) t.is((await fetch(`${url}/readyz`)).status, 200)
  t.deepEqual(
    stage.log.filter(({ level }) => level === 'error'),
    [],
  )
})
