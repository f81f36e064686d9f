import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import { resultToken } from '../../entrypoint/gateway/token.ts'
import { sidecarTask } from '../../core/job/sidecar-task.ts'
import { renderConfigMap } from '../../k8s-client/render/config-map.ts'
import { renderJob } from '../../k8s-client/render/job.ts'
import { renderSecret } from '../../k8s-client/render/secret.ts'
import { serve } from '../../sidecar/_server.test.ts'
import { temporaryDirectory } from '../../sidecar/_task.test.ts'
import { runDsc } from '../cli/run-dsc.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, startStage, textOfLog, writeWorker } from '../http/stage.ts'
import { fullPlan } from '../kubernetes/full-plan.ts'
import { eventually } from '../support/eventually.ts'
import { type KnownSecret, leaksIn } from '../support/leaks.ts'
import { rawRequest } from '../support/raw-request.ts'

// Every secret there is has a text of its own here, everything that can go wrong with one does, and whatever the service says,
// writes or prints is searched. The stage searches answers, log, database and files once more when it is closed.

const canary = (what: string): string => `canary-${what}-0123456789-abcdefghijklmnopqrstuvwxyz`
const adminToken = canary('admin-token')
const known: readonly KnownSecret[] = [
  { name: 'DSC_ADMIN_TOKEN', value: adminToken },
  ...Object.entries(secrets).map(([name, value]) => ({ name, value })),
  ...['connector-key', 'connector-secret', 'worker-secret', 'presigned', 's3-secret', 's3-token', 'database'].map(
    (what) => ({
      name: what,
      value: canary(what),
    }),
  ),
]

/** A connector that answers everything with an error that repeats what it was sent. */
async function repeatingConnector(t: ExecutionContext): Promise<string> {
  return serve(t, (request, response) => {
    response.writeHead(request.url?.includes('403') === true ? 403 : 500, { 'content-type': 'application/json' })
    response.end(JSON.stringify([{ message: `no: ${JSON.stringify(request.headers)}`, type: 'Error' }]))
  })
}

function connector(id: string, host: string) {
  const managementUrl = `http://${host}/management`
  const callbackAddress = `${managementUrl}/callback`
  return {
    id,
    dialect: 'http-provisioner',
    managementUrl,
    callbackAddress,
    apiKey: canary('connector-key'),
    secret: canary('connector-secret'),
  } as const
}

async function failedJob(stage: Stage, assetId: string): Promise<string> {
  const { providerTransferId } = stage.connector.request(assetId)
  return eventually(
    `the end of ${assetId}`,
    async () => {
      const [transfer] = await stage.store.transfersOfProcess('provider', providerTransferId)
      const job = transfer === undefined ? undefined : (await stage.store.job(transfer.jobId))?.value
      return job?.state === 'failed' || job?.state === 'succeeded' ? { done: job.id } : { pending: String(job?.state) }
    },
    { deadlineMs: 90_000 },
  )
}

test('no secret is shown by anything that the service says, writes or prints', async (t) => {
  const folder = await temporaryDirectory(t)
  await writeFile(join(folder, 'secrets.env'), `MODEL_KEY=${canary('worker-secret')}\n`)
  const repeating = await repeatingConnector(t)
  const stage = await startStage({ DSC_ADMIN_TOKEN: adminToken, DSC_LOCAL_SECRETS_FILE: join(folder, 'secrets.env') }, [
    connector('repeating', repeating),
    connector('down', '127.0.0.1:1'),
  ])
  const headers = { Authorization: `Bearer ${adminToken}` }
  const said: string[] = []
  try {
    await writeWorker(stage, 'fails', 'process.exitCode = process.env.MODEL_KEY ? 3 : 4')
    await writeWorker(stage, 'fetches', '')
    const worker = {
      image: 'registry.example/work:1',
      secrets: ['MODEL_KEY'],
      local: { command: ['node', 'work.mjs'] },
    }
    const from = { url: `http://127.0.0.1:1/a?signature=${canary('presigned')}` }
    for (const asset of [
      computeAsset('fails', {
        worker: { ...worker, local: { command: ['node', 'work.mjs'] } },
        onFailure: 'report-with-logs',
      }),
      computeAsset('fetches', { inputs: [{ name: 'a', from }] }),
    ])
      t.is((await register(stage.adminUrl, { asset }, { headers })).status, 201)
    const jobs = [await failedJob(stage, 'fails'), await failedJob(stage, 'fetches')]
    t.is((await stage.store.job(jobs[0] ?? ''))?.value.state, 'failed')

    // What callers do wrong, with credentials in every place where they do not belong.
    for (const wrong of [adminToken.slice(0, -1), `${adminToken}x`, secrets.tokenKey, canary('connector-key')])
      for (const authorization of [`Bearer ${wrong}`, `Basic ${wrong}`, wrong])
        said.push(
          (await rawRequest(stage.adminUrl, '/api/v1/jobs', { headers: { Authorization: authorization } })).body,
        )
    for (const path of [
      `/connectors/guarded/provision/${secrets.pathSecret}`,
      `/connectors/repeating/provision/${canary('connector-secret')}`,
      '/connectors/guarded/provision/wrong',
      `/connectors/down/events/${canary('connector-secret')}`,
    ])
      for (const body of [
        '{',
        '{}',
        JSON.stringify({
          assetId: 'fails',
          transferProcessId: 'x',
          resourceDefinitionId: 'y',
          callbackAddress: 'http://evil/',
        }),
      ])
        said.push(
          (
            await rawRequest(stage.publicUrl, path, {
              method: 'POST',
              body,
              headers: { 'Content-Type': 'application/json' },
            })
          ).body,
        )
    for (const id of ['repeating', 'down']) {
      const callbackAddress = `http://${id === 'down' ? '127.0.0.1:1' : repeating}/management/callback`
      const body = JSON.stringify({
        assetId: 'fails',
        transferProcessId: `tp-${id}`,
        resourceDefinitionId: 'y',
        callbackAddress,
        type: 'provision',
      })
      await rawRequest(stage.publicUrl, `/connectors/${id}/provision/${canary('connector-secret')}`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      })
    }
    await eventually('both connectors have failed', async () => {
      const log = textOfLog(stage.log)
      return /was answered 500/.test(log) && /127.0.0.1:1\b/.test(log) ? { done: true } : { pending: log.slice(-1500) }
    })

    // Everything that can be read.
    const paths = Object.entries(adminDocument().paths ?? {}).filter(([, item]) => item?.get !== undefined)
    for (const [template] of paths) {
      const path = template
        .replace(
          '{id}',
          template.includes('/jobs/') ? (jobs[0] ?? '') : template.includes('/connectors/') ? 'repeating' : 'fails',
        )
        .replace('{version}', '1.0.0')
        .replace('{connector}', 'repeating')
        .replace('{path}', 'sum.txt')
      // The address of an input, with what it may hold, is shown to whoever registered it.
      const answer = await rawRequest(stage.adminUrl, path, { headers })
      said.push(answer.body.replaceAll(canary('presigned'), '[as registered]'))
    }
    for (const id of ['repeating', 'down']) {
      said.push(
        await (await fetch(`${stage.adminUrl}/api/v1/connectors/${id}/check`, { method: 'POST', headers })).text(),
      )
      said.push(
        await (
          await fetch(`${stage.adminUrl}/api/v1/assets/fails/publications/${id}`, {
            method: 'PUT',
            headers: { ...headers, 'Content-Type': 'application/json' },
            body: '{"accessPolicy":{"@type":"Set"},"contractPolicy":{"@type":"Set"}}',
          })
        ).text(),
      )
    }

    // The command line, with what it is given by the environment and by files.
    const environment = { DSC_ADMIN_URL: stage.adminUrl, DSC_ADMIN_TOKEN: adminToken }
    await writeFile(join(folder, 'connectors.yaml'), JSON.stringify({ connectors: [connector('down', '127.0.0.1:1')] }))
    const settings = {
      DSC_CONNECTORS_FILE: join(folder, 'connectors.yaml'),
      DSC_DEVELOPMENT: 'true',
      DSC_BACKEND: 'local',
      DSC_TOKEN_KEY: secrets.tokenKey,
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_ACCESS_KEY: 'canary',
      S3_SECRET_KEY: canary('s3-secret'),
    }
    for (const command of [
      ['job', 'list'],
      ['job', 'show', jobs[0] ?? ''],
      ['job', 'why', jobs[1] ?? ''],
      ['job', 'logs', jobs[0] ?? ''],
      ['connector', 'list'],
      ['connector', 'check', 'repeating'],
      ['connector', 'check', 'down', '--json'],
      ['asset', 'list'],
    ]) {
      const { stdout, stderr } = await runDsc(command, { environment })
      said.push(stdout.replaceAll(canary('presigned'), '[as registered]'), stderr)
    }
    for (const [command, more] of [
      [['config', 'print'], {}],
      [['config', 'print', '--json'], {}],
      [['config', 'check'], {}],
      [['connector', 'list'], {}],
      [['config', 'check'], { DSC_PUBLIC_PORT: secrets.tokenKey }],
      [
        ['config', 'print'],
        { DSC_TOKEN_KEY: canary('s3-secret'), S3_ENDPOINT: `http://user:${canary('database')}@host/` },
      ],
      [['serve'], { DSC_NO_SUCH: canary('database'), DSC_PUBLIC_PORT: 'x' }],
    ] as const) {
      const { stdout, stderr } = await runDsc(command, { environment: { ...settings, ...more }, folder })
      said.push(stdout, stderr)
    }

    // Objects of the cluster: what is in the Secret is nowhere else.
    const plan = fullPlan()
    const options = { namespace: 'jobs', sidecarImage: 'registry.example/sidecar:1' }
    const store = {
      kind: 's3',
      endpoint: 'http://s3/',
      region: 'r',
      bucket: 'b',
      accessKey: 'canary',
      secretKey: canary('s3-secret'),
      sessionToken: canary('s3-token'),
    } as const
    const owner = { name: 'job', uid: 'uid' }
    said.push(JSON.stringify([renderJob(plan, options), renderConfigMap(plan, options, owner)]))
    const secret = JSON.stringify(renderSecret(plan, sidecarTask(plan, store, []), options, owner))
    t.is(leaksIn('the Secret', secret, known).length, 2, 'the search finds what is there')

    // Tokens of results are made when they are sent, and kept nowhere.
    const transfers = await Promise.all(
      (await stage.store.listJobs({ limit: 100 })).map(async ({ origin }) =>
        origin.kind === 'transfer' ? (await stage.store.transfer(origin.transferId))?.value : undefined,
      ),
    )
    const tokens = transfers.flatMap((transfer) =>
      transfer === undefined
        ? []
        : [{ name: `the token of ${transfer.id}`, value: resultToken(secrets.tokenKey, transfer) }],
    )
    t.true(tokens.length >= 2)
    const everything = [...known, ...tokens]
    t.deepEqual(
      [
        ...said.flatMap((text, index) => leaksIn(`output ${index} (${text.slice(0, 60)})`, text, everything)),
        ...leaksIn('the log', textOfLog(stage.log), everything),
        ...leaksIn('the log, inspected', inspect(stage.log, { depth: 20 }), everything),
      ],
      [],
    )
    t.true(said.length > 60)
  } finally {
    await stage.close()
  }
})
