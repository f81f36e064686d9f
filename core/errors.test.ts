import test from 'ava'
import { errorCatalogue, ServiceError } from './errors.ts'

for (const [code, entry] of Object.entries(errorCatalogue)) {
  test(`${code} is written for its readers`, (t) => {
    t.regex(code, /^[a-z]+(-[a-z]+)*$/)
    t.true(Number.isInteger(entry.status) && entry.status >= 400 && entry.status < 600)
    t.notRegex(entry.title, /\.$/, 'a title is no sentence')
    t.regex(entry.hint, /\.$/, 'a hint is one')
  })
}

test('titles are not given twice: a reader could not tell the codes apart', (t) => {
  const titles = Object.values(errorCatalogue).map(({ title }) => title)
  t.is(new Set(titles).size, titles.length)
})

test('an error carries code, status, problems and cause', (t) => {
  const cause = new Error('below')
  const error = new ServiceError('invalid-asset', 'detail', { problems: [{ where: 'a', message: 'b' }], cause })
  t.like(error, {
    name: 'ServiceError',
    code: 'invalid-asset',
    status: 422,
    message: 'detail',
    problems: [{ where: 'a', message: 'b' }],
    cause,
  })
  t.deepEqual(new ServiceError('internal', 'x').problems, [])
  t.false('cause' in new ServiceError('internal', 'x'))
})
