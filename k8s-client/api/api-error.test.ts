import test from 'ava'
import { LaunchRefused } from '../../core/ports/backend.ts'
import { judgeCreateError } from '../refusal.ts'
import { ApiError } from './api-error.ts'

const status = (message: string, more: object = {}) => JSON.stringify({ kind: 'Status', message, ...more })

test('the API server’s words are kept, and a missing right is named', (t) => {
  const said =
    'jobs.batch is forbidden: User "u" cannot create resource "jobs" in API group "batch" in the namespace "n"'
  const error = new ApiError('POST /jobs', 403, status(said, { reason: 'Forbidden' }))
  t.is(error.reason, 'Forbidden')
  t.is(error.said, said)
  t.regex(error.message, /lacks the verb create on jobs in the API group batch/)
  const core = new ApiError(
    'GET',
    403,
    status('User "u" cannot get resource "pods/log" in API group "" in the namespace "n"'),
  )
  t.regex(core.message, /lacks the verb get on pods\/log: /)
})

test('an answer that is no Status is quoted', (t) => {
  const error = new ApiError('GET /pods', 502, '<html>bad gateway</html>')
  t.is(error.said, '<html>bad gateway</html>')
  t.is(error.reason, '')
})

test('what an error on creating means: wait, refuse, or come back', (t) => {
  const judge = (code: number, body: string) => judgeCreateError(new ApiError('POST /jobs', code, body), 'Job')
  const refusal = (code: number, body: string) => {
    const error = judge(code, body)
    return error instanceof LaunchRefused ? error.failure.cause : 'come back'
  }
  t.is(
    refusal(403, status('jobs.batch "x" is forbidden: exceeded quota: q, requested: count/jobs.batch=1')),
    'come back',
  )
  t.regex(judge(403, status('forbidden: exceeded quota: q')).message, /quota is full, so the Job waits/)
  t.is(refusal(403, status('User "u" cannot create resource "jobs" in API group "batch"')), 'come back')
  t.is(refusal(403, status('admission webhook "policy.example" denied the request: no')), 'backend-error')
  t.is(refusal(422, status("ValidatingAdmissionPolicy 'p' with binding 'b' denied the request: no")), 'backend-error')
  t.is(
    refusal(
      422,
      status('invalid', { details: { causes: [{ field: 'spec.template.spec.nodeSelector', message: 'x' }] } }),
    ),
    'backend-error',
  )
  const image = { causes: [{ field: 'spec.template.spec.initContainers[1].image', message: 'Required value' }] }
  t.is(refusal(422, status('invalid', { details: image })), 'invalid-image')
  t.is(refusal(413, 'request entity too large'), 'backend-error')
  for (const code of [400, 403, 422]) t.is(refusal(code, '<html>'), 'come back', 'a proxy in between says so')
  for (const code of [404, 409, 429, 500, 503, 504]) t.is(refusal(code, status('later')), 'come back')
  t.is(judgeCreateError('text', 'Job').message, 'text')
})
