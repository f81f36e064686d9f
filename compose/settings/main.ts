import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesFor } from './files.ts'
import { keptSecrets } from './secrets.ts'

// Makes the demo's secrets, once, and writes each container's settings into its own volume: node main.ts FOLDER
// FOLDER/secrets keeps the secrets; the other folders of FOLDER are the containers' volumes.

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node main.ts FOLDER')

for (const [reader, files] of Object.entries(filesFor(keptSecrets(join(folder, 'secrets/secrets.json'))))) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, reader, name)
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
}
