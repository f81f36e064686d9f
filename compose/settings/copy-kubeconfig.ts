import { chownSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

// Copies a kubeconfig, which its owner alone may read, to where the service may read it: node copy-kubeconfig.ts FROM TO UID
// Runs as root for that.

const [from, to, user] = process.argv.slice(2)
if (from === undefined || to === undefined || user === undefined)
  throw new Error('usage: node copy-kubeconfig.ts FROM TO UID')

const text = readFileSync(from, 'utf8')
if (text.trim() === '') throw new Error('the kubeconfig is empty: set KUBECONFIG to the path of one')
writeFileSync(`${to}.new`, text, { mode: 0o600 })
chownSync(`${to}.new`, Number(user), Number(user))
renameSync(`${to}.new`, to)
