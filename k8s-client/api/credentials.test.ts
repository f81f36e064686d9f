import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Credentials } from './credentials.ts'

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
    await t.throwsAsync(new Credentials({ kubeconfig: path }).current(), { message: /HTTP protocol is not allowed/ })
  })
})
