import type { ProvisionerSettings } from '../../../config/connectors.ts'
import type { Heard } from './heard.ts'
import type { CheckRow } from './row.ts'

/**
 * Whether the callback address is as the connector's messages carry it, letter for letter. EDC makes it of `edc.hostname`
 * (`localhost` by default), port and path of its management context, and `/callback`. A message proves it; before one came it can only be plausible.
 */
export function checkCallbackAddress({ callbackAddress }: ProvisionerSettings, heard: Heard): CheckRow {
  const name = 'callback-address'
  const { provision, provisionRefused: refused } = heard
  if (refused?.code === 'foreign-callback-address' && refused.at > (provision?.at ?? 0)) {
    return {
      name,
      outcome: 'failed',
      seen: refused.message,
      mend: {
        hint: 'Compare both with the connector’s configuration. Where the address in the message is the connector’s own, write it into callbackAddress; never take over one that you do not know: our key is sent there.',
        where: 'connectors-file',
        lines: ['callbackAddress: <the address in the message>'],
      },
    }
  }
  if (provision !== undefined)
    return { name, outcome: 'ok', seen: `The connector’s messages carry ${callbackAddress}.` }
  const { hostname, port, protocol, pathname } = new URL(callbackAddress)
  const lines = [
    `edc.hostname=${hostname}`,
    `web.http.management.port=${port || (protocol === 'https:' ? '443' : '80')}`,
    `web.http.management.path=${pathname.replace(/\/callback$/, '') || '/'}`,
  ]
  if (!pathname.endsWith('/callback')) {
    return {
      name,
      outcome: 'failed',
      seen: `${callbackAddress} does not end with /callback, as that of an EDC does.`,
      mend: {
        hint: 'Leave callbackAddress out, or write the connector’s own.',
        where: 'connectors-file',
        lines: [`callbackAddress: http://<edc.hostname>:<web.http.management.port><web.http.management.path>/callback`],
      },
    }
  }
  const mend = {
    hint: 'The connector’s messages carry this address if its configuration says this; compare letter for letter, localhost is not 127.0.0.1.',
    where: 'connector',
    lines,
  } as const
  return isAddress(hostname)
    ? {
        name,
        outcome: 'unknown',
        seen: `${callbackAddress} names its host by number; an EDC does so only where edc.hostname says it. No message came yet that would show.`,
        mend,
      }
    : { name, outcome: 'ok', seen: `${callbackAddress} is plausible; no message came yet that would prove it.`, mend }
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
}
