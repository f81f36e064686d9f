import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { makePostgresSchema } from '../../support/postgres-schema.ts'
import type { LongOutcome } from '../frame/long-run.ts'
import { startFleet } from './fleet.ts'

/** How often each message is sent, by how many services that share the database. */
const copies = 20
const services = 3
/** How many transfers are under way at once. */
const atOnce = 8

/** A connector sends every message many times over, all at once and to whichever replica: each transfer gets one job. */
export async function raceDuplicates(
  server: string,
  transfers: number,
  say: (line: string) => void,
): Promise<LongOutcome> {
  const { schema, drop } = await makePostgresSchema(server)
  const fleet = await startFleet(schema.url, services)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const violations: string[] = []
  const statuses: Record<string, number> = {}
  try {
    const begun = performance.now()
    const waiting = Array.from({ length: transfers }, () => randomUUID()).values()
    const lane = async (): Promise<void> => {
      for (const processId of waiting) {
        const message = JSON.stringify(fleet.message(processId))
        const answers = await Promise.all(
          Array.from({ length: copies }, (_, copy) =>
            post(agent, `${fleet.publicUrls[copy % services]}/connectors/provider/provision`, message),
          ),
        )
        for (const status of answers) statuses[status] = (statuses[status] ?? 0) + 1
        if (answers.some((status) => status !== 200)) violations.push(`${processId} was answered ${answers.join(' ')}`)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    const seconds = (performance.now() - begun) / 1000
    say(`${transfers * copies} messages in ${Math.round(seconds)} s`)
    const [kept] = await schema.query(`
      SELECT (SELECT count(*)::integer FROM transfers) AS transfers, (SELECT count(*)::integer FROM jobs) AS jobs,
        (SELECT count(DISTINCT process_id)::integer FROM transfers) AS processes`)
    for (const what of ['transfers', 'jobs', 'processes'])
      if (kept?.[what] !== transfers)
        violations.push(`${transfers} transfers were asked for, and there are ${String(kept?.[what])} ${what}`)
    return {
      figures: {
        services,
        transfers,
        messages: transfers * copies,
        jobs: Number(kept?.['jobs']),
        'messages/s': Math.round((transfers * copies) / seconds),
      },
      violations,
    }
  } finally {
    agent.destroy()
    await fleet.close()
    await drop()
  }
}

function post(agent: Agent, url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
