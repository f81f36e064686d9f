import { IncomingMessage } from 'node:http'
import { isIP, Socket } from 'node:net'
import { parse as parseQueryString } from 'node:querystring'
import { PassThrough } from 'node:stream'
import { dataProblem } from '../../core/plain-data.ts'
import { ServiceError } from '../../core/errors.ts'
import { idInKey } from '../../entrypoint/access/api-key.ts'
import { readEvent, readProvisionMessage } from '../../entrypoint/connectors/http-provisioner.ts'
import { readRange } from '../../entrypoint/gateway/range.ts'
import { clientAddress } from '../../entrypoint/http/client-address.ts'
import { readBody } from '../../entrypoint/http/query.ts'
import { readForm } from '../../entrypoint/http/read-form.ts'
import { readJson } from '../../entrypoint/http/read-json.ts'
import { bearerToken } from '../../entrypoint/http/secrets.ts'
import { logQuerySchema } from '../../entrypoint/routes/job-schemas.ts'
import { type FuzzTarget, jsonOr, must, unlessRefused, unlessRefusedLater } from './fuzz.ts'

const callback = 'http://provider:19193/management/callback'
const message = {
  assetId: 'asset',
  transferProcessId: 'tp-1',
  resourceDefinitionId: 'rd-1',
  callbackAddress: callback,
  type: 'provision',
  policy: { '@type': 'Set' },
}
const trusted = clientAddress(['10.0.0.0/8', '::1', 'fd00::/8'])
type JsonContext = Parameters<typeof readJson>[0]

/** A request as far as a reader of bodies looks at one. */
function bodyOf(bytes: Buffer): JsonContext {
  // What Koa adds is not looked at; a whole server for each of a million bodies would test Node.
  return { is: () => 'application/json', req: new PassThrough().end(bytes) } as unknown as JsonContext
}

function formRequest(text: string): IncomingMessage {
  const [contentType = '', body = ''] = text.split('\u0001')
  const request = new IncomingMessage(new Socket())
  request.headers['content-type'] = contentType
  request.complete = true
  request.push(Buffer.from(body, 'latin1'))
  request.push(null)
  return request
}

const form = [
  'multipart/form-data; boundary=b\u0001',
  '--b\r\nContent-Disposition: form-data; name="asset"; filename="a.yaml"\r\nContent-Type: text/yaml\r\n\r\nkind: x\r\n',
  '--b\r\nContent-Disposition: form-data; name="bundled"; filename="../x"\r\n\r\n0123\r\n--b--\r\n',
].join('')

/** Parsers of what arrives over HTTP. */
export const httpTargets: readonly FuzzTarget[] = [
  {
    parsers: ['entrypoint/gateway/range.ts readRange'],
    seeds: ['bytes=0-499', 'bytes=500-', 'bytes=-500', 'bytes=0-0,5-9', 'bytes=999999999999999-'],
    words: ['bytes', '=', '-', ',', '0', '999', 'lines='],
    check(header) {
      for (const size of [0, 1, 1000, 2 ** 40]) {
        const wanted = readRange(header, size)
        if (wanted.kind !== 'part') continue
        const { start, end } = wanted.range
        must(
          Number.isSafeInteger(start) && start >= 0 && start <= end && end < size,
          JSON.stringify([header, size, wanted]),
        )
      }
    },
  },
  {
    parsers: ['entrypoint/http/secrets.ts bearerToken', 'entrypoint/access/api-key.ts idInKey'],
    seeds: [
      'Bearer abcdef.ghi_jkl-mno~+/=',
      `Bearer dsc_abcdefghij_${'A'.repeat(43)}`,
      'bearer x',
      'Basic dXNlcjpwYXNz',
    ],
    words: ['Bearer ', ' ', ',', 'dsc_', '_', '=', '\r\n'],
    check(header) {
      const token = bearerToken(header)
      if (token === undefined) return
      must(token.length <= 512 && /^[\u0021-\u007E]+$/.test(token), 'a token with anything in it')
      const id = idInKey(token)
      if (id !== undefined) must(/^[a-z2-9]{10}$/.test(id), id)
    },
  },
  {
    parsers: ['entrypoint/http/client-address.ts clientAddress'],
    seeds: ['192.0.2.1, 10.0.0.7', '[2001:db8::1]:4711', '192.0.2.1:4711,10.1.1.1,10.2.2.2', '::ffff:192.0.2.1'],
    words: [',', ':', '[', ']', '10.0.0.1', '::1', 'unknown', '_hidden', 'for='],
    check(header) {
      for (const socket of ['10.0.0.1', '::1', '203.0.113.9'])
        must(isIP(trusted(socket, header)) !== 0, `${socket}: ${trusted(socket, header)}`)
      must(trusted('203.0.113.9', header) === '203.0.113.9', 'somebody who is not trusted was believed')
    },
  },
  {
    parsers: [
      'entrypoint/connectors/http-provisioner.ts readProvisionMessage',
      'entrypoint/connectors/http-provisioner.ts readEvent',
    ],
    seeds: [
      JSON.stringify(message),
      JSON.stringify({ type: 'TransferProcessStarted', payload: { transferProcessId: 'tp-1', assetId: 'a' } }),
    ],
    words: [
      '"assetId":',
      '"transferProcessId":',
      '"callbackAddress":"http://evil/"',
      '"payload":{',
      '"type":"deprovision"',
      '"__proto__":',
      'provider:19193@evil',
      '/../',
    ],
    check(text) {
      const body = jsonOr(text)
      const read = unlessRefused(() => readProvisionMessage(body, callback), ServiceError)
      if (read !== undefined) {
        const said =
          typeof body === 'object' && body !== null && 'callbackAddress' in body ? String(body.callbackAddress) : ''
        must(said.replace(/\/+$/, '') === callback, `it was taken with ${said}`)
        must(read.assetId !== '' && read.processId !== '' && read.definitionId !== '', JSON.stringify(read))
      }
      const event = readEvent(body)
      if (event !== undefined) must(event.processId !== '', JSON.stringify(event))
    },
  },
  {
    parsers: ['entrypoint/http/read-json.ts readJson', 'core/plain-data.ts dataProblem'],
    seeds: [
      '{"a":[1,{"b":null}],"c":"\\u0000"}',
      '[]',
      '"text"',
      `${'['.repeat(32)}${']'.repeat(32)}`,
      '{"a":{"constructor":{"prototype":{"x":1}}}}',
    ],
    words: ['{"a":', '[', ']', '}', '"__proto__":', '\\ud800', '1e400', '-', '\u00FF'],
    async check(text) {
      const read = await unlessRefusedLater(() => readJson(bodyOf(Buffer.from(text, 'latin1')), 100_000), ServiceError)
      must(dataProblem(read) === undefined, 'something went through that is no plain data')
    },
  },
  {
    parsers: ['entrypoint/http/read-form.ts readForm'],
    seeds: [form, form.replace('boundary=b', 'boundary="b"'), form.replaceAll('\r\n', '\n')],
    words: [
      '--b',
      '--b--',
      '\r\n',
      '\r\n\r\n',
      'Content-Disposition: form-data; name="',
      "filename*=UTF-8''..%2Fx",
      'Content-Transfer-Encoding: base64',
      'boundary=',
      ';',
      '"',
      '\u0001',
      'multipart/form-data',
    ],
    async check(text) {
      await unlessRefusedLater(async () => {
        await readForm(formRequest(text), async ({ name, fileName, stream }) => {
          must(typeof name === 'string' || name === undefined, 'a name that is no text')
          must(!fileName.includes('/') && !fileName.includes('\\'), `a file name with folders: ${fileName}`)
          for await (const _ of stream);
        })
      }, ServiceError)
    },
  },
  {
    parsers: ['entrypoint/http/query.ts readQuery', 'entrypoint/http/query.ts readBody'],
    seeds: [
      'container=worker&attempt=1&offset=0',
      'container=fetch&offset=123456789',
      'container=worker&container=upload',
    ],
    words: ['&', '=', '%', '%00', '+', '[]', '__proto__=', 'constructor=', 'offset=', 'attempt=', 'container='],
    check(text) {
      const query = { ...parseQueryString(text) }
      const read = unlessRefused(() => readBody(query, logQuerySchema), ServiceError)
      if (read !== undefined) must(Number.isSafeInteger(read.offset) && read.offset >= 0, JSON.stringify(read))
    },
  },
]
