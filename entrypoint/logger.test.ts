import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)

/** What a program with this code logs on standard output, line by line. */
async function logged(code: string, level = 'info'): Promise<readonly Record<string, unknown>[]> {
  const module = new URL('logger.ts', import.meta.url).href
  const program = `import { jsonLogger } from '${module}'\nconst logger = jsonLogger('${level}')\n${code}`
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', program])
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('each event is one line of JSON with level, time, message and fields', async (t) => {
  const [info, warn, error] = await logged(
    `logger.info('one', { jobId: 'j', attempt: 2 }); logger.warn('two\\nlines'); logger.error('three')`,
  )
  t.like(info, { level: 'info', msg: 'one', jobId: 'j', attempt: 2 })
  t.is(new Date(String(info?.['time'])).toISOString(), String(info?.['time']))
  t.like(warn, { level: 'warn', msg: 'two\nlines' })
  t.like(error, { level: 'error', msg: 'three' })
})

test('levels below the one that is set are not logged', async (t) => {
  const say = `logger.info('i'); logger.warn('w'); logger.error('e')`
  t.deepEqual(
    (await logged(say, 'warn')).map(({ msg }) => msg),
    ['w', 'e'],
  )
  t.deepEqual(await logged(say, 'silent'), [])
})

test('of an error message, code, stack and causes are shown, never what hangs on it', async (t) => {
  const [line] = await logged(`
    const cause = Object.assign(new Error('below'), { code: 'ECONNREFUSED', config: { headers: { 'x-api-key': 'hunter2' } } })
    logger.error('failed', { error: Object.assign(new Error('above', { cause }), { request: 'hunter2' }) })
    logger.error('thrown', { error: 'just text' })`)
  t.false(JSON.stringify(line).includes('hunter2'))
  t.like(line?.['error'], {
    type: 'Error',
    message: 'above',
    cause: { message: 'below', code: 'ECONNREFUSED' },
  })
})

for (const name of [
  'secretKey',
  'accessKey',
  'sessionToken',
  'token',
  'apiKey',
  'authorization',
  'secret',
  'password',
]) {
  test(`a field called ${name} is hidden, also one level down`, async (t) => {
    const lines = await logged(`logger.info('x', { ${name}: 'hunter2', access: { ${name}: 'hunter2' } })`)
    t.false(JSON.stringify(lines).includes('hunter2'))
    t.is(lines[0]?.[name], '[hidden]')
  })
}

test('nothing that a terminal would obey is written, and nothing is lost of it', async (t) => {
  const text = 'a\u001B[31mb\u009B2Jc\u007Fd\u202Ee\u2028f\u0007'
  const module = new URL('logger.ts', import.meta.url).href
  const program = `import { jsonLogger } from '${module}'\njsonLogger('info').info(${JSON.stringify(text)}, { name: ${JSON.stringify(text)}, error: new Error(${JSON.stringify(text)}) })`
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', program])
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  t.notRegex(stdout.trimEnd(), /[\u0000-\u001F\u007F-\u009F\u2028\u202E]/)
  t.like(JSON.parse(stdout), { msg: text, name: text, error: { message: text } })
})
