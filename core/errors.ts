/** One entry of the error catalogue. */
interface CatalogueEntry {
  /** HTTP status under which the error leaves a listener. */
  readonly status: number
  /** What is wrong, in one line; the same for every occurrence. */
  readonly title: string
  /** What the reader can do about it. */
  readonly hint: string
}

/**
 * Every error that leaves this service, by its stable code. Codes are never reused or renamed: clients switch on them.
 * docs/errors.md is generated from this table. 503 is the one status for trouble of our own on connector routes,
 * because a connector gives the transfer up on any other (EDC 0.10 sends again on 500 to 504 only).
 */
export const errorCatalogue = {
  'asset-exists': {
    status: 409,
    title: 'This version of the compute asset is registered already',
    hint: 'Raise metadata.version, or replace the version with PUT while no job has used it.',
  },
  'asset-has-live-jobs': {
    status: 409,
    title: 'Jobs of this compute asset are still under way',
    hint: 'Wait until they end, or end their transfers, then remove the asset.',
  },
  'asset-in-use': {
    status: 409,
    title: 'A job has used this version of the compute asset, so it cannot change any more',
    hint: 'Register the change under a new metadata.version.',
  },
  'asset-unknown': {
    status: 404,
    title: 'No compute asset is registered under this id',
    hint: 'Register it, or check the id: it must be the connector’s asset id, letter for letter.',
  },
  'backend-unreachable': {
    status: 503,
    title: 'The backend does not answer',
    hint: 'Try again; see that the cluster is there and lets the service in (/readyz of the admin listener says which check fails).',
  },
  'body-too-large': {
    status: 413,
    title: 'The request body is larger than this address accepts',
    hint: 'Send less, or raise the limit named in the detail.',
  },
  'changed-meanwhile': {
    status: 409,
    title: 'It changed in the same moment',
    hint: 'Look at it again, and repeat the request if it still makes sense.',
  },
  'connector-failed': {
    status: 502,
    title: 'The connector answers with an error of its own, or with something that is no answer',
    hint: 'Look into the connector’s log, and whether managementUrl in the connectors file is the address of its Management API.',
  },
  'connector-refused': {
    status: 422,
    title: 'The connector refuses what it was sent',
    hint: 'The problems are what the connector says; mend what they name, in the asset, the policy or the connectors file.',
  },
  'connector-refuses-key': {
    status: 502,
    title: 'The connector refuses our key',
    hint: 'Write the key of the connector’s Management API into the file that apiKeyFile names, which is read again, or into apiKey of the connectors file, and restart the service.',
  },
  'connector-unknown': {
    status: 404,
    title: 'No connector is configured under this id',
    hint: 'Compare the id, or the path that the connector calls, with the connectors file.',
  },
  'connector-unreachable': {
    status: 502,
    title: 'The connector does not answer',
    hint: 'See that it runs and that managementUrl in the connectors file is right, then repeat the request; dsc connector check finds more.',
  },
  'feature-not-available': {
    status: 422,
    title: 'The document asks for something this version does not do yet',
    hint: 'Leave the field out; the detail says what is there instead.',
  },
  'foreign-callback-address': {
    status: 422,
    title: 'The callback address in the message is not the one configured for this connector',
    hint: 'Set callbackAddress in the connectors file to the address the connector really sends.',
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    hint: 'Use credentials of a caller with the role that the detail names, or ask an administrator for one.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Address and headers of the request are larger than this service reads',
    hint: 'Send fewer or shorter headers, or a shorter address.',
  },
  'identity-provider-unreachable': {
    status: 503,
    title: 'The OpenID provider does not answer',
    hint: 'Try again; see that DSC_OIDC_ISSUER is right and reached from where the service runs. API keys and DSC_ADMIN_TOKEN work meanwhile.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside the service',
    hint: 'The log has the details under the same request id.',
  },
  'invalid-asset': {
    status: 422,
    title: 'The compute asset has errors',
    hint: 'Mend every place named in problems, then send it again.',
  },
  'invalid-body': {
    status: 400,
    title: 'The request body cannot be read',
    hint: 'The detail says what was expected.',
  },
  'invalid-dotenv': {
    status: 422,
    title: 'The dotenv file has errors',
    hint: 'Mend every line named in problems, then send it again.',
  },
  'invalid-message': {
    status: 400,
    title: 'This is not a message that a connector’s HTTP provisioner sends',
    hint: 'Compare the connector’s version with the compatibility list.',
  },
  'invalid-policy': {
    status: 422,
    title: 'The policy cannot be used',
    hint: 'Mend every place named in problems: expected is an ODRL Set, or {"@id": …} for one that the connector has.',
  },
  'invalid-query': {
    status: 400,
    title: 'A query parameter or path segment has an impossible value',
    hint: 'The problems name the parameter and what it accepts.',
  },
  'job-live': {
    status: 409,
    title: 'The job is not over yet',
    hint: 'Wait for its end, or cancel it; then repeat the request.',
  },
  'job-not-retryable': {
    status: 409,
    title: 'The job cannot be run again',
    hint: 'The detail says why, and what can be done instead.',
  },
  'job-over': {
    status: 409,
    title: 'The job is over already',
    hint: 'Nothing is left to be done about it; its failure or result is shown with the job.',
  },
  'job-unknown': {
    status: 404,
    title: 'There is no job with this id',
    hint: 'List the jobs to see which there are.',
  },
  'job-unverified': {
    status: 409,
    title: 'The connector has not confirmed the job’s transfer yet',
    hint: 'Mend what keeps the connector from answering, or wait; the job does not start before. Then repeat the request.',
  },
  'key-unknown': {
    status: 404,
    title: 'There is no API key with this id',
    hint: 'List the keys to see which there are. The id is the part of a key between its first two underscores.',
  },
  'log-unknown': {
    status: 404,
    title: 'There is no log of this container yet',
    hint: 'A log can be read once its container has started.',
  },
  'malformed-request': {
    status: 400,
    title: 'This is no request as HTTP has them',
    hint: 'The detail says where it breaks the rules of HTTP; look at the client, or at a proxy on the way.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take this method',
    hint: 'The Allow header lists the methods that work.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this address',
    hint: 'Check the path.',
  },
  'not-handed-over': {
    status: 409,
    title: 'The connector serves no transfer by which the asset could be had',
    hint: 'Compare transfers of the asset with transferTypes of the connector in the connectors file, and change one of the two.',
  },
  'not-ready': {
    status: 503,
    title: 'The service cannot do this right now',
    hint: 'Try again after the time in Retry-After.',
  },
  'not-ours': {
    status: 409,
    title: 'The connector has something else under this id, and it was not published from here',
    hint: 'Look at it in the connector. To take it over, repeat the request with adopt; else rename or remove one of the two.',
  },
  'policy-needed': {
    status: 409,
    title: 'It was published before under policies that are gone',
    hint: 'Say which policies it shall have now. It is not opened to everybody by itself; a policy without rules does that.',
  },
  'policy-unknown': {
    status: 422,
    title: 'The connector has no policy definition of this id',
    hint: 'Make it in the connector first, or give the policy itself.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'The requested range lies outside the file',
    hint: 'Content-Range tells how long the file is.',
  },
  'reception-live': {
    status: 409,
    title: 'The reception is not over yet',
    hint: 'Wait until its data is here, or terminate its transfer in the connector; then repeat the request.',
  },
  'reception-not-fetchable': {
    status: 409,
    title: 'There is nothing from which it could be fetched again',
    hint: 'Start another transfer. The address of the data is kept until its transfer is over; what a provider pushes comes once.',
  },
  'reception-suspended': {
    status: 403,
    title: 'Nothing is taken while the transfer is suspended',
    hint: 'Files are taken again when the transfer is resumed.',
  },
  'reception-unknown': {
    status: 404,
    title: 'There is no reception with this id',
    hint: 'List the receptions to see which there are.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    hint: 'Send it again; if it happens again, look at the network on the way.',
  },
  'result-gone': {
    status: 410,
    title: 'The result was removed',
    hint: 'Results are kept for the asset’s retention. Start a new transfer to compute it again.',
  },
  'result-suspended': {
    status: 403,
    title: 'The transfer is suspended',
    hint: 'Access opens again when the transfer is resumed.',
  },
  'result-unknown': {
    status: 404,
    title: 'There is no such file in the result',
    hint: 'The listing at the base address names every file.',
  },
  'store-unavailable': {
    status: 503,
    title: 'The database of the service cannot be used right now',
    hint: 'Try again; /readyz of the admin listener and the log say what is wrong with it.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many requests from this address had wrong credentials',
    hint: 'Try again after the time in Retry-After. Find out which client here has credentials that are wrong or out of date.',
  },
  unauthorized: {
    status: 401,
    title: 'The request carries no valid credentials',
    hint: 'Send what the detail asks for: the bearer token of this address, or the secret at the end of a connector’s path.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The request body has a content type this address does not read',
    hint: 'The detail names the types that work.',
  },
} as const satisfies Record<string, CatalogueEntry>

/** A stable error code. */
export type ErrorCode = keyof typeof errorCatalogue

/** One thing that is wrong with an input. */
export interface Problem {
  /** Where: a path such as `worker.image`, a line such as `line 3`, a parameter's name. Empty: the input as a whole. */
  readonly where: string
  /** What is wrong and what would be right. */
  readonly message: string
}

/** An error with a code from the catalogue; the one kind of error that may be shown to a caller. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: ErrorCode
  readonly problems: readonly Problem[]

  /**
   * @param code from the catalogue
   * @param detail what is wrong this time; goes to the caller, so it must hold nothing secret
   */
  constructor(code: ErrorCode, detail: string, options: { problems?: readonly Problem[]; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.problems = options.problems ?? []
  }

  /** HTTP status of this error's code. */
  get status(): number {
    return errorCatalogue[this.code].status
  }
}
