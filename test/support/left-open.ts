import { getActiveResourcesInfo } from 'node:process'
import { registerCompletionHandler } from 'ava'

/** How long a file's process may take to end by itself behind its last test, in milliseconds. */
const graceMs = 30_000

// AVA loads this into the process of every test file. A file that leaves something open holds one of few places for others, and AVA itself would
// wait five minutes for it behind the last test of all. A program that still runs was forgotten, and is a failure; a connection that nobody
// answers gives itself up after two minutes, and is told of.
registerCompletionHandler(() => {
  setTimeout(() => {
    const open = getActiveResourcesInfo()
    console.error(`The tests have ended and something is open still: ${open.join(', ')}`)
    process.exit(open.includes('ProcessWrap') ? 1 : 0)
  }, graceMs).unref()
})
