import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { connectorsFile, defaultAdminUrl, loadAdminAccess, serviceEnvironment } from './cli.ts'
import { SettingsError } from './load.ts'
import { wantsColour } from './terminal.ts'

test('the admin API is where options, environment or the default say', (t) => {
  t.deepEqual(loadAdminAccess({}, {}), { url: defaultAdminUrl })
  t.deepEqual(loadAdminAccess({ DSC_ADMIN_URL: 'https://a.example/x/', DSC_ADMIN_TOKEN: 'k' }, {}), {
    url: 'https://a.example/x',
    token: 'k',
  })
  t.is(
    loadAdminAccess({ DSC_ADMIN_URL: 'https://a.example' }, { adminUrl: 'http://b.example' }).url,
    'http://b.example',
  )
  t.deepEqual(
    loadAdminAccess({ DSC_ADMIN_URL: '', DSC_ADMIN_TOKEN: '' }, {}),
    { url: defaultAdminUrl },
    'empty is not set',
  )
})

test('a token may be in a file; the one named by an option goes before the environment', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'token')
  await writeFile(file, 'in-the-file\n')
  t.is(loadAdminAccess({ DSC_ADMIN_TOKEN_FILE: file }, {}).token, 'in-the-file')
  t.is(loadAdminAccess({ DSC_ADMIN_TOKEN: 'other' }, { tokenFile: file }).token, 'in-the-file')
})

test('every problem is told at once', (t) => {
  const error = t.throws(
    () => loadAdminAccess({ DSC_ADMIN_URL: 'ftp://x', DSC_ADMIN_TOKEN: 'a', DSC_ADMIN_TOKEN_FILE: '/nowhere' }, {}),
    { instanceOf: SettingsError },
  )
  t.deepEqual(
    error?.problems.map(({ where }) => where),
    ['DSC_ADMIN_URL', 'DSC_ADMIN_TOKEN'],
  )
  for (const adminUrl of ['127.0.0.1:3001', 'http://name:word@host', 'http://host/?a=b', 'http://host/#a'])
    t.throws(() => loadAdminAccess({}, { adminUrl }), { instanceOf: SettingsError }, adminUrl)
  t.throws(() => loadAdminAccess({ DSC_ADMIN_TOKEN: 'two\nlines' }, {}), { instanceOf: SettingsError })
  t.throws(() => loadAdminAccess({}, { tokenFile: '/nowhere' }), { instanceOf: SettingsError })
})

test('the service does not see what only the command line knows', (t) => {
  t.deepEqual(serviceEnvironment({ DSC_ADMIN_URL: 'x', DSC_ADMIN_TOKEN: 'k', PATH: '/bin' }), {
    DSC_ADMIN_TOKEN: 'k',
    PATH: '/bin',
  })
})

test('the connectors file is the one that the service would read', (t) => {
  t.is(connectorsFile({}, ''), 'connectors.yaml')
  t.is(connectorsFile({}, 'DSC_CONNECTORS_FILE=a.yaml'), 'a.yaml')
  t.is(connectorsFile({ DSC_CONNECTORS_FILE: 'b.yaml' }, 'DSC_CONNECTORS_FILE=a.yaml'), 'b.yaml')
})

test('colours are for terminals, and NO_COLOR switches them off', (t) => {
  t.true(wantsColour({}, true))
  t.true(wantsColour({ NO_COLOR: '' }, true), 'an empty NO_COLOR says nothing')
  t.false(wantsColour({ NO_COLOR: '1' }, true))
  t.false(wantsColour({ TERM: 'dumb' }, true))
  t.false(wantsColour({}, false))
})
