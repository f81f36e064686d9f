import type { ErrorCode } from '../../core/errors.ts'
import { form, part } from './form-body.ts'

/** A request that is wrong, and what is said to it. */
export interface RequestRow {
  /** What is wrong, for people. */
  readonly name: string
  readonly on: 'public' | 'admin'
  /** @default GET */
  readonly method?: string
  /** Goes out as it is written. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly code: ErrorCode
  /** The whole detail, or all that matters of it. */
  readonly detail: string | RegExp
  /** Every problem, whole, as `where: message`. @default none */
  readonly problems?: readonly string[]
}

const json = { 'Content-Type': 'application/json' }
/** A message as a connector sends it; the test puts the right callback address into it. */
const message = {
  assetId: 'nothing',
  transferProcessId: 'process',
  resourceDefinitionId: 'definition',
  callbackAddress: '<callback>',
}

/** A provision message that is wrong. */
function provision(
  row: Omit<RequestRow, 'on' | 'method' | 'path' | 'body'> & { readonly path?: string },
  body: object | string | Uint8Array,
): RequestRow {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  return { on: 'public', method: 'POST', path: '/connectors/provider/provision', headers: json, body: sent, ...row }
}
const lacking = 'The message lacks what a provision request has.'

/** What connectors and data planes send. */
export const publicRequests: readonly RequestRow[] = [
  provision(
    { name: 'a message that breaks off', code: 'invalid-body', detail: /^The body is no JSON: Unexpected end/ },
    '{"assetId":',
  ),
  provision({ name: 'no message at all', code: 'invalid-body', detail: 'The body is empty; expected JSON.' }, ''),
  provision(
    { name: 'a message in another encoding', code: 'invalid-body', detail: 'The body is not UTF-8.' },
    Buffer.from('{"assetId":"größe"}', 'latin1'),
  ),
  provision(
    {
      name: 'a message that says it is text',
      headers: { 'Content-Type': 'text/plain' },
      code: 'unsupported-media-type',
      detail: 'Expected JSON, with Content-Type: application/json.',
    },
    message,
  ),
  provision(
    {
      name: 'a message that does not say what it is',
      headers: {},
      code: 'unsupported-media-type',
      detail: 'Expected JSON, with Content-Type: application/json.',
    },
    message,
  ),
  provision(
    {
      name: 'a message that is too large',
      code: 'body-too-large',
      detail: 'The body has more than 262144 bytes, the most that is taken here.',
    },
    { ...message, policy: 'x'.repeat(300_000) },
  ),
  provision(
    {
      name: 'a message that is nothing',
      code: 'invalid-message',
      detail: lacking,
      problems: [': expected an object (names with values), found nothing'],
    },
    'null',
  ),
  provision(
    {
      name: 'a list of messages',
      code: 'invalid-message',
      detail: lacking,
      problems: [': expected an object (names with values), found a list'],
    },
    '[]',
  ),
  provision(
    {
      name: 'a message without anything in it',
      code: 'invalid-message',
      detail: lacking,
      problems: [
        'assetId: is missing; expected text',
        'transferProcessId: is missing; expected text',
        'resourceDefinitionId: is missing; expected text',
        'callbackAddress: is missing; expected text',
      ],
    },
    {},
  ),
  provision(
    {
      name: 'an asset id that is a number',
      code: 'invalid-message',
      detail: lacking,
      problems: ['assetId: expected text, found a number; put it in quotes'],
    },
    { ...message, assetId: 5 },
  ),
  provision(
    {
      name: 'an empty asset id',
      code: 'invalid-message',
      detail: lacking,
      problems: ['assetId: is empty; expected at least one character'],
    },
    { ...message, assetId: '' },
  ),
  provision(
    {
      name: 'a process id that is too long',
      code: 'invalid-message',
      detail: lacking,
      problems: ['transferProcessId: expected at most 512 characters'],
    },
    { ...message, transferProcessId: 'x'.repeat(513) },
  ),
  provision(
    {
      name: 'a type of message that does not exist',
      code: 'invalid-message',
      detail: lacking,
      problems: ['type: expected provision or deprovision'],
    },
    { ...message, type: 'start' },
  ),
  provision(
    {
      name: 'somebody else’s callback address',
      code: 'foreign-callback-address',
      detail: /^Expected http.*\/callback; the message names another address\.$/,
    },
    { ...message, callbackAddress: 'http://elsewhere.example/callback' },
  ),
  provision(
    {
      name: 'an asset that is not offered',
      code: 'asset-unknown',
      detail: 'No compute asset "nothing" is offered here.',
    },
    message,
  ),
  provision(
    {
      name: 'a connector that is not configured',
      path: '/connectors/nobody/provision',
      code: 'connector-unknown',
      detail: 'No connector of this name is configured.',
    },
    message,
  ),
  provision(
    {
      name: 'a path without its secret',
      path: '/connectors/guarded/provision',
      code: 'unauthorized',
      detail: 'The last segment of the path is not the secret of this connector.',
    },
    message,
  ),
  provision(
    {
      name: 'a path with another secret',
      path: '/connectors/guarded/provision/guess',
      code: 'unauthorized',
      detail: 'The last segment of the path is not the secret of this connector.',
    },
    message,
  ),
  provision(
    {
      name: 'a path with a secret that there is none of',
      path: '/connectors/provider/provision/guess',
      code: 'not-found',
      detail: 'This connector has no secret configured, so its paths end before it.',
    },
    message,
  ),
  {
    name: 'a provision request by GET',
    on: 'public',
    path: '/connectors/provider/provision',
    code: 'method-not-allowed',
    detail: 'Allowed here: POST.',
  },
  {
    name: 'an event that is no JSON',
    on: 'public',
    method: 'POST',
    path: '/connectors/provider/events',
    headers: json,
    body: '{',
    code: 'invalid-body',
    detail: /^The body is no JSON: .*position 1/,
  },
  {
    name: 'an event in XML',
    on: 'public',
    method: 'POST',
    path: '/connectors/provider/events',
    headers: { 'Content-Type': 'application/xml' },
    body: '<event/>',
    code: 'unsupported-media-type',
    detail: 'Expected JSON, with Content-Type: application/json.',
  },
  ...[
    { name: 'a result without a token' },
    { name: 'a result with a guessed token', headers: { Authorization: 'Bearer guess' } },
    { name: 'a result with a password', headers: { Authorization: 'Basic eDp5' } },
  ].map(
    (row): RequestRow => ({
      ...row,
      on: 'public',
      path: '/results/0f0e0d0c/files/a.txt',
      code: 'unauthorized',
      detail: 'This address opens with the token that came with it, while its transfer lasts.',
    }),
  ),
  {
    name: 'a result that is written to',
    on: 'public',
    method: 'PUT',
    path: '/results/0f0e0d0c',
    code: 'method-not-allowed',
    detail: 'Allowed here: HEAD, GET.',
  },
  {
    name: 'the admin API on the public listener',
    on: 'public',
    path: '/api/v1/assets',
    code: 'not-found',
    detail: 'There is nothing at /api/v1/assets.',
  },
  {
    name: 'a path that cannot be decoded',
    on: 'public',
    path: '/%zz',
    code: 'not-found',
    detail: 'There is nothing at /%zz.',
  },
]

/** A registration whose form is wrong. */
function registration(row: { readonly name: string; readonly detail: string | RegExp }, body: string): RequestRow {
  return {
    on: 'admin',
    method: 'POST',
    path: '/api/v1/assets',
    headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    code: 'invalid-body',
    body,
    ...row,
  }
}

/** A query that is wrong. */
function query(name: string, path: string, problem: string): RequestRow {
  return {
    name,
    on: 'admin',
    path,
    code: 'invalid-query',
    detail: 'The query has impossible values.',
    problems: [problem],
  }
}

/** A cancellation that is wrong. */
function cancel(row: Partial<RequestRow> & Pick<RequestRow, 'name' | 'code' | 'detail'>, body: string): RequestRow {
  return { on: 'admin', method: 'POST', path: '/api/v1/jobs/nobody/cancel', headers: json, body, ...row }
}

/** What administrators and their programs send. */
export const adminRequests: readonly RequestRow[] = [
  {
    name: 'a registration in JSON',
    on: 'admin',
    method: 'POST',
    path: '/api/v1/assets',
    headers: json,
    body: '{}',
    code: 'unsupported-media-type',
    detail: 'Expected multipart/form-data with the parts asset, envFile and bundled.',
  },
  {
    ...registration(
      { name: 'a form without a boundary', detail: 'The form cannot be read: its Content-Type names no boundary.' },
      'x',
    ),
    headers: { 'Content-Type': 'multipart/form-data' },
  },
  registration(
    { name: 'a form that is none', detail: 'The form cannot be read: it ends before its last boundary.' },
    'nonsense',
  ),
  registration(
    { name: 'a form that breaks off', detail: 'The form cannot be read: it ends before its last boundary.' },
    part('asset', 'kind: ComputeAsset'),
  ),
  registration(
    {
      name: 'a part of another name',
      detail: 'The form has a part "document"; expected the parts asset, envFile and bundled.',
    },
    form(part('document', 'kind: ComputeAsset')),
  ),
  registration(
    {
      name: 'a form without an asset',
      detail: 'The form has no part asset; add the document (asset.yaml) under this name.',
    },
    form(part('envFile', 'A=1')),
  ),
  registration(
    { name: 'two assets in one form', detail: 'The part asset was sent twice; send it once.' },
    form(part('asset', 'a: 1'), part('asset', 'b: 2')),
  ),
  registration(
    { name: 'a bundled file twice', detail: 'The bundled file a.txt was sent twice; send it once.' },
    form(part('bundled', 'x', 'a.txt'), part('bundled', 'y', 'a.txt')),
  ),
  registration(
    {
      name: 'a bundled file without a name',
      detail: 'A part bundled has no file name; inputs name their files by it.',
    },
    form(part('bundled', 'x')),
  ),
  registration(
    {
      name: 'a bundled file with a space in its name',
      detail:
        'A part bundled cannot have its file name: "my data.txt" has characters other than letters, digits and . _ @ + = -, or is longer than 128.',
    },
    form(part('bundled', 'x', 'my data.txt')),
  ),
  registration(
    { name: 'more parts than a form may have', detail: 'The form has more than 100 parts.' },
    form(...Array.from({ length: 101 }, (_, index) => part('bundled', 'x', `f${index}`))),
  ),
  {
    name: 'an asset that is not registered',
    on: 'admin',
    path: '/api/v1/assets/nobody',
    code: 'asset-unknown',
    detail: 'No compute asset "nobody" is registered.',
  },
  {
    name: 'a removal of what is not there',
    on: 'admin',
    method: 'DELETE',
    path: '/api/v1/assets/nobody',
    code: 'asset-unknown',
    detail: 'No compute asset "nobody" is registered.',
  },
  {
    name: 'a method that an asset does not take',
    on: 'admin',
    method: 'PATCH',
    path: '/api/v1/assets/nobody',
    code: 'method-not-allowed',
    detail: 'Allowed here: HEAD, GET, DELETE.',
  },
  {
    name: 'a method that hardly anybody knows',
    on: 'admin',
    method: 'PROPFIND',
    path: '/api/v1/jobs',
    code: 'method-not-allowed',
    detail: 'Allowed here: HEAD, GET.',
  },
  query('a page of nothing', '/api/v1/assets?limit=0', 'limit: expected at least 1'),
  query('a page that is too long', '/api/v1/assets?limit=501', 'limit: expected at most 500'),
  query('a page as long as a word', '/api/v1/assets?limit=all', 'limit: expected a number'),
  query(
    'half a page',
    '/api/v1/assets?limit=1.5',
    'limit: expected a whole number, found a fraction or more than 2^53',
  ),
  query('two lengths of a page', '/api/v1/assets?limit=1&limit=2', 'limit: expected a number'),
  query(
    'a page after what is not there',
    '/api/v1/assets?after=word-count',
    'after: there is no asset version "word-count"; expected <id>/<version>',
  ),
  query(
    'a query parameter that does not exist',
    '/api/v1/assets?page=2',
    'page: there is no such query parameter; expected after or limit',
  ),
  query(
    'a state that does not exist',
    '/api/v1/jobs?state=done',
    'state: expected one of accepted, queued, starting, running, storing, succeeded, failed, cancelled',
  ),
  query('a page before what is not there', '/api/v1/jobs?before=nobody', 'before: there is no job "nobody"'),
  query(
    'a container that does not exist',
    '/api/v1/jobs/nobody/logs?container=main',
    'container: expected fetch, worker or upload',
  ),
  query('an attempt before the first', '/api/v1/jobs/nobody/logs?attempt=0', 'attempt: expected at least 1'),
  {
    name: 'a job that does not exist',
    on: 'admin',
    path: '/api/v1/jobs/nobody',
    code: 'job-unknown',
    detail: 'There is no job "nobody".',
  },
  cancel(
    { name: 'a cancellation of nothing', code: 'job-unknown', detail: 'There is no job "nobody".' },
    '{"reason":"x"}',
  ),
  cancel(
    {
      name: 'a cancellation without a reason',
      code: 'invalid-body',
      detail: 'The body does not fit what this address takes.',
      problems: ['reason: is missing; expected text'],
    },
    '{}',
  ),
  cancel(
    {
      name: 'a cancellation with an empty reason',
      code: 'invalid-body',
      detail: 'The body does not fit what this address takes.',
      problems: ['reason: is empty; expected at least one character'],
    },
    '{"reason":""}',
  ),
  cancel(
    {
      name: 'a cancellation with more than is known',
      code: 'invalid-body',
      detail: 'The body does not fit what this address takes.',
      problems: ['force: there is no such field; expected reason'],
    },
    '{"reason":"x","force":true}',
  ),
  cancel(
    {
      name: 'a cancellation that is too long',
      code: 'body-too-large',
      detail: 'The body has more than 16384 bytes, the most that is taken here.',
    },
    JSON.stringify({ reason: 'x'.repeat(20_000) }),
  ),
  ...[
    { name: 'the admin API under another host’s name', headers: { Host: 'evil.example' } },
    { name: 'the admin API from another site’s page', headers: { 'Sec-Fetch-Site': 'cross-site' } },
    { name: 'the admin API from another origin', headers: { Origin: 'https://evil.example' } },
  ].map(
    (row): RequestRow => ({
      ...row,
      on: 'admin',
      path: '/api/v1/jobs',
      code: 'unauthorized',
      detail:
        'Without DSC_ADMIN_TOKEN the admin API answers to this machine only, at 127.0.0.1 or localhost, and to no page of another site.',
    }),
  ),
  {
    name: 'a connector’s path on the admin listener',
    on: 'admin',
    method: 'POST',
    path: '/connectors/provider/provision',
    headers: json,
    body: '{}',
    code: 'not-found',
    detail: 'There is nothing at this address.',
  },
]

/** What HTTP itself forbids, as it goes over the wire; it is answered before any route is looked for, and alike on both listeners. */
export const wireRequests: readonly (Pick<RequestRow, 'name' | 'code' | 'detail'> & { readonly wire: string })[] = [
  {
    name: 'what is no HTTP',
    wire: 'hello\r\n\r\n',
    code: 'malformed-request',
    detail: /^The request is no HTTP: .*\.$/,
  },
  {
    name: 'a header with a control character',
    wire: 'GET /livez HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n',
    code: 'malformed-request',
    detail: 'The request is no HTTP: Invalid header value char.',
  },
  {
    name: 'a length that is none',
    wire: 'POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n',
    code: 'malformed-request',
    detail: /^The request is no HTTP: .*Content-Length/,
  },
  {
    name: 'a request without a host',
    wire: 'GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n',
    code: 'malformed-request',
    detail: 'The request has no Host header.',
  },
  {
    name: 'headers that are too large',
    wire: `GET /livez HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`,
    code: 'headers-too-large',
    detail: 'Address and headers together have more than 16384 bytes.',
  },
  {
    name: 'a tunnel',
    wire: 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n',
    code: 'method-not-allowed',
    detail: 'CONNECT works at no address: this is no proxy.',
  },
]
