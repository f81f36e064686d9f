/** What is wrong with a connector and how to mend it. */
export interface ConnectorFault {
  /** What the call said. */
  readonly message: string
  readonly hint: string
}

/** A fault with how far the call came. */
export interface Diagnosis extends ConnectorFault {
  readonly reachable: boolean
  readonly keyAccepted: boolean | undefined
}

interface Rule {
  readonly when: RegExp
  readonly hint: (url: URL) => string
}

/** Network errors by what Node, its DNS and its TLS say; the first that fits is it. */
const unreachable: readonly Rule[] = [
  {
    when: /ECONNREFUSED/,
    hint: (url) =>
      `Nothing listens at ${url.host}. Start the connector, or correct managementUrl: the port is that of web.http.management.port in the connector’s configuration.`,
  },
  {
    when: /ENOTFOUND|EAI_AGAIN/,
    hint: (url) =>
      `The name ${url.hostname} does not resolve on this machine. Correct managementUrl, or the machine’s DNS.`,
  },
  {
    when: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|timeout|timed out|aborted|canceled/i,
    hint: (url) =>
      `No answer came from ${url.host} in ten seconds. Is a firewall or network policy between, or is the connector overloaded?`,
  },
  {
    when: /certificate|CERT_|self[- ]signed|UNABLE_TO_(?:VERIFY|GET)|DEPTH_ZERO/i,
    hint: () =>
      'Its certificate is not trusted here. Name the issuing authority’s certificate in NODE_EXTRA_CA_CERTS for the service and for dsc.',
  },
  {
    when: /wrong version number|EPROTO|packet length too long|ssl3_get_record/i,
    hint: () =>
      'It does not speak TLS at this port. Write http instead of https in managementUrl, or name its TLS port.',
  },
  {
    when: /ECONNRESET|socket hang up|EPIPE|Parse Error|HPE_/i,
    hint: () =>
      'Something listens there but does not speak HTTP like a Management API. Is it the right port, and is it https?',
  },
]

const otherwise = 'Correct managementUrl in the connectors file, or make the connector reachable from this machine.'

/**
 * Reads what the check of a Management API failed with.
 * @param message of the error; it names either the status of an answer or why there was none
 */
export function diagnose(message: string, managementUrl: string): Diagnosis {
  const answered = /was answered (\d{3})/.exec(message)?.[1]
  if (answered !== undefined) return { message, reachable: true, ...judgeStatus(Number(answered)) }
  const rule = unreachable.find(({ when }) => when.test(message))
  const hint = rule === undefined ? otherwise : rule.hint(new URL(managementUrl))
  return { message, reachable: false, keyAccepted: undefined, hint }
}

function judgeStatus(status: number): { keyAccepted: boolean | undefined; hint: string } {
  if (status === 401 || status === 403) {
    return {
      keyAccepted: false,
      hint: 'Write the value of web.http.management.auth.key (edc.api.auth.key in older ones) of the connector’s configuration into apiKey or the file of apiKeyFile.',
    }
  }
  if (status === 405) {
    return {
      keyAccepted: undefined,
      hint: 'The Management API is not mounted: right after a start, wait some seconds; else managementUrl names another context of the connector (the protocol, the public one).',
    }
  }
  if (status === 404) {
    return {
      keyAccepted: undefined,
      hint: 'There is no Management API v3 below this path. managementUrl ends with the connector’s web.http.management.path, such as /management, without /v3.',
    }
  }
  if (status >= 300 && status < 400) {
    return {
      keyAccepted: undefined,
      hint: 'It redirects elsewhere, and the key is not sent there. Write the address it redirects to into managementUrl.',
    }
  }
  if (status >= 500) {
    return {
      keyAccepted: undefined,
      hint: 'The connector, or a proxy before it, is in trouble: its log tells more. Try again when it is well.',
    }
  }
  return {
    keyAccepted: undefined,
    hint: 'This is not how an EDC Management API answers. Compare managementUrl with the connector’s configuration.',
  }
}
