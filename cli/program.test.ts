import { type Command, CommanderError } from 'commander'
import test from 'ava'
import { examplesIn } from './command/new-command.ts'
import type { Context } from './context.ts'
import { makeStyle } from './format/style.ts'
import { makeProgram } from './program.ts'

/** The program in a world that keeps what is written. */
function program(): { readonly program: Command; readonly written: () => string } {
  let text = ''
  const output = { write: (part: string) => void (text += part), width: undefined, style: makeStyle(false) }
  const context: Context = {
    out: output,
    err: output,
    environment: {},
    interactive: false,
    now: Date.now,
    exitWith: () => undefined,
  }
  return { program: makeProgram(context, '1.2.3'), written: () => text }
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

/** A line of help as a shell would split it, up to a pipe or a redirection; the variables before the command are left out. */
function words(line: string): readonly string[] {
  const inner = /<\((.*)\)/.exec(line)?.[1] ?? line
  const command = inner.replace(/^(?:[A-Z_]+=\S+ )+/, '').split(/ [|<>] /)[0] ?? ''
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('every command has a summary, and examples that are right command lines of it', async (t) => {
  for (const leaf of leaves(program().program)) {
    const name = leaf.name()
    t.regex(leaf.summary(), /^[A-Z].*[^.]$/, name)
    const examples = examplesIn(leaf)
    t.true(examples.length > 0, `${name} has no examples`)
    for (const { line } of examples) {
      const { program: tried, written } = program()
      const ran: string[] = []
      for (const one of leaves(tried)) one.action(() => void ran.push(one.name()))
      const [first, ...parameters] = words(line)
      t.is(first, 'dsc', line)
      await t.notThrowsAsync(tried.parseAsync(parameters, { from: 'user' }), `${line}\n${written()}`)
      t.deepEqual(ran, [name], line)
    }
  }
})

test('help shows examples, and is no error', async (t) => {
  const { program: tried, written } = program()
  const error = await t.throwsAsync(tried.parseAsync(['job', 'logs', '--help'], { from: 'user' }), {
    instanceOf: CommanderError,
  })
  t.is(error?.exitCode, 0)
  t.regex(written(), /Usage: dsc job logs \[options\] <id>/)
  t.regex(written(), /Examples:\n {2}# /)
})

test('options of the admin API are on every command that needs it, and nowhere else', (t) => {
  const local = new Set([
    'asset init',
    'asset validate',
    'config check',
    'config print',
    'dsc backup',
    'dsc restore',
    'dsc serve',
    'dsc demo',
    'dsc completion',
  ])
  for (const leaf of leaves(program().program)) {
    const remote = leaf.options.some(({ long }) => long === '--admin-url')
    const name = `${leaf.parent?.name() ?? ''} ${leaf.name()}`
    t.is(remote, !local.has(name), name)
  }
})
