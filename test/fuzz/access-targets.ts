import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { roles } from '../../core/access/caller.ts'
import { idInKey, makeApiKey } from '../../entrypoint/access/api-key.ts'
import { faultOfForm, looksLikeToken, mostTokenCharacters } from '../../entrypoint/access/oidc/read-token.ts'
import { roleInClaims } from '../../entrypoint/access/oidc/role-in-claims.ts'
import { hasUniqueNames } from '../../entrypoint/access/oidc/unique-names.ts'
import { signedToken } from '../access/sign-token.ts'
import { type FuzzTarget, jsonOr, must } from './fuzz.ts'

const algorithms = ['ES256', 'PS256', 'EdDSA', 'RS256']
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys = createLocalJWKSet({ keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k' }] })
const claims = { iss: 'https://login.example', aud: 'compute', sub: 'someone', exp: 9_999_999_999, roles: ['dsc-read'] }
const token = signedToken(
  { alg: 'ES256', typ: 'at+jwt', kid: 'k' },
  claims,
  'ES256',
  privateKey.export({ format: 'jwk' }),
)
const [head = '', body = '', signed = ''] = token.split('.')
const apiKey = makeApiKey()

/** Whether an object somewhere in a JSON text has a name twice, found another way: by reading it to its end and writing what was kept. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce<number>((sum, one) => sum + sizeOf(one), 0)
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

/** Parsers of what callers show. */
export const accessTargets: readonly FuzzTarget[] = [
  {
    parsers: [
      'entrypoint/access/oidc/read-token.ts faultOfForm',
      'entrypoint/access/oidc/read-token.ts looksLikeToken',
    ],
    seeds: [token, `${head}.${body}.`, `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    words: ['.', '..', '=', 'e30', head, body, signed, 'eyJhbGciOiJub25lIn0', 'AAAA', '-', '_', '+', '/'],
    async check(text) {
      const fault = faultOfForm(text, algorithms)
      if (fault !== undefined) {
        must(fault !== '' && text !== token, 'a good token is refused, or one without a reason')
        return
      }
      must(looksLikeToken(text) && text.length <= mostTokenCharacters, 'it does not look like a token')
      // What is right in form is either the token itself or not signed by its key.
      const verified = await jwtVerify(text, keys).then(
        () => true,
        () => false,
      )
      must(!verified || text === token, 'another text has the same signature')
    },
  },
  {
    parsers: ['entrypoint/access/oidc/unique-names.ts hasUniqueNames'],
    seeds: [
      '{"a":1,"b":{"a":[{"a":2},{"a":"\\"}"}]}}',
      '{"a":"{\\"b\\":1,\\"b\\":2}","\\u0061b":null,"ab":[]}',
      '[]',
      '{"a":1,"a":2}',
    ],
    words: ['"a":', '"\\u0061":1,', '{', '}', '[', ']', ',', '"', '\\', '\\"', ':', '{"a":1,"a":1}'],
    check(text) {
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        return
      }
      // Every colon outside of strings belongs to a name: there are as many as names that were kept, where none came twice.
      const colons = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
      must(hasUniqueNames(text) === (colons === sizeOf(value)), `${colons} names were written, ${sizeOf(value)} kept`)
    },
  },
  {
    parsers: ['entrypoint/access/oidc/role-in-claims.ts roleInClaims'],
    seeds: [
      '{"roles":["dsc-admin"]}',
      '{"scope":"openid dsc-read"}',
      '{"realm_access":{"roles":["dsc-operator"]}}',
      '{"a.b":"dsc-admin","a":{"b":"dsc-read"}}',
    ],
    words: [
      '"roles":',
      '"__proto__":',
      '"constructor":',
      '"length"',
      '"dsc-admin"',
      'dsc-read',
      '[',
      ']',
      '{',
      '}',
      'null',
      ',',
    ],
    check(text) {
      const given = jsonOr(text)
      const read = typeof given === 'object' && given !== null ? { ...given } : {}
      for (const claim of [
        'roles',
        'scope',
        'realm_access.roles',
        'a.b',
        '__proto__.roles',
        'constructor.name',
        'roles.length',
        '',
        '.',
      ]) {
        const role = roleInClaims(read, claim, { read: ['dsc-read'], operator: ['dsc-operator'], admin: ['dsc-admin'] })
        must(
          role === undefined || (roles.includes(role) && text.includes(`dsc-${role}`)) || text.includes('\\u'),
          `${claim} gives ${String(role)}`,
        )
      }
    },
  },
  {
    parsers: ['entrypoint/access/api-key.ts idInKey'],
    seeds: [apiKey.text, 'dsc_aaaaaaaaaa_', `Bearer ${apiKey.text}`],
    words: ['dsc_', '_', '-', '\n', ' ', apiKey.id],
    check(text) {
      const id = idInKey(text)
      must(
        id === undefined || (text.startsWith(`dsc_${id}_`) && text.length === 58 && /^[\w-]+$/.test(text)),
        'something else is taken for a key',
      )
    },
  },
]
