import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shows } from './expected-output.ts'
import { type FencedBlock, fencedBlocks } from './fenced-blocks.ts'
import { type Marks, marksOf } from './marks.ts'

/** Where the commands of a page run. */
export interface Surroundings {
  /** A copy of the repository, and where bash begins. */
  readonly root: string
  readonly environment: Readonly<Record<string, string>>
  /** What of the page's text is put in place of what, in order: addresses, ports and names that others use, too. */
  readonly replacements: readonly (readonly [string, string])[]
  /** Commands before the page's own, such as functions in place of programs. */
  readonly prelude?: string
}

/** A block that was run. */
export interface Outcome {
  readonly block: FencedBlock
  readonly exitCode: number
  readonly output: string
}

const commandLanguages: ReadonlySet<string> = new Set(['sh', 'bash', 'shell', 'console', 'zsh'])
const outputLanguages: ReadonlySet<string> = new Set(['', 'json'])

/** Whether a block is commands. */
export function isCommands({ language }: FencedBlock): boolean {
  return commandLanguages.has(language)
}

/**
 * Runs the commands of a page, in order, in one bash that stops where a block fails.
 * @returns what is wrong with the page, one line for each fault; empty where all is well
 */
export async function runPage(
  markdown: string,
  surroundings: Surroundings,
  deadlineMs = 120_000,
): Promise<readonly string[]> {
  const all = fencedBlocks(markdown)
  const blocks = all.filter((block) => isCommands(block) && marksOf(block).notRun === undefined)
  const { output, exitCode } = await bash(script(blocks, surroundings), surroundings, deadlineMs)
  const outcomes = outcomesOf(blocks, output)
  const faults: string[] = []
  const ended = outcomes.at(-1)
  if (exitCode !== 0 || outcomes.length < blocks.length)
    faults.push(`line ${ended?.block.line}: the block ended bash with ${exitCode}:\n${output.slice(-3000)}`)
  for (const { block, output: printed } of outcomes) {
    const shown = outputAfter(all, block, markdown)
    if (shown === undefined || marksOf(shown).example === true) continue
    const expected = replaced(shown.text, surroundings.replacements)
    if (!shows(printed, expected))
      faults.push(`line ${shown.line}: the page shows\n${expected}\nbut it printed\n${printed}`)
  }
  return faults
}

/** The output that a page shows of a block: the next block, where it is one of output with nothing but a sentence between. */
function outputAfter(all: readonly FencedBlock[], block: FencedBlock, markdown: string): FencedBlock | undefined {
  const next = all[all.indexOf(block) + 1]
  if (next === undefined || !outputLanguages.has(next.language)) return undefined
  const between = markdown.split('\n').slice(block.line + block.text.split('\n').length + 1, next.line - 1)
  return between.every((line) => line.trim() === '' || line.startsWith('<!--')) ? next : undefined
}

function replaced(text: string, replacements: Surroundings['replacements']): string {
  return replacements.reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
}

const beginning = (index: number): string => `@@ block ${index} @@`

function script(blocks: readonly FencedBlock[], { root, replacements, prelude = '' }: Surroundings): string {
  const parts = blocks.map((block, index) => {
    const text = replaced(block.text, replacements)
    const marks = marksOf(block)
    const folder = marks.folder === undefined ? '' : `cd '${join(root, marks.folder)}'\n`
    return `echo '${beginning(index)}'\n${folder}${commands(text, marks, replacements)}`
  })
  return [frame, prelude, ...parts, "echo '@@ end @@'", ''].join('\n')
}

function commands(text: string, { background, exitCode }: Marks, replacements: Surroundings['replacements']): string {
  if (background !== undefined) return `stop_background\n${text} &\nuntil_ready '${replaced(background, replacements)}'`
  if (exitCode === undefined) return text
  return `set +e\n(set -e\n${text}\n)\ncode=$?; set -e\n[ $code -eq ${exitCode} ] || { echo "exit code $code instead of ${exitCode}"; exit 1; }`
}

/** Long-running programs get a process group of their own (`set -m`), so that Ctrl-C can be pressed for them. */
const frame = `exec 2>&1 # through one pipe, so that both come in the order in which they were written
set -e -o pipefail -m
shopt -s expand_aliases
background=
stop_background() { [ -z "$background" ] || { kill -INT -- "-$background" 2>/dev/null || true; wait "$background" 2>/dev/null || true; background=; }; }
until_ready() {
  background=$!
  for _ in $(seq 600); do
    command curl -sf "$1" >/dev/null 2>&1 && return
    kill -0 "$background" 2>/dev/null || { echo "it ended before $1 answered"; exit 1; }
    sleep 0.1
  done
  echo "$1 did not answer"; exit 1
}
trap stop_background EXIT
# An answer of 400 and above is a failure, whatever the page asks for.
curl() { command curl --silent --show-error --fail-with-body "$@"; }`

async function bash(
  text: string,
  { root, environment }: Surroundings,
  deadlineMs: number,
): Promise<{ output: string; exitCode: number }> {
  const file = join(root, '..', 'page.bash')
  await writeFile(file, text)
  const child = spawn('bash', [file], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  const timer = setTimeout(() => {
    output += `\nnot over after ${deadlineMs} ms`
    child.kill('SIGTERM') // bash then runs its trap, which ends what it started
  }, deadlineMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ output, exitCode: code ?? (signal === null ? 1 : 143) })
    })
  })
}

function outcomesOf(blocks: readonly FencedBlock[], output: string): readonly Outcome[] {
  return blocks.flatMap((block, index) => {
    const begin = output.indexOf(beginning(index))
    if (begin < 0) return []
    const next = output.indexOf(index + 1 < blocks.length ? beginning(index + 1) : '@@ end @@', begin)
    const printed = output.slice(begin + beginning(index).length, next < 0 ? undefined : next)
    return [{ block, exitCode: next < 0 ? 1 : 0, output: printed }]
  })
}
