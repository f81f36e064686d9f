// Runs an npm script of tests, shows its TAP stream and counts it: node suite.mjs FILE MINUTES SCRIPT writes "passed failed skipped"
// to FILE. Without the stream's own summary nothing is written: then the run did not come to its end. The script runs in a process
// group of its own; what is left of that when the script has ended, or after so many minutes, is killed, so that nothing can keep the
// run from ending.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , file, minutes, script] = process.argv
const failures = []
const summary = new Map()

const child = spawn('npm', ['run', script, '--', '--tap'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
const killGroup = () => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // nobody is left
  }
}
const limit = setTimeout(() => {
  console.log(`${script} was not through within ${minutes} minutes`)
  killGroup()
}, Number(minutes) * 60_000)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, killGroup)

const lines = createInterface({ input: child.stdout })
lines.on('line', (line) => {
  console.log(line)
  if (/^not ok \d+/.test(line) && !/# (SKIP|TODO)$/.test(line)) failures.push(line)
  const [, name, count] = /^# (tests|pass|fail|skip) (\d+)$/.exec(line) ?? []
  if (name !== undefined) summary.set(name, Number(count))
})
const read = once(lines, 'close')
const [code] = await once(child, 'exit')
clearTimeout(limit)
killGroup() // whoever else holds the stream
await read

if (failures.length > 0) console.log(['', 'What failed:', ...failures].join('\n'))
if (summary.has('pass') && summary.has('fail')) {
  // "fail" of the summary counts tests that never ended, too; the lines count crashes
  const failed = Math.max(summary.get('fail'), failures.length)
  const passed = summary.get('pass')
  // a run without any test is a failure
  writeFileSync(file, `${passed} ${passed + failed === 0 ? 1 : failed} ${summary.get('skip') ?? 0}\n`)
}
process.exitCode = code ?? 1
