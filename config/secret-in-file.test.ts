import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { secretInFile } from './secret-in-file.ts'

test('a file is read again when what it held is refused, once a second at most where it still holds the same', async (t) => {
  const path = join(await temporaryFolder(t), 'key')
  let now = 0
  const secret = secretInFile(path, 'first', () => now)
  await writeFile(path, 'first\n')
  t.false(secret.replaced('first'), 'the same is no other')
  await writeFile(path, 'second\n')
  t.is(secret.current(), 'first', 'nobody was refused yet')
  now = 999
  t.false(secret.replaced('first'), 'it was looked at a moment ago')
  now = 1_000
  t.true(secret.replaced('first'))
  t.is(secret.current(), 'second')
  t.true(secret.replaced('first'), 'whoever still used the old one has another now')
  t.is(secret.current(), 'second')
  await writeFile(path, 'third')
  t.true(secret.replaced('second'), 'what was found a moment ago may be gone already')
  t.is(secret.latest(), 'third')
  await writeFile(path, 'fourth')
  t.is(secret.latest(), 'third')
  now = 2_000
  t.is(secret.latest(), 'fourth')
})

test('a file that is away or empty changes nothing', async (t) => {
  const path = join(await temporaryFolder(t), 'key')
  let now = 0
  const secret = secretInFile(path, 'first', () => now)
  t.false(secret.replaced('first'))
  await writeFile(path, ' \n')
  now += 1_000
  t.false(secret.replaced('first'))
  await rm(path)
  now += 1_000
  t.false(secret.replaced('first'))
  t.is(secret.current(), 'first')
})

test('it shows no secret', (t) => {
  t.false(inspect(secretInFile('/nowhere', 'canary'), { depth: 9, showHidden: true }).includes('canary'))
})
