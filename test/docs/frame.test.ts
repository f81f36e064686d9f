import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { freePort } from '../support/free-ports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { shows } from './expected-output.ts'
import { fencedBlocks } from './fenced-blocks.ts'
import { marksOf } from './marks.ts'
import { runPage } from './run-page.ts'

// What the tests of the documentation's commands stand on: it has to see what is wrong.

const fence = '```'

test('an output holds what is shown of it, but for times, durations, ids and what is left out', (t) => {
  t.true(shows('a job 00da1c4b-db63-4498-8365-34c7c3429c3c took 3.2 s\nend', 'job c7d12e2e-… took 4.457 s'))
  t.true(shows('{"a":1,"at":"2026-11-21T10:47:41.969Z"}', '{ "a": 1,\n  "at": "2025-01-01T00:00:00Z" }'))
  t.true(shows('one\ntwo\nthree', 'one\n…\nthree'))
  t.false(shows('one\ntwo', 'one\n…\nthree'))
  t.false(shows('took 3.2 s, 5 files', 'took 3.2 s, 6 files'))
})

test('a mark that is misspelt or says nothing is an error', (t) => {
  const marked = (comment: string) => () => marksOf({ comment, line: 7 })
  t.deepEqual(marked('not run: it needs a registry; really')(), { notRun: 'it needs a registry; really' })
  t.deepEqual(marked('background: http://a/; folder: .')(), { background: 'http://a/', folder: '.' })
  t.deepEqual(marked('generated:x')(), {})
  t.throws(marked('not run:'), { message: /line 7/ })
  t.throws(marked('background: http://a/; fodler: .'), { message: /fodler/ })
})

test('blocks know their line, language and mark', (t) => {
  const page = `# a\n\n<!-- not run: no -->\n${fence}sh\none\n${fence}\n\n- in a list\n  ${fence}\n  two\n  ${fence}\n`
  t.deepEqual(fencedBlocks(page), [
    { language: 'sh', text: 'one', line: 4, comment: 'not run: no' },
    { language: '', text: 'two', line: 9, comment: undefined },
  ])
})

test('a page that fails, prints something else, or fails otherwise than it says has faults', async (t) => {
  const root = join(await temporaryFolder(t), 'root')
  await mkdir(join(root, 'inside'), { recursive: true })
  const run = async (markdown: string) =>
    runPage(markdown, { root, environment: { PATH: process.env['PATH'] ?? '' }, replacements: [['ten', '10']] })
  const sh = (text: string, shown = '', mark = '') =>
    `${mark}\n${fence}sh\n${text}\n${fence}\n${shown === '' ? '' : `\n${fence}\n${shown}\n${fence}\n`}`
  t.deepEqual(await run(sh('x=4; cd inside') + sh('echo $x $(basename $PWD) ten', '4 inside 10')), [])
  t.deepEqual(await run(sh('exit 3', '', '<!-- not run: it would end -->') + sh('true')), [])
  t.deepEqual(await run(sh('exit 3', '', '<!-- exit code: 3 -->')), [])
  t.deepEqual(await run(sh('pwd', '/root', '<!-- folder: . -->')), [])
  t.is((await run(sh('echo five', 'four'))).length, 1)
  t.is((await run(sh('false') + sh('true'))).length, 1)
  t.is((await run(sh('true | false') + sh('true'))).length, 1)
  t.is((await run(sh('true', '', '<!-- exit code: 3 -->'))).length, 1)
  t.is((await run(sh('no-such-program'))).length, 1)
})

test('a program in the background is ended when the page is over, or by the next one', async (t) => {
  const root = join(await temporaryFolder(t), 'root')
  await mkdir(root)
  const [first, second] = [await freePort(), await freePort()]
  const server = (port: number) =>
    `<!-- background: http://127.0.0.1:${port}/ -->\n${fence}sh\nnode -e 'require("http").createServer((_, a) => a.end()).listen(${port}, "127.0.0.1")'\n${fence}\n`
  const page = `${server(first)}${server(second)}<!-- exit code: 7 -->\n${fence}sh\ncurl http://127.0.0.1:${first}/\n${fence}\n`
  t.deepEqual(await runPage(page, { root, environment: { PATH: process.env['PATH'] ?? '' }, replacements: [] }), [])
  await t.throwsAsync(fetch(`http://127.0.0.1:${second}/`))
})
