// Shows the TAP stream on its standard input and counts it: node report.mjs FILE writes "passed failed skipped" to FILE.
// Without the stream's own summary nothing is written: then the run did not come to its end.
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , file] = process.argv
const failures = []
const summary = new Map()

for await (const line of createInterface({ input: process.stdin })) {
  console.log(line)
  if (/^not ok \d+/.test(line) && !/# (SKIP|TODO)$/.test(line)) failures.push(line)
  const [, name, count] = /^# (tests|pass|fail|skip) (\d+)$/.exec(line) ?? []
  if (name !== undefined) summary.set(name, Number(count))
}

if (failures.length > 0) console.log(['', 'What failed:', ...failures].join('\n'))
if (summary.has('pass') && summary.has('fail')) {
  // "fail" of the summary counts tests that never ended, too; the lines count crashes
  const failed = Math.max(summary.get('fail'), failures.length)
  const passed = summary.get('pass')
  // a run without any test is a failure
  writeFileSync(file, `${passed} ${passed + failed === 0 ? 1 : failed} ${summary.get('skip') ?? 0}\n`)
}
