import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { InvalidArgumentError } from 'commander'
import dotenv from 'dotenv'
import { isAddressRange, addressRanges } from '../../config/address-range.ts'
import { loadAdminAccess } from '../../config/cli.ts'
import { loadConnectors } from '../../config/connectors.ts'
import { loadSettings, SettingsError } from '../../config/load.ts'
import { settingsSchema } from '../../config/settings.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'
import { CliError } from '../../cli/cli-error.ts'
import { answeredError } from '../../cli/api/answer-error.ts'
import { assetId, jobId, wholeNumber } from '../../cli/command/options.ts'
import { readPolicyOption } from '../../cli/publication/read-policy.ts'
import { type FuzzTarget, must, unlessRefused, unlessRefusedLater } from './fuzz.ts'

const folder = mkdtempSync(join(tmpdir(), 'fuzz-settings-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const written = (text: string): string => {
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}
const key = 'canary-key-0123456789-abcdefghijklmnop'

const secretNames = Object.entries(settingsSchema.shape).flatMap(([name, schema]) =>
  schema.meta()?.['secret'] === true ? [name] : [],
)

/** Shown whole, an object has `[hidden]` in place of its secrets. */
function hides(object: object, secrets: readonly string[]): void {
  const shown: unknown = JSON.parse(JSON.stringify(object))
  for (const [name, value] of Object.entries(shown ?? {}))
    must(
      !secrets.includes(name) || (value === '[hidden]' && inspect(object).includes(`${name}: '[hidden]'`)),
      `it shows ${name}`,
    )
}

/** Parsers of what operators write. */
export const settingsTargets: readonly FuzzTarget[] = [
  {
    slow: true,
    parsers: ['config/load.ts loadSettings'],
    seeds: [
      `DSC_DEVELOPMENT=true\nDSC_BACKEND=local\nDSC_OBJECT_STORE=directory\nDSC_TOKEN_KEY=${key}\nDSC_PUBLIC_PORT=0`,
      'DSC_DEVELOPMENT=true\nDSC_BACKEND=local\nDSC_OBJECT_STORE=directory\nDSC_INPUT_HOSTS=a:1,[::1]:9000\nDSC_POLL_INTERVAL=5s\nDSC_TRUSTED_PROXIES=10.0.0.0/8',
    ],
    words: [
      ...settingsSchema.keyof().options.map((name) => `\n${name}=`),
      '_FILE=/nowhere',
      'true',
      'false',
      '5s',
      '1e9s',
      'http://user:pass@host/',
    ],
    check(text) {
      const settings = unlessRefused(() => loadSettings(dotenv.parse(text)), SettingsError)
      if (settings !== undefined) hides(settings, secretNames)
    },
  },
  {
    slow: true,
    parsers: ['config/connectors.ts loadConnectors'],
    seeds: [
      `connectors:\n  - id: provider\n    managementUrl: http://provider:19193/management\n    apiKey: ${key}\n    secret: ${key}\n`,
      '{"connectors":[{"id":"a","managementUrl":"http://a/","apiKeyFile":"nowhere"}]}',
      `connectors:\n  - {id: a, dialect: data-plane-signaling, signalingUrl: http://cp/s, secret: ${key}, transferTypes: [X-PULL]}\n`,
    ],
    words: [
      'connectors:',
      '- id: ',
      'managementUrl: ',
      'apiKey: ',
      'secret: ',
      'callbackUrl: ',
      'dialect: ',
      '&a',
      '*a',
      '  ',
      '- - - ',
      '[[[[',
      '!!js',
      '__proto__: ',
      '? ',
    ],
    check(text) {
      const connectors = unlessRefused(() => loadConnectors(written(text)), SettingsError)
      if (connectors === undefined) return
      must(
        connectors.length > 0 &&
          connectors.every((one) => URL.parse('signalingUrl' in one ? one.signalingUrl : one.managementUrl) !== null),
        'a connector without an address',
      )
      for (const connector of connectors) hides(connector, ['apiKey', 'secret'])
    },
  },
  {
    parsers: ['config/address-range.ts isAddressRange', 'config/address-range.ts addressRanges'],
    seeds: ['10.0.0.0/8', 'fd00::/8', '10.0.0.7', '::ffff:10.0.0.0/104'],
    words: ['/', '.', ':', '32', '128', '%eth0'],
    check(text) {
      if (isAddressRange(text)) addressRanges([text]).has('10.0.0.7')
      must(!addressRanges([]).has(text), 'nothing has something')
    },
  },
  {
    parsers: ['config/cli.ts loadAdminAccess'],
    seeds: ['http://127.0.0.1:3001', 'https://admin.example/base/', 'http://[::1]:3001'],
    words: ['http://', '@', '?', '#', ':', '/', 'user:pass'],
    check(text) {
      const access = unlessRefused(
        () => loadAdminAccess({ DSC_ADMIN_TOKEN: text }, { adminUrl: text === '' ? undefined : text }),
        SettingsError,
      )
      if (access !== undefined) must(URL.parse(access.url)?.username === '', access.url)
    },
  },
  {
    parsers: ['config/without-credentials.ts withoutCredentials'],
    seeds: ['http://user:pass@host/', 'https://a@b,http://c:d@e/', 'http://host/'],
    words: ['http://', '@', ':', ',', ' '],
    check(text) {
      must(
        withoutCredentials(withoutCredentials(text)) === withoutCredentials(text),
        'it hides something the second time only',
      )
    },
  },
  {
    parsers: ['cli/command/options.ts wholeNumber', 'cli/command/options.ts assetId', 'cli/command/options.ts jobId'],
    seeds: ['12', 'word-count', '00da1c4b-db63-4498-8365-34c7c3429c3c'],
    words: ['-', '.', '/', '0'],
    check(text) {
      const number = unlessRefused(() => wholeNumber(1, 500)(text), InvalidArgumentError)
      must(number === undefined || (number >= 1 && number <= 500), String(number))
      for (const read of [assetId, jobId]) {
        const id = unlessRefused(() => read(text), InvalidArgumentError)
        must(id === undefined || encodeURIComponent(id) === id, 'it would lead elsewhere in an address')
      }
    },
  },
  {
    slow: true,
    parsers: ['cli/publication/read-policy.ts readPolicyOption'],
    seeds: ['{"@type":"Set","permission":[]}', 'permission:\n  - action: use\n', 'a: &a [x]\nb: *a\n'],
    words: ['&a', '*a', '- ', '[', '{', '? ', '!!js', '---', '"'],
    async check(text) {
      const policy = await unlessRefusedLater(() => readPolicyOption(written(text)), CliError)
      must(policy === undefined || (typeof policy === 'object' && policy !== null), 'no policy')
    },
  },
  {
    parsers: ['cli/api/answer-error.ts answeredError'],
    seeds: [
      '{"title":"No","detail":"x","code":"job-unknown","hint":"h","problems":[{"where":"a","message":"b"}],"requestId":"r"}',
      '<html>502</html>',
    ],
    words: ['"title":', '"code":"constructor"', '"problems":', '"hint":'],
    async check(text) {
      must(
        (await answeredError('http://127.0.0.1:1', new Response(text, { status: 502 }))).message !== '',
        'an error without words',
      )
    },
  },
]
