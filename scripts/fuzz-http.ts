import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resultToken } from '../entrypoint/gateway/token.ts'
import { computeAsset, register } from '../test/http/forms.ts'
import { secrets, type Stage, startStage, writeWorker } from '../test/http/stage.ts'
import { eventually } from '../test/support/eventually.ts'

// Has schemathesis look for answers of both listeners that their OpenAPI documents do not describe:
//   node scripts/fuzz-http.ts <path of schemathesis> [examples per operation]
// The service is a real one with an asset, a job and an open result, so that requests get past "there is no such thing".

const [program = 'schemathesis', examples = '50'] = process.argv.slice(2)
const rules = readFileSync(fileURLToPath(new URL('../test/openapi/schemathesis.toml', import.meta.url)), 'utf8')

/** Things that exist in the service, by the path parameters that name them. */
async function prepare(stage: Stage): Promise<{ readonly token: string; readonly known: string }> {
  await writeWorker(
    stage,
    'known',
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(process.env.OUTPUT_DIR + '/sum.txt', '42')`,
  )
  const headers = { Authorization: `Bearer ${secrets.adminToken}` }
  await register(stage.adminUrl, { asset: computeAsset('known') }, { headers })
  const { consumerTransferId, providerTransferId } = stage.connector.request('known')
  await stage.connector.started(consumerTransferId)
  const transfer = await eventually('the transfer is granted', async () => {
    const [found] = await stage.store.transfersOfProcess('provider', providerTransferId)
    return found?.state === 'granted' ? { done: found } : { pending: String(found?.state) }
  })
  const known = [
    parameters('GET /api/v1/assets/{id}', { 'path.id': 'known' }),
    parameters('POST /api/v1/assets/{id}/pause', { 'path.id': 'known' }),
    parameters('POST /api/v1/assets/{id}/resume', { 'path.id': 'known' }),
    parameters('GET /api/v1/assets/{id}/versions/{version}', { 'path.id': 'known', 'path.version': '1.0.0' }),
    parameters('GET /api/v1/jobs/{id}', { 'path.id': transfer.jobId }),
    parameters('GET /api/v1/jobs/{id}/logs', { 'path.id': transfer.jobId }),
    parameters('POST /api/v1/jobs/{id}/cancel', { 'path.id': transfer.jobId }),
    ...['provision', 'events'].flatMap((last) => [
      parameters(`POST /connectors/{connector}/${last}`, { 'path.connector': 'provider' }),
      parameters(`POST /connectors/{connector}/${last}/{secret}`, {
        'path.connector': 'guarded',
        'path.secret': secrets.pathSecret,
      }),
    ]),
    ...['GET', 'HEAD'].flatMap((method) => [
      parameters(`${method} /results/{transfer}`, { 'path.transfer': transfer.id }),
      parameters(`${method} /results/{transfer}/manifest.json`, { 'path.transfer': transfer.id }),
      parameters(`${method} /results/{transfer}/files/{path}`, {
        'path.transfer': transfer.id,
        'path.path': 'sum.txt',
      }),
    ]),
  ]
  return { token: resultToken(secrets.tokenKey, transfer), known: known.join('\n') }
}

function parameters(operation: string, values: Readonly<Record<string, string>>): string {
  const shown = Object.entries(values).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`)
  return `[[operations]]\ninclude-name = ${JSON.stringify(operation)}\nparameters = { ${shown.join(', ')} }\n`
}

function fuzz(config: string, url: string, token: string): Promise<number> {
  const options = ['--config-file', config, 'run', `${url}/openapi.json`, '--url', url]
  const limits = ['--max-examples', examples, '--request-timeout', '20', '--header', `Authorization: Bearer ${token}`]
  const child = spawn(program, [...options, ...limits], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

const stage = await startStage({ DSC_ADMIN_TOKEN: secrets.adminToken })
try {
  const { token, known } = await prepare(stage)
  const config = join(stage.assets, 'schemathesis.toml')
  writeFileSync(config, `${rules}\n${known}`)
  const codes = [await fuzz(config, stage.adminUrl, secrets.adminToken), await fuzz(config, stage.publicUrl, token)]
  if (codes.some((code) => code !== 0)) process.exitCode = 1
  const failures = stage.log.filter(({ level, message }) => level === 'error' && message === 'request failed')
  for (const { fields } of failures) process.stderr.write(`request failed: ${String(fields['error'])}\n`)
} finally {
  await stage.close()
}
