import { readFileSync } from 'node:fs'
import { managementApi } from './management-api.ts'
import { narration } from './narration.ts'
import { fetchResult, findOffer, negotiate, transfer } from './obtain.ts'
import { readOptions, UsageError, usage } from './options.ts'

// A consumer who has nothing but a connector: finds the asset, negotiates, starts a transfer, fetches the result.

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return
  }
  const { asset, parameters, quiet } = options
  const tell = narration(quiet)
  const api = managementApi(options.management, readFileSync(options.keyFile, 'utf8').trim())
  const provider = { id: options.providerId, address: options.provider }
  tell.step('the consumer begins')
  const offer = await findOffer(api, provider, asset, tell)
  const agreement = await negotiate(api, provider, asset, offer, tell)
  const access = await transfer(api, provider, asset, agreement, parameters, tell)
  const result = await fetchResult(access)
  tell.step(`fetched the result through the provider’s data plane, ${access.endpoint}: ${result.length} bytes`)
  if (quiet) process.stdout.write(result)
  else tell.block(result.toString())
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof UsageError) process.stderr.write(`\n${usage}`)
  else process.stderr.write('What the others say: docker compose logs entrypoint provider consumer\n')
  process.exitCode = error instanceof UsageError ? 2 : 1
})
