import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { parseDotenv } from '../../core/asset/dotenv.ts'
import { type DotenvCase, dotenvCases } from './dotenv-files.ts'
import { pollution } from './pollution.ts'

/** What is wrong with what is said of a file; nothing where all is as it must be. */
function judge(one: DotenvCase): readonly string[] {
  const shown = JSON.stringify(one.text.slice(0, 60))
  const read = parseDotenv(one.text)
  if ('values' in one) {
    if (read.ok && isDeepStrictEqual(read.values, one.values)) return []
    return [`${shown}: ${JSON.stringify(read).slice(0, 300)}`]
  }
  if (read.ok) return [`${shown} was taken`]
  const found = read.problems.map(({ where, message }) => `${where}: ${message}`)
  const right =
    found.length === one.problems.length &&
    one.problems.every(([line, message], index) => {
      const problem = read.problems[index]
      return problem?.where === (line === 0 ? '' : `line ${line}`) && message.test(problem.message)
    })
  return right ? [] : [`${shown}: ${found.join(' | ').slice(0, 300)}`]
}

test(`${dotenvCases.length} dotenv files are read, or refused for every problem with its line`, (t) => {
  t.deepEqual([...dotenvCases.flatMap(judge), ...pollution()], [])
  t.true(dotenvCases.length >= 200)
  t.is(new Set(dotenvCases.map(({ text }) => text)).size, dotenvCases.length, 'each stands once')
})
