import test from 'ava'
import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import { publicDocument } from '../../entrypoint/openapi/public-document.ts'
import { secrets, type Stage, startStage } from '../http/stage.ts'
import { problemSchema } from '../support/problem.ts'
import { type RawRequest, rawRequest } from '../support/raw-request.ts'

let stage: Stage
let addresses = 0

test.before(async () => {
  stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken, DSC_TRUSTED_PROXIES: '127.0.0.1' })
})
test.after.always(() => stage.close())

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
const bodies: readonly RawRequest[] = [
  {},
  { body: 'nonsense', headers: { 'Content-Type': 'application/json' } },
  { body: '{}', headers: { 'Content-Type': 'application/json' } },
  { body: 'nonsense', headers: { 'Content-Type': 'multipart/form-data; boundary=b' } },
]
const credentials: readonly Readonly<Record<string, string>>[] = [
  {},
  { Authorization: 'Bearer guess' },
  { Authorization: `Bearer ${secrets.adminToken}` },
]

for (const [listener, { paths = {} }] of [
  ['public', publicDocument()],
  ['admin', adminDocument()],
] as const) {
  for (const template of Object.keys(paths)) {
    test.serial(`${listener} ${template}: whatever is asked wrongly is answered as a problem`, async (t) => {
      const path = template.replaceAll(/\{\w+\}/g, 'nobody')
      const origin = listener === 'public' ? stage.publicUrl : stage.adminUrl
      for (const method of methods)
        for (const authorization of credentials)
          for (const { body, headers } of method === 'HEAD' ? bodies.slice(0, 1) : bodies) {
            // Each from another address, so that wrong credentials do not add up to too many.
            addresses += 1
            const from = { 'X-Forwarded-For': `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}` }
            const all = { ...headers, ...authorization, ...from }
            const sent = { method, headers: all, ...(body === undefined ? {} : { body }) }
            const answer = await rawRequest(origin, path, sent)
            const what = `${method} ${path} ${JSON.stringify(sent)}: ${answer.status} ${answer.body.slice(0, 300)}`
            t.true(answer.status < 500, what)
            if (answer.status < 300) continue
            t.regex(String(answer.headers['content-type']), /^application\/problem\+json/, what)
            t.truthy(answer.headers['x-request-id'], what)
            if (method === 'HEAD') continue
            const problem = problemSchema.parse(JSON.parse(answer.body))
            t.is(problem.status, answer.status, what)
            t.is(problem.requestId, answer.headers['x-request-id'] as string)
          }
    })
  }
}
