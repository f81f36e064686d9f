import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test from 'ava'
import { makeAccess } from './access.ts'
import { Credentials } from './credentials.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { libraryAccess } from './library-access.ts'
import { plainAccess } from './plain-access.ts'

/** Writes a kubeconfig with one cluster and user and two contexts, and gives its path. */
async function withKubeconfig(cluster: object, user: object, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dsc-credentials-'))
  try {
    const path = join(folder, 'kubeconfig')
    await writeFile(path, JSON.stringify(kubeconfig(cluster, user)))
    await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function kubeconfig(cluster: object, user: object): object {
  return {
    clusters: [{ name: 'one', cluster: { server: 'https://api.example:6443/base/', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'first', context: { cluster: 'one', user: 'u' } },
      { name: 'broken', context: { cluster: 'gone', user: 'u' } },
    ],
    'current-context': 'first',
  }
}

test('address, token, certificate, server name and proxy are as the kubeconfig says', async (t) => {
  const cluster = {
    'certificate-authority-data': Buffer.from('ca').toString('base64'),
    'tls-server-name': 'inside',
    'proxy-url': 'http://proxy:3128',
  }
  await withKubeconfig(cluster, { token: 'secret' }, async (path) => {
    const access = await new Credentials({ kubeconfig: path }).current()
    t.is(access.server, 'https://api.example:6443/base')
    t.deepEqual(access.headers, { Authorization: 'Bearer secret' })
    t.deepEqual(access.certificates, { ca: Buffer.from('ca'), servername: 'inside' })
    t.is(access.proxy, 'http://proxy:3128')
  })
})

test('a user with a name and a password', async (t) => {
  await withKubeconfig({}, { username: 'me', password: 'pw' }, async (path) => {
    const { headers } = await new Credentials({ kubeconfig: path }).current()
    t.is(headers['Authorization'], `Basic ${Buffer.from('me:pw').toString('base64')}`)
  })
})

test('a token file is followed', async (t) => {
  await withKubeconfig({}, {}, async (path) => {
    const file = `${path}.token`
    await writeFile(file, 'old\n')
    await writeFile(path, JSON.stringify(kubeconfig({}, { 'token-file': file })))
    const credentials = new Credentials({ kubeconfig: path })
    t.is((await credentials.current()).headers['Authorization'], 'Bearer old')
    await writeFile(file, 'new\n')
    t.is((await credentials.renew()).headers['Authorization'], 'Bearer new')
  })
})

test('the same configuration has the same identity, another certificate another one', async (t) => {
  await withKubeconfig({}, { token: 'a' }, async (path) => {
    const credentials = new Credentials({ kubeconfig: path })
    const { identity } = await credentials.current()
    t.is((await credentials.renew()).identity, identity)
    await writeFile(path, JSON.stringify(kubeconfig({ 'certificate-authority-data': 'eA==' }, { token: 'a' })))
    t.not((await credentials.renew()).identity, identity)
  })
})

test('what is wrong with a kubeconfig is said with its path', async (t) => {
  await withKubeconfig({}, {}, async (path) => {
    t.throws(() => new Credentials({ kubeconfig: path, context: 'second' }), {
      message: `${path} has no context "second"; it has first, broken`,
    })
    t.throws(() => new Credentials({ kubeconfig: path, context: 'broken' }), { message: /names no cluster/ })
    t.throws(() => new Credentials({ kubeconfig: `${path}.missing` }), { message: /ENOENT.*kubeconfig\.missing/ })
  })
})

test('a plain http address is refused unless it says that it is meant', async (t) => {
  await withKubeconfig({ server: 'http://api:80' }, {}, async (path) => {
    await t.throwsAsync(new Credentials({ kubeconfig: path }).current(), {
      message: /http:\/\/api:80 is not encrypted.*insecure-skip-tls-verify/,
    })
  })
})

test('what the official library says of a plain kubeconfig is what we read', async (t) => {
  const data = Buffer.from('pem').toString('base64')
  const cluster = {
    'certificate-authority-data': data,
    'tls-server-name': 'inside',
    'insecure-skip-tls-verify': true,
    'proxy-url': 'http://proxy:3128',
  }
  for (const user of [
    { token: 'secret' },
    { username: 'me', password: 'pw' },
    { 'client-certificate-data': data, 'client-key-data': data },
    {},
  ])
    await withKubeconfig(cluster, user, async (path) => {
      const plain = readKubeconfig({ kubeconfig: path })
      if (plain === undefined) return t.fail()
      const library = makeAccess(await libraryAccess({ kubeconfig: path })())
      t.deepEqual({ ...makeAccess(plainAccess(plain)), identity: '' }, { ...library, identity: '' })
    })
})

test('paths in a kubeconfig are relative to it', async (t) => {
  await withKubeconfig({ 'certificate-authority': 'ca.pem' }, { tokenFile: 'token' }, async (path) => {
    await writeFile(join(path, '../ca.pem'), 'ca')
    await writeFile(join(path, '../token'), 'near\n')
    const { headers, certificates } = await new Credentials({ kubeconfig: path }).current()
    t.deepEqual(headers, { Authorization: 'Bearer near' })
    t.deepEqual(certificates, { ca: Buffer.from('ca') })
  })
})

test('a program that prints credentials is run', async (t) => {
  const printed = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'printed' },
  }
  const exec = {
    apiVersion: printed.apiVersion,
    command: process.execPath,
    args: ['-p', `'${JSON.stringify(printed)}'`],
    interactiveMode: 'Never',
  }
  await withKubeconfig({}, { exec }, async (path) => {
    t.is((await new Credentials({ kubeconfig: path }).current()).headers['Authorization'], 'Bearer printed')
  })
})

test('several files are merged', async (t) => {
  await withKubeconfig({}, { token: 'x' }, async (path) => {
    const all = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    await writeFile(`${path}.users`, JSON.stringify({ users: all['users'], clusters: [], contexts: [] }))
    await writeFile(path, JSON.stringify({ ...all, users: [] }))
    const access = await new Credentials({ kubeconfig: `${path}${delimiter}${path}.users` }).current()
    t.deepEqual(access.headers, { Authorization: 'Bearer x' })
  })
})

test('a file that is no kubeconfig is told as such', async (t) => {
  await withKubeconfig({}, {}, async (path) => {
    await writeFile(path, 'clusters: many')
    t.throws(() => new Credentials({ kubeconfig: path }), { message: /is no kubeconfig: .*clusters/s })
  })
})
