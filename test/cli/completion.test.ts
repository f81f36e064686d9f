import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runDsc } from './run-dsc.ts'

const run = promisify(execFile)

/** What bash would offer for a line; its last word is the one being written. */
async function bashOffers(t: ExecutionContext, words: readonly string[]): Promise<readonly string[]> {
  const folder = await temporaryFolder(t)
  const script = join(folder, 'completion.bash')
  await writeFile(script, (await runDsc(['completion', 'bash'])).stdout)
  const ask = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dsc; printf "%s\\n" "${COMPREPLY[@]}"'
  const { stdout } = await run('bash', ['-c', ask, 'bash', script, 'dsc', ...words])
  return stdout.split('\n').filter((line) => line !== '')
}

test('bash completes commands, options and their values', async (t) => {
  t.deepEqual(await bashOffers(t, ['']), [
    'asset',
    'job',
    'reception',
    'connector',
    'key',
    'audit',
    'usage',
    'config',
    'check',
    'backup',
    'restore',
    'serve',
    'demo',
    'completion',
    '--version',
    '--help',
    '-h',
  ])
  t.deepEqual(await bashOffers(t, ['asset', 're']), ['register', 'resume', 'remove'])
  t.deepEqual(await bashOffers(t, ['job', 'list', '--state', 's']), ['starting', 'storing', 'succeeded'])
  t.deepEqual(await bashOffers(t, ['job', 'logs', '00da1c4b', '--con']), ['--container'])
  t.deepEqual(await bashOffers(t, ['completion', '']), ['bash', 'zsh', 'fish', '--help', '-h'])
  t.deepEqual(await bashOffers(t, ['asset', 'show', 'list', '--j']), ['--json'], 'an argument is no command')
  t.deepEqual(await bashOffers(t, ['connector', 'check', '--file', 'conn']), [], 'bash completes file names then')
})

for (const shell of ['zsh', 'fish'] as const) {
  test(`the script for ${shell} knows every command and option`, async (t) => {
    const { code, stdout } = await runDsc(['completion', shell])
    t.is(code, 0)
    for (const word of ['register', 'validate', 'why', 'replace', 'container', 'production', 'Registers an asset'])
      t.true(stdout.includes(word), word)
  })

  test(`${shell} can read its script`, async (t) => {
    const folder = await temporaryFolder(t)
    const script = join(folder, `completion.${shell}`)
    await writeFile(script, (await runDsc(['completion', shell])).stdout)
    const installed = await run(shell, ['-c', 'true']).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
        throw error
      },
    )
    if (!installed) {
      t.log(`skipped: there is no ${shell} here`)
      t.pass()
    } else await t.notThrowsAsync(run(shell, ['-n', script]))
  })
}
