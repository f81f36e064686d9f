import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { readText } from '../../demo/simulated-connector/http.ts'
import type { PatchOperation } from '../../k8s-client/api/namespace-api.ts'
import { eventually } from '../support/eventually.ts'
import { kubectl } from '../support/kubectl.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { Testbed } from '../support/testbed.ts'

/** What the API server says of an object that is about to be made or changed. */
const reviewSchema = z.object({
  request: z.object({
    uid: z.string(),
    operation: z.enum(['CREATE', 'UPDATE']),
    resource: z.object({ resource: z.enum(['jobs', 'pods']) }),
    object: z.unknown(),
  }),
})

/** What a webhook does to objects: the operations of a JSON patch by what happens, such as `CREATE jobs`. */
export type Changes = Readonly<Partial<Record<`${'CREATE' | 'UPDATE'} ${'jobs' | 'pods'}`, readonly PatchOperation[]>>>

/** A webhook of a real API server that changes the Jobs and pods of one namespace. */
export interface MutatingWebhook {
  /** From now on it does this. */
  does(changes: Changes): void
  /** What it was called for since `does`. */
  readonly calls: readonly string[]
  close(): Promise<void>
}

/**
 * Starts one on this machine and has the API server call it for the Jobs and pods of a namespace. It does nothing at first. Where it
 * does not answer, the API server refuses them.
 */
export async function startWebhook(t: ExecutionContext, testbed: Testbed, namespace: string): Promise<MutatingWebhook> {
  const folder = await temporaryFolder(t)
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const subject = ['-subj', '/CN=webhook', '-addext', `subjectAltName=IP:${testbed.host}`]
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  const cert = await readFile(certFile)
  let changes: Changes = {}
  let calls: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { uid, operation, resource } = reviewSchema.parse(JSON.parse(await readText(request))).request
    const what = `${operation} ${resource.resource}` as const
    calls.push(what)
    const patch = changes[what]
    const coded = patch === undefined ? undefined : Buffer.from(JSON.stringify(patch)).toString('base64')
    const said = { uid, allowed: true, ...(coded === undefined ? {} : { patchType: 'JSONPatch', patch: coded }) }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: said }))
  }
  const server = createServer({ cert, key: await readFile(keyFile) }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, testbed.host, resolve))
  const { port } = server.address() as AddressInfo
  const configuration = webhookConfiguration(namespace, `https://${testbed.host}:${port}/`, cert)
  await kubectl(testbed, ['create', '-f', '-'], JSON.stringify(configuration))
  await isCalled(testbed, namespace, () => calls.length > 0)
  return {
    does(next) {
      changes = next
      calls = []
    },
    get calls() {
      return calls
    },
    async close() {
      await kubectl(testbed, ['delete', 'mutatingwebhookconfiguration', namespace, '--ignore-not-found'])
      await closed(server)
    },
  }
}

function webhookConfiguration(namespace: string, url: string, cert: Buffer): object {
  const rule = { apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'test.dataspace-compute.example',
        clientConfig: { url, caBundle: cert.toString('base64') },
        rules: [
          { ...rule, apiGroups: ['batch'], resources: ['jobs'] },
          { ...rule, apiGroups: [''], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: 10,
      },
    ],
  }
}

/** The API server takes up a configuration a while after it was made. */
async function isCalled(testbed: Testbed, namespace: string, called: () => boolean): Promise<void> {
  const containers = [{ name: 'main', image: 'localhost/busybox:1' }]
  const spec = { template: { spec: { restartPolicy: 'Never', containers } } }
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'probe', namespace }, spec }
  await eventually('the API server to call the webhook', async () => {
    await kubectl(testbed, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(job))
    return called() ? { done: true } : { pending: 'it does not' }
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
