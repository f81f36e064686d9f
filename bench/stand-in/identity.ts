import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { runChild } from '../frame/child.ts'
import { standInNamespace, type Identity } from './api-server.ts'

/** A certificate for 127.0.0.1 made by openssl for this run; `undefined` where there is no openssl. */
export async function makeIdentity(folder: string): Promise<Identity> {
  const [cert, key] = [join(folder, 'stand-in.crt'), join(folder, 'stand-in.key')]
  const subject = ['-subj', '/CN=stand-in', '-addext', 'subjectAltName=IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  try {
    await runChild('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

/** Writes a kubeconfig for a stand-in, and gives its path. */
export async function writeStandInKubeconfig(folder: string, server: string, identity: Identity): Promise<string> {
  const path = join(folder, 'kubeconfig')
  const trust =
    identity === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(identity.cert).toString('base64') }
  const context = { cluster: 'stand-in', user: 'stand-in', namespace: standInNamespace }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server, ...trust } }],
    users: [{ name: 'stand-in', user: { token: 'any' } }],
    contexts: [{ name: 'stand-in', context }],
    'current-context': 'stand-in',
  }
  await writeFile(path, stringify(config), { mode: 0o600 })
  return path
}
