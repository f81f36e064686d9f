import { mkdir, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { dscProgram, runDsc } from './run-dsc.ts'

// What `dsc` does on the machine of the service: settings checked and printed, the service started.

const connectorsYaml = `connectors:
  - { id: provider, managementUrl: 'http://127.0.0.1:19193/management', apiKey: the-key-of-the-connector }
`

/** Settings of a service on one machine, without cluster and S3. */
const development = {
  DSC_DEVELOPMENT: 'true',
  DSC_BACKEND: 'local',
  DSC_OBJECT_STORE: 'directory',
  DSC_PUBLIC_PORT: '0',
  DSC_ADMIN_PORT: '0',
}

test('config check says that settings and connectors are right', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'connectors.yaml'), connectorsYaml)
  const environment = { ...development, DSC_ADMIN_URL: 'http://127.0.0.1:3001' }
  const { code, stdout, stderr } = await runDsc(['config', 'check'], { environment, folder })
  t.is(code, 0, stderr)
  t.is(stdout, 'The settings are valid: backend local, object store directory, 1 connector (provider).\n')
})

test('config check tells every mistake in settings and connectors file at once', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'connectors.yaml'), 'connectors: []\n')
  await writeFile(join(folder, '.env'), 'DSC_PUBLIC_PORT=high\nDSC_PUBLIC_PROT=1\n')
  const { code, stdout, stderr } = await runDsc(['config', 'check'], { folder })
  t.is(code, 4)
  t.is(stdout, '')
  t.regex(stderr, /DSC_PUBLIC_PORT: expected a whole number from 0 to 65535/)
  t.regex(stderr, /DSC_PUBLIC_PROT: there is no such setting/)
  t.regex(stderr, /connectors\.yaml connectors: /)
})

test('config print shows where each value is from, and no secret', async (t) => {
  const folder = await temporaryFolder(t)
  const secrets = { key: 'token-key-0123456789-abcdefghijklmnop', admin: 'admin-token-0123456789-abcdefghijklm' }
  await writeFile(join(folder, '.env'), `DSC_TOKEN_KEY=${secrets.key}\nDSC_CONCURRENCY=4\nDSC_LOG_LEVEL=warn\n`)
  await writeFile(join(folder, 'admin-token'), secrets.admin)
  const environment = {
    ...development,
    DSC_LOG_LEVEL: 'error',
    DSC_ADMIN_TOKEN_FILE: join(folder, 'admin-token'),
    DSC_PUBLIC_URL: 'http://name:password@compute.example',
  }
  const { code, stdout, stderr } = await runDsc(['config', 'print', '--json'], { environment, folder })
  t.is(code, 0, stderr)
  const setting = z.strictObject({
    name: z.string(),
    value: z.string().nullable(),
    secret: z.boolean(),
    source: z.string(),
  })
  const settings = z.strictObject({ settings: z.array(setting) }).parse(JSON.parse(stdout)).settings
  const shown = Object.fromEntries(settings.map(({ name, value, source }) => [name, [value, source]]))
  t.deepEqual(shown['DSC_TOKEN_KEY'], ['[hidden]', 'dotenv'])
  t.deepEqual(shown['DSC_ADMIN_TOKEN'], ['[hidden]', 'environment (file)'])
  t.deepEqual(shown['DSC_LOG_LEVEL'], ['error', 'environment'])
  t.deepEqual(shown['DSC_CONCURRENCY'], ['4', 'dotenv'])
  t.deepEqual(shown['DSC_PUBLIC_HOST'], ['127.0.0.1', 'default'])
  t.deepEqual(shown['DSC_PUBLIC_URL'], ['http://[hidden]@compute.example', 'environment'])
  t.deepEqual(shown['S3_SECRET_KEY'], [null, 'unset'])
  const table = (await runDsc(['config', 'print'], { environment, folder })).stdout
  for (const text of [stdout, table])
    for (const secret of [...Object.values(secrets), 'password']) t.false(text.includes(secret))
})

test('serve starts the service, hands a signal on, and ends as it does', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'dataspace-compute-work'))
  await writeFile(join(folder, 'connectors.yaml'), connectorsYaml)
  const child = spawn(process.execPath, [dscProgram, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...development },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.teardown(() => child.kill('SIGTERM'))
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const messages: string[] = []
  for await (const line of createInterface(child.stdout)) {
    const event = z.looseObject({ msg: z.string(), adminUrl: z.string().optional() }).parse(JSON.parse(line))
    messages.push(event.msg)
    if (event.msg !== 'service started') continue
    const list = await runDsc(['asset', 'list', '--json', '--admin-url', event.adminUrl ?? ''])
    t.deepEqual(JSON.parse(list.stdout), { assets: [] })
    child.kill('SIGTERM')
  }
  t.is(await ended, 0)
  t.is(messages.at(-1), 'service stopped')
})

test('serve does not start with settings that are wrong', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, stderr } = await runDsc(['serve'], { folder, environment: { ...development, DSC_BACKEND: 'cloud' } })
  t.is(code, 4)
  t.regex(stderr, /DSC_BACKEND: /)
  t.regex(stderr, /connectors\.yaml cannot be read: there is no such file/)
})
