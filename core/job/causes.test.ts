import test from 'ava'
import { type Cause, causes, hintFor } from './causes.ts'

test('every cause has a hint, and is of the words that the design lists', (t) => {
  const listed =
    'invalid-parameters refused queue-timeout input-failed secret-missing image-pull invalid-image unschedulable start-timeout not-isolated altered out-of-memory exit-code deadline evicted node-lost missing-output invalid-output output-too-large upload-failed backend-error'
  t.deepEqual(Object.keys(causes), listed.split(' '))
  for (const cause of Object.keys(causes) as Cause[]) t.regex(hintFor({ cause, message: '' }), /\.$/)
})

test('what the same job would do again is not tried again', (t) => {
  const hopeless = Object.entries(causes).filter(([, { retryable }]) => !retryable)
  t.deepEqual(hopeless.map(([cause]) => cause).toSorted(), [
    'altered',
    'deadline',
    'invalid-image',
    'invalid-output',
    'invalid-parameters',
    'missing-output',
    'out-of-memory',
    'output-too-large',
    'queue-timeout',
    'refused',
    'secret-missing',
  ])
})
