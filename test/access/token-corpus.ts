import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'
import { audience, type OpenIdProvider } from './openid-provider.ts'
import { encoded, type Part, type SigningAlgorithm, signature, signedToken } from './sign-token.ts'

/** A token that must be refused, and what is wrong with it. */
export interface BadToken {
  readonly name: string
  readonly token: string
}

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

/** The claims of a token that is right. */
export function goodClaims(issuer: string, now = Date.now()): Readonly<Record<string, unknown>> {
  const seconds = Math.floor(now / 1_000)
  return {
    iss: issuer,
    aud: audience,
    sub: 'the-admin',
    client_id: 'the-admin',
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
    roles: ['dsc-admin'],
  }
}

/** The header of a token that is right. */
export function goodHeader(keys: OpenIdProvider['keys'], alg: keyof OpenIdProvider['keys'] = 'ES256') {
  return { alg, typ: 'at+jwt', kid: keys[alg].kid ?? '' }
}

/** Every bad token, made of a provider's own keys where that makes it worse. The table is fixed; keys and times are those of the run. */
export function tokenCorpus({ issuer, keys }: OpenIdProvider): readonly BadToken[] {
  const header = goodHeader(keys)
  const claims = goodClaims(issuer)
  const good = signedToken(header, claims, 'ES256', keys.ES256)
  const withClaims = (name: string, more: Part | Uint8Array): BadToken => ({
    name,
    token: signedToken(header, more, 'ES256', keys.ES256),
  })
  const withHeader = (name: string, more: Part | Uint8Array): BadToken => ({
    name,
    token: signedToken(more, claims, 'ES256', keys.ES256),
  })
  return [
    ...unsigned(header, claims, good),
    ...secretsOfPublicKeys(keys, claims),
    ...otherAlgorithms(keys, claims),
    ...foreignKeys(keys, header, claims),
    ...keyNames.flatMap(([name, kid]) => [
      withHeader(`kid ${name}, signed by the provider`, { ...header, kid }),
      {
        name: `kid ${name}, signed by somebody`,
        token: signedToken({ ...header, kid }, claims, 'ES256', somebody.ES256),
      },
    ]),
    ...headerTricks.map(([name, more]) => withHeader(`header: ${name}`, { ...header, ...more })),
    ...wrongClaims(issuer).map(([name, more]) => withClaims(`claims: ${name}`, changed(claims, more))),
    ...textsOfClaims(claims).map(([name, text]) => withClaims(`claims: ${name}`, text)),
    ...textsOfHeader(header).map(([name, text]) => withHeader(`header: ${name}`, text)),
    ...encodings(good),
    ...signatures(good, keys),
  ]
}

function unsigned(header: object, claims: Part, good: string): readonly BadToken[] {
  const names: readonly unknown[] = [
    'none',
    'None',
    'NONE',
    'nOnE',
    ' none',
    'none\u0000',
    '',
    null,
    undefined,
    0,
    ['none'],
    ['ES256'],
    {},
    true,
  ]
  return names.flatMap((alg) => {
    const content = `${encoded({ ...header, alg })}.${encoded(claims)}`
    return [
      { name: `alg ${JSON.stringify(alg)} without a signature`, token: `${content}.` },
      {
        name: `alg ${JSON.stringify(alg)} with somebody’s signature`,
        token: `${content}.${signature(content, 'ES256', somebody.ES256).toString('base64url')}`,
      },
      {
        name: `alg ${JSON.stringify(alg)} with the signature of a good token`,
        token: `${content}.${good.split('.')[2]}`,
      },
    ]
  })
}

/** The public keys are no secret: who is made to take one for a shared secret takes anybody's signature. */
function secretsOfPublicKeys(keys: OpenIdProvider['keys'], claims: Part): readonly BadToken[] {
  return (['ES256', 'RS256'] as const).flatMap((alg) => {
    const key = createPublicKey({ key: publicPart(keys[alg]), format: 'jwk' })
    const secrets: readonly (readonly [string, string | Buffer])[] = [
      ['its PEM', key.export({ type: 'spki', format: 'pem' })],
      ['its PEM without the last line end', key.export({ type: 'spki', format: 'pem' }).toString().trim()],
      ['its DER', key.export({ type: 'spki', format: 'der' })],
      ['its JWK', JSON.stringify(publicPart(keys[alg]))],
      ['its x or n', keys[alg].x ?? keys[alg].n ?? ''],
      ['the bytes of its x or n', Buffer.from(keys[alg].x ?? keys[alg].n ?? '', 'base64url')],
      ['its kid', keys[alg].kid ?? ''],
      ['nothing', ''],
      ['a well-known word', 'secret'],
    ]
    return (['HS256', 'HS384', 'HS512'] as const).flatMap((hmac) =>
      secrets.map(([name, secret]) => {
        const content = `${encoded({ ...goodHeader(keys, alg), alg: hmac })}.${encoded(claims)}`
        const made = createHmac(`sha${hmac.slice(2)}`, secret)
          .update(content)
          .digest('base64url')
        return { name: `${hmac} with the ${alg} key, ${name}`, token: `${content}.${made}` }
      }),
    )
  })
}

function otherAlgorithms(keys: OpenIdProvider['keys'], claims: Part): readonly BadToken[] {
  const mismatched = algorithms.flatMap((said) =>
    algorithms
      .filter((done) => done !== said)
      .flatMap((done) => [
        {
          name: `says ${said}, is ${done}, by its key`,
          token: signedToken({ ...goodHeader(keys, done), alg: said }, claims, done, keys[done]),
        },
        {
          name: `says ${said} and names that key, is ${done}`,
          token: signedToken(goodHeader(keys, said), claims, done, keys[done]),
        },
      ]),
  )
  const notTaken: readonly (readonly [SigningAlgorithm, 'RS256' | 'PS256'])[] = [
    ['RS384', 'RS256'],
    ['RS512', 'RS256'],
    ['PS384', 'PS256'],
    ['PS512', 'PS256'],
  ]
  return [
    ...mismatched,
    ...notTaken.map(([alg, by]) => ({
      name: `rightly signed by ${alg}, which is not taken`,
      token: signedToken({ ...goodHeader(keys, by), alg }, claims, alg, keys[by]),
    })),
    ...[
      'ES384',
      'ES512',
      'ES256K',
      'es256',
      'ES256 ',
      'Ed25519',
      'Ed448',
      'RSA1_5',
      'dir',
      'A128GCM',
      'HS1',
      'RS1',
    ].map((alg) => ({
      name: `says ${alg}`,
      token: signedToken({ ...goodHeader(keys), alg }, claims, 'ES256', keys.ES256),
    })),
  ]
}

/** Keys of somebody who is not the provider. */
const somebody: Readonly<Record<(typeof algorithms)[number], JWK>> = {
  ES256: jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  RS256: jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  PS256: jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  EdDSA: jwkOf(generateKeyPairSync('ed25519').privateKey),
}

function foreignKeys(
  keys: OpenIdProvider['keys'],
  header: Readonly<Record<string, unknown>>,
  claims: Part,
): readonly BadToken[] {
  return algorithms.flatMap((alg) => {
    const named = goodHeader(keys, alg)
    const { kid: _, ...nameless } = named
    const bring: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      ['the name of a good key', named],
      ['no name', nameless],
      ['its key brought along', { ...named, jwk: publicPart(somebody[alg]) }],
      ['its key brought along, and no name', { ...nameless, jwk: publicPart(somebody[alg]) }],
      ['the address of its keys', { ...named, jku: 'http://127.0.0.1:9/jwks' }],
      ['the address of its keys at the issuer', { ...named, jku: `${String(header['iss'])}/jwks` }],
      ['the address of a certificate', { ...named, x5u: 'https://evil.example/cert.pem' }],
      ['a certificate', { ...named, x5c: ['MIIB'] }],
    ]
    return bring.map(([name, head]) => ({
      name: `${alg} by somebody, with ${name}`,
      token: signedToken(head, claims, alg, somebody[alg]),
    }))
  })
}

const keyNames: readonly (readonly [string, unknown])[] = [
  ['that is a path', '../../../../dev/null'],
  ['that is SQL', "x' UNION SELECT 'secret' --"],
  ['that is a command', '$(id)'],
  ['that is an address', 'http://127.0.0.1/jwks'],
  ['that is empty', ''],
  ['with a null', 'first-ES256\u0000'],
  ['with a space', 'first-ES256 '],
  ['in capitals', 'FIRST-ES256'],
  ['in look-alike letters', 'first-ЕS256'],
  ['of the prototype', '__proto__'],
  ['of a method', 'constructor'],
  ['that is a number', 0],
  ['that is null', null],
  ['that is a list', ['first-ES256']],
  ['that is an object', { toString: 'first-ES256' }],
  ['that is long', 'k'.repeat(1_000)],
  ['that nobody has', 'second-ES256'],
]

const headerTricks: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ...[
    undefined,
    null,
    '',
    5,
    'JWE',
    'JOSE',
    'logout+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'id+jwt',
    'token-introspection+jwt',
    'at+jwt ',
    'application/json',
    ['at+jwt'],
  ].map((typ) => [`typ ${JSON.stringify(typ)}`, { typ }] as const),
  ['crit', { crit: ['exp'] }],
  ['empty crit', { crit: [] }],
  ['crit with b64', { crit: ['b64'], b64: false }],
  ['b64', { b64: false }],
  ['b64 that changes nothing', { b64: true }],
  ['zip', { zip: 'DEF' }],
  ['cty', { cty: 'JWT' }],
  ['enc', { enc: 'A128GCM' }],
  ['p2c', { p2c: 2_147_483_647, p2s: 'AAAA' }],
  ['jwk of its own key', { jwk: {} }],
  ['claims in the header', { iss: 'x' }],
  ['a parameter that nobody knows', { 'urn:example': 1 }],
]

type Change = Readonly<Record<string, unknown>>

/** A value in the name of a row, `undefined` included. */
function shown(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 40)
}

function wrongClaims(issuer: string): readonly (readonly [string, Change])[] {
  const now = Math.floor(Date.now() / 1_000)
  const each = (claim: string, values: readonly unknown[]) =>
    values.map((value) => [`${claim} ${shown(value)}`, { [claim]: value }] as const)
  return [
    ...each('iss', [
      undefined,
      null,
      '',
      7,
      [issuer],
      { iss: issuer },
      `${issuer}/`,
      `${issuer}.evil.example`,
      issuer.toUpperCase(),
      issuer.replace('http:', 'https:'),
      'https://accounts.example',
      `${issuer}\u0000`,
      ` ${issuer}`,
    ]),
    ...each('aud', [
      undefined,
      null,
      '',
      7,
      true,
      [],
      {},
      [[audience]],
      { 0: audience },
      ['other'],
      'other',
      `${audience}/`,
      `${audience} other`,
      audience.toUpperCase(),
      audience.slice(0, -1),
      `x${audience}`,
      ['a', 'b', 'c'],
    ]),
    ...each('exp', [
      undefined,
      null,
      '',
      String(now + 300),
      0,
      -1,
      now - 61,
      now - 3_600,
      true,
      [now + 300],
      {},
      '9999-12-31',
    ]),
    ...each('nbf', [now + 120, now + 86_400, '0', null, [], true]),
    ...each('iat', [now + 120, now + 86_400, '0', null, true]),
    ...each('sub', [
      undefined,
      null,
      '',
      7,
      ['the-admin'],
      {},
      ' ',
      'a b',
      'the-admin\n',
      'line\r\nX-Header: 1',
      'admın',
      '\u202Eadmin',
      'a'.repeat(256),
      '\u0000',
    ]),
    ['of another service', { aud: 'https://other.example', azp: audience }],
    ['of an ID token', { aud: 'the-admin', nonce: 'n' }],
  ]
}

function changed(claims: Change, more: Change): Change {
  return Object.fromEntries(Object.entries({ ...claims, ...more }).filter(([, value]) => value !== undefined))
}

/** Claims that no library would write. */
function textsOfClaims(claims: Change): readonly (readonly [string, string | Uint8Array])[] {
  const text = JSON.stringify(claims)
  const inside = text.slice(1, -1)
  const twice = Object.entries(claims).flatMap(([name, value]) => [
    [`${name} twice, the second like the first`, `{${inside},"${name}":${JSON.stringify(value)}}`] as const,
    [`${name} twice, the first another`, `{"${name}":"x",${inside}}`] as const,
  ])
  return [
    ...twice,
    ['iss twice, once escaped', `{"\\u0069ss":"x",${inside}}`],
    ['a name twice deep inside', `{${inside},"realm_access":{"roles":["a"],"roles":["b"]}}`],
    ['a name twice in a list', `{${inside},"x":[{"a":1,"a":2}]}`],
    ['exp without end', `{${inside.replace(/"exp":\d+/, '"exp":1e999')}}`],
    ['exp that is negative without end', `{${inside.replace(/"exp":\d+/, '"exp":-1e999')}}`],
    ['iat without end', `{${inside.replace(/"iat":\d+/, '"iat":1e999')}}`],
    ['nbf without end', `{${inside.replace(/"nbf":\d+/, '"nbf":-1e999')}}`],
    ['a list', `[${text}]`],
    ['a text', JSON.stringify(text)],
    ['null', 'null'],
    ['a number', '7'],
    ['true', 'true'],
    ['nothing', ''],
    ['no JSON', 'iss=x'],
    ['JSON with something behind', `${text}x`],
    ['two objects', text + text],
    ['a comment', `/* */${text}`],
    ['a comma too many', `{${inside},}`],
    ['single quotes', text.replaceAll('"', "'")],
    ['a byte order mark', `\uFEFF${text}`],
    ['no UTF-8', Uint8Array.of(...Buffer.from(text.slice(0, -1)), 0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['too much', JSON.stringify({ ...claims, padding: 'x'.repeat(7_000) })],
    ['a claim for the prototype', `{"__proto__":${text}}`],
    ['lone objects in depth', '{"a":'.repeat(500) + '1' + '}'.repeat(500)],
  ]
}

function textsOfHeader(header: Change): readonly (readonly [string, string | Uint8Array])[] {
  const text = JSON.stringify(header)
  const inside = text.slice(1, -1)
  return [
    ['alg twice', `{"alg":"none",${inside}}`],
    ['alg twice, the second none', `{${inside},"alg":"none"}`],
    ['kid twice', `{"kid":"x",${inside}}`],
    ['typ twice', `{${inside},"typ":"at+jwt"}`],
    ['alg in capitals', text.replace('"alg"', '"ALG"')],
    ['a list', `[${text}]`],
    ['null', 'null'],
    ['nothing', ''],
    ['no JSON', 'alg=ES256'],
    ['a byte order mark', `\uFEFF${text}`],
    ['no UTF-8', Uint8Array.of(...Buffer.from(text.slice(0, -1)), 0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['everything in the prototype', `{"__proto__":${text}}`],
  ]
}

function encodings(good: string): readonly BadToken[] {
  const [header = '', claims = '', made = ''] = good.split('.')
  const rows: readonly (readonly [string, string])[] = [
    ['only a header', header],
    ['two parts', `${header}.${claims}`],
    ['four parts', `${good}.${made}`],
    ['five parts, as encrypted ones have', `${header}..${claims}.${made}.${made}`],
    ['a dot too many at the end', `${good}.`],
    ['a dot before', `.${good}`],
    ['an empty header', `.${claims}.${made}`],
    ['empty claims', `${header}..${made}`],
    ['an empty signature', `${header}.${claims}.`],
    ['only dots', '..'],
    ['parts in another order', `${claims}.${header}.${made}`],
    ['padding', `${header}=.${claims}=.${made}==`],
    ['padding at the end', `${good}==`],
    ['the other alphabet', `${header}.${claims}.${made.replaceAll('-', '+').replaceAll('_', '/')}+/`],
    ['bits that mean nothing', `${header}.${claims}.${made.slice(0, -1)}${nextLetter(made.at(-1) ?? 'A')}`],
    ['a letter more', `${good}A`],
    ['a letter less', good.slice(0, -1)],
    ['half of it', good.slice(0, good.length / 2)],
    ['twice', `${good}${good}`],
    ['two, with a comma', `${good},${good}`],
    ['two, with a space', `${good} ${good}`],
    ['quotes around', `"${good}"`],
    ['a percent sign', good.replace('.', '%2E')],
    ['JSON serialisation', JSON.stringify({ payload: claims, protected: header, signature: made })],
    ['long', `${good}${'A'.repeat(9_000)}`],
  ]
  return rows.map(([name, token]) => ({ name: `encoding: ${name}`, token }))
}

/** The same two bits of meaning, other bits without: the last letter of 64 bytes has four bits that mean nothing. */
function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? 'A'
}

function signatures(good: string, keys: OpenIdProvider['keys']): readonly BadToken[] {
  const [header = '', claims = '', made = ''] = good.split('.')
  const content = `${header}.${claims}`
  const bytes = Buffer.from(made, 'base64url')
  const flipped = Array.from(bytes, (_, at) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
    return [`one bit of byte ${at} is another`, copy] as const
  })
  const rows: readonly (readonly [string, Buffer])[] = [
    ...flipped,
    ['zeros', Buffer.alloc(64)],
    ['one zero', Buffer.alloc(1)],
    ['all ones', Buffer.alloc(64, 0xff)],
    ['r of zero', Buffer.concat([Buffer.alloc(32), bytes.subarray(32)])],
    ['s of zero', Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)])],
    ['the wrong way round', Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)])],
    ['half of it', bytes.subarray(0, 32)],
    ['a byte more', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['a byte before', Buffer.concat([Buffer.alloc(1), bytes])],
    ['in DER', derOf(bytes)],
    ['of other content', signature(`${content} `, 'ES256', keys.ES256)],
    ['of the header alone', signature(header, 'ES256', keys.ES256)],
    ['of the claims alone', signature(claims, 'ES256', keys.ES256)],
  ]
  const body = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Change
  const rewritten = Object.entries({
    sub: 'root',
    roles: ['dsc-admin', 'more'],
    exp: 9_999_999_999,
    aud: [audience],
    iss: 'https://evil.example',
    jti: 'x',
  })
  return [
    ...rows.map(([name, value]) => ({
      name: `signature: ${name}`,
      token: `${content}.${value.toString('base64url')}`,
    })),
    ...rewritten.map(([name, value]) => ({
      name: `signature: ${name} was written over`,
      token: `${header}.${encoded({ ...body, [name]: value })}.${made}`,
    })),
  ]
}

/** Two numbers as OpenSSL writes them, in place of 64 bytes. */
function derOf(raw: Buffer): Buffer {
  const integer = (bytes: Buffer): Buffer => {
    const body = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
    return Buffer.concat([Buffer.of(2, body.length), body])
  }
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function publicPart({ kty, crv, x, y, n, e }: JWK): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined))
}

function jwkOf(key: ReturnType<typeof createPublicKey>): JWK {
  return key.export({ format: 'jwk' })
}
