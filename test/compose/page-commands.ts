import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fencedBlocks } from '../docs/fenced-blocks.ts'
import { marksOf } from '../docs/marks.ts'
import { projectRoot } from '../support/entrypoint.ts'

/** Every command of docs/compose.md that the page says is run, one a line, without the remark at its end. */
export function pageCommands(): readonly string[] {
  return fencedBlocks(readFileSync(join(projectRoot, 'docs/compose.md'), 'utf8'))
    .filter((block) => block.language === 'sh' && marksOf(block).notRun === undefined)
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, ''))
    .filter((line) => line !== '')
}
