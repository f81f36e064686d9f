// Runs an npm script of tests, shows what it says and counts it: node suite.mjs FILE MINUTES SCRIPT writes "passed failed skipped" to FILE.
// (AVA's default reporter, because its TAP reporter falls over on time-outs and on errors that hold `undefined`.) The script runs in a process
// group of its own; what is left of that when the script has ended, or after so many minutes, is killed, so that nothing can keep the
// run from ending.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , file, minutes, script] = process.argv
const failures = []
let passed = 0
let skipped = 0
/** What the reporter tells in its end beside failed tests: crashed files, time-outs, errors that no test caught. */
let troubles = 0

const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
const killGroup = () => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // nobody is left
  }
}
let late = false
const limit = setTimeout(() => {
  late = true
  killGroup()
}, Number(minutes) * 60_000)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, killGroup)

const lines = createInterface({ input: child.stdout })
lines.on('line', (line) => {
  console.log(line)
  if (/^\s*✔ /.test(line)) passed += 1
  else if (/^\s*✘ \[(fail|unexpected pass)\]: /.test(line)) failures.push(line.trim())
  else if (/^\s*✘ /.test(line)) troubles += 1
  const [, count] = /^\s*(\d+) tests? skipped$/.exec(line) ?? []
  if (count !== undefined) skipped = Number(count)
})
const read = once(lines, 'close')
const [code] = await once(child, 'exit')
clearTimeout(limit)
killGroup() // whoever else holds the stream
await read

if (failures.length > 0) console.log(['', 'What failed:', ...failures].join('\n'))
if (late) console.log(`${script} was not through within ${minutes} minutes`)
// A run that failed without a failed test has failed by something else; a run without any test is a failure, too.
const failed = Math.max(failures.length + troubles, code === 0 && passed > 0 ? 0 : 1)
writeFileSync(file, `${passed} ${failed} ${skipped}\n`)
process.exitCode = code ?? 1
