// Puts beside the compiled JavaScript what is no TypeScript: the examples and what the simulated connector replays.
import { cpSync, rmSync } from 'node:fs'

const folders = ['config/assets', 'demo/simulated-connector/recordings']

for (const folder of folders) {
  rmSync(`dist/${folder}`, { recursive: true, force: true })
  cpSync(folder, `dist/${folder}`, { recursive: true, filter: (path) => !path.endsWith('.ts') })
}
