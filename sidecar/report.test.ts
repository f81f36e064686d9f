import test from 'ava'
import { parseSidecarReport } from '../core/job/sidecar-task.ts'
import { reportText } from './report.ts'

test('a report is read back as it was written', (t) => {
  const report = { cause: 'missing-output', message: 'no "counts.json"\nin OUTPUT_DIR' } as const
  t.deepEqual(parseSidecarReport(reportText(report)), report)
})

for (const [what, letter] of [
  ['letters', 'x'],
  ['letters of three bytes', '€'],
  ['characters that JSON escapes', '\u0001'],
] as const) {
  test(`a report of many ${what} is cut to what Kubernetes keeps, and can still be read`, (t) => {
    const text = reportText({ cause: 'input-failed', message: letter.repeat(10_000) })
    t.true(Buffer.byteLength(text) <= 4096)
    t.true(Buffer.byteLength(text) > 3500, `${Buffer.byteLength(text)} bytes`)
    t.regex(parseSidecarReport(text)?.message ?? '', /…$/)
  })
}
