import type { ProvisionerSettings } from '../../../config/connectors.ts'
import { managementApi } from '../management-api.ts'
import { type Diagnosis, diagnose } from './diagnose.ts'
import type { CheckRow } from './row.ts'

/** Asks the Management API for one transfer process, with our key: tells whether it is reached, is one, and takes the key. */
export async function checkManagement(
  settings: ProvisionerSettings | Parameters<typeof managementApi>[0],
): Promise<readonly CheckRow[]> {
  const { managementUrl } = settings
  const version = 'version' in settings ? (settings.version ?? 'v3') : 'v3'
  try {
    await managementApi(settings).check()
  } catch (error) {
    return faultRows(diagnose(error instanceof Error ? error.message : String(error), managementUrl), managementUrl)
  }
  return [
    { name: 'address', outcome: 'ok', seen: `${managementUrl} answers.` },
    { name: 'management-api', outcome: 'ok', seen: `It is a Management API of version ${version.slice(1)}.` },
    { name: 'key', outcome: 'ok', seen: 'It takes our key.' },
  ]
}

function faultRows({ reachable, keyAccepted, message, hint }: Diagnosis, managementUrl: string): readonly CheckRow[] {
  const mend = { hint, where: 'connectors-file', lines: [] } as const
  if (!reachable) {
    return [
      { name: 'address', outcome: 'failed', seen: message, mend },
      { name: 'management-api', outcome: 'unknown', seen: 'It cannot be reached.' },
      { name: 'key', outcome: 'unknown', seen: 'Nobody was there to show it to.' },
    ]
  }
  const address: CheckRow = { name: 'address', outcome: 'ok', seen: `${managementUrl} answers.` }
  return keyAccepted === false
    ? [
        address,
        { name: 'management-api', outcome: 'unknown', seen: 'It is not shown without the right key.' },
        { name: 'key', outcome: 'failed', seen: message, mend },
      ]
    : [
        address,
        { name: 'management-api', outcome: 'failed', seen: message, mend },
        { name: 'key', outcome: 'unknown', seen: 'Whether it is right shows only at the Management API.' },
      ]
}
