import fc from 'fast-check'
import test from 'ava'
import { pathProblem } from '../result/paths.ts'
import { attemptName, attemptPrefix, bundlePrefix, filesPrefix, jobPrefix, logKey, manifestKey } from './names.ts'

const ref = { jobId: '0b7cbe0a-6a0e-4d57-9f0c-6f6a1f0f3c11', attempt: 3 }

test('names and keys are what the design says', (t) => {
  t.is(attemptName(ref), `dsc-${ref.jobId}-3`)
  t.is(jobPrefix(ref.jobId), `jobs/${ref.jobId}/`)
  t.is(attemptPrefix(ref), `jobs/${ref.jobId}/attempts/3/`)
  t.is(filesPrefix(ref), `jobs/${ref.jobId}/attempts/3/files/`)
  t.is(manifestKey(ref), `jobs/${ref.jobId}/attempts/3/manifest.json`)
  t.is(logKey(ref, 'worker'), `jobs/${ref.jobId}/attempts/3/logs/worker.log`)
  t.is(bundlePrefix(ref.jobId), `assets/${ref.jobId}/`)
})

const anyRef = fc.record({ jobId: fc.uuid(), attempt: fc.integer({ min: 1, max: 11 }) })

test('the name of any attempt is a DNS label, with room for what Kubernetes adds to a pod’s name', (t) => {
  fc.assert(
    fc.property(anyRef, (any) => {
      t.regex(attemptName(any), /^[a-z]([-a-z0-9]*[a-z0-9])?$/)
      t.true(attemptName(any).length <= 63 - '-xxxxx'.length)
    }),
  )
})

test('two attempts never share a name or a prefix', (t) => {
  fc.assert(
    fc.property(anyRef, anyRef, (one, other) => {
      if (one.jobId === other.jobId && one.attempt === other.attempt) return
      t.not(attemptName(one), attemptName(other))
      t.false(attemptPrefix(one).startsWith(attemptPrefix(other)))
    }),
  )
})

test('every key can be used in every store', (t) => {
  fc.assert(
    fc.property(anyRef, (any) => {
      for (const key of [manifestKey(any), logKey(any, 'upload'), `${filesPrefix(any)}a`])
        t.is(pathProblem(key), undefined)
    }),
  )
})
