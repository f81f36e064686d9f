import { format, inspect } from 'node:util'
import test from 'ava'
import { hidingSecrets } from './hiding-secrets.ts'
import { loadSettings } from './load.ts'

test('secrets are hidden wherever an object is shown whole, and there for whoever asks', (t) => {
  const key = 'canary-0123456789-abcdefghijklmnopqrs'
  const settings = loadSettings({
    DSC_DEVELOPMENT: 'true',
    DSC_BACKEND: 'local',
    DSC_OBJECT_STORE: 'directory',
    DSC_TOKEN_KEY: key,
    S3_SECRET_KEY: key,
  })
  t.is(settings.DSC_TOKEN_KEY, key)
  const error = Object.assign(new Error('x'), { settings })
  for (const shown of [
    JSON.stringify({ settings }),
    inspect(settings),
    inspect({ a: [settings] }, { depth: 9 }),
    format('%o %j', settings, settings),
    inspect(error, { depth: 9 }),
  ]) {
    t.false(shown.includes('canary'), shown)
    t.regex(shown, /\[hidden\]/)
  }
})

test('what is not set is not shown as hidden, and what is no secret is shown', (t) => {
  const shown = hidingSecrets({ name: 'a', secret: undefined }, ['secret'])
  t.is(JSON.stringify(shown), '{"name":"a"}')
  t.deepEqual(Object.keys(shown), ['name', 'secret'])
})
