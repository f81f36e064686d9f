#!/usr/bin/env node
// Plain JavaScript, so that it runs on any Node that has modules and can say what is missing before anything else fails.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = new URL('main.ts', import.meta.url)
const compiled = new URL('../dist/cli/main.js', import.meta.url)

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `dsc needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      'In the repository, `npm ci` brings the right one, and `npm run -s dsc -- …` uses it.\n',
  )
  process.exitCode = 1
} else {
  nodeModule.enableCompileCache?.()
  // Node runs TypeScript as it is, but not below node_modules: packages hold compiled JavaScript.
  const installed = fileURLToPath(source).includes(`${sep}node_modules${sep}`)
  await import((!installed && existsSync(source) ? source : compiled).href)
}
