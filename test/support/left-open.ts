import { getActiveResourcesInfo } from 'node:process'
import { registerCompletionHandler } from 'ava'

/** How long a file's process may take to end by itself behind its last test, in milliseconds. */
const graceMs = 30_000

// AVA loads this into the process of every test file. A file that leaves something open (a server, a service it started) fails soon and says
// so; AVA itself would wait five minutes behind the last test of all, with one place fewer for other files until then.
registerCompletionHandler(() => {
  setTimeout(() => {
    console.error(`The tests have ended and something is open still: ${getActiveResourcesInfo().join(', ')}`)
    process.exit(1)
  }, graceMs).unref()
})
