import fc from 'fast-check'
import test from 'ava'
import { parseSidecarReport } from './sidecar-task.ts'

for (const cause of [
  'input-failed',
  'missing-output',
  'invalid-output',
  'output-too-large',
  'upload-failed',
  'backend-error',
]) {
  test(`a sidecar may fail by ${cause}`, (t) => {
    const report = { cause, message: 'what happened' }
    const read: unknown = parseSidecarReport(JSON.stringify(report))
    t.deepEqual(read, report)
  })
}

test('what else stands in a report is dropped', (t) => {
  const text = '{"cause":"input-failed","message":"m","exitCode":7,"__proto__":{"x":1}}'
  t.deepEqual(parseSidecarReport(text), { cause: 'input-failed', message: 'm' })
})

for (const text of [
  '',
  'Killed',
  'null',
  '[]',
  '"input-failed"',
  '{"cause":"input-failed"}',
  '{"message":"m"}',
  '{"cause":"input-failed","message":5}',
  '{"cause":"exit-code","message":"only a worker has exit codes"}',
  '{"cause":"node-lost","message":"no sidecar can say this"}',
  '{"cause":"constructor","message":"m"}',
  '{"cause":["input-failed"],"message":"m"}',
  '{"cause":"input-failed","message":"cut o',
]) {
  test(`${JSON.stringify(text)} is no report`, (t) => t.is(parseSidecarReport(text), undefined))
}

test('no text makes it throw', (t) => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => t.notThrows(() => parseSidecarReport(text))))
})
