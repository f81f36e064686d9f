/** What becomes of an address that an asset names: it may be asked, or why not. */
export type UrlVerdict = 'admitted' | 'unreadable' | 'scheme' | 'credentials' | 'port' | 'inside' | 'unknown-host'

/** An address with the verdict it must get. */
export interface UrlCase {
  readonly url: string
  readonly verdict: UrlVerdict
  /** What DSC_INPUT_HOSTS names. */
  readonly allowed?: readonly string[]
}

/** What the names below resolve to, as a name server of the test's own answers. */
export const names: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['93.184.215.14'],
  'public6.example': ['2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'both.example': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'bücher.example': ['93.184.215.14'],
  'xn--bcher-kva.example': ['93.184.215.14'],
  'loopback.example': ['127.0.0.1'],
  'private.example': ['10.1.2.3'],
  'metadata.example': ['169.254.169.254'],
  'mixed.example': ['93.184.215.14', '10.1.2.3'],
  'mixed-first.example': ['192.168.0.1', '93.184.215.14'],
  'mixed6.example': ['93.184.215.14', 'fd00::1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::a9fe:a9fe'],
  'teredo.example': ['2001:0:7f00:1::'],
  'sixtofour.example': ['2002:7f00:1::1'],
  'linklocal.example': ['fe80::1'],
  'multicast.example': ['224.0.0.1'],
  'zero.example': ['0.0.0.0'],
  'many.example': [...Array.from({ length: 20 }, (_, i) => `93.184.215.${i + 1}`), '100.64.0.1'],
  'internal.example': ['10.9.8.7'],
}

/** Addresses that are not public, with what they are by IANA's registries. */
const inside4 = [
  '127.0.0.1', '127.255.255.254', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1',
  '169.254.169.254', '100.64.0.1', '100.127.255.255', '0.0.0.0', '0.1.2.3', '192.0.0.1', '192.0.0.170', '192.0.2.1',
  '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.175.48.1', '198.18.0.1', '198.19.255.255', '198.51.100.1',
  '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
]
const inside6 = [
  '::', '::1', '::2', '::7f00:1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8',
  '::ffff:0:127.0.0.1', '::ffff:0:7f00:1', '64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1',
  '64:ff9b:1:ffff::a9fe:a9fe', '100::1', '100:0:0:1::1', '2001::1', '2001:0:7f00:1::', '2001:1::1', '2001:2::1',
  '2001:3::1', '2001:4:112::1', '2001:10::1', '2001:20::1', '2001:30::1', '2001:db8::1', '2002::1', '2002:7f00:1::',
  '2002:a00:1::1', '2002:a9fe:a9fe::1', '2620:4f:8000::1', '3fff::1', '3fff:fff::1', '4000::1', '5f00::1', '6000::1',
  'a000::1', 'fc00::1', 'fd00::1', 'fdff:ffff::1', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1',
]
const public4 = [
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.1', '93.184.215.14', '100.63.255.255', '100.128.0.1', '126.255.255.255',
  '128.0.0.1', '169.253.255.255', '169.255.0.1', '172.15.255.255', '172.32.0.1', '191.255.255.255', '192.0.1.1',
  '192.167.255.255', '192.169.0.1', '198.17.255.255', '198.20.0.1', '203.0.112.1', '223.255.255.254',
]
const public6 = ['2606:4700:4700::1111', '2001:4860:4860::8888', '2001:200::1', '2a00:1450:4001::1', '2003::1', '2620:4f:8001::1', '3ffe::1']

/** One IPv4 address in every spelling that a URL knows, and some that only look like it. */
function spellings(address: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (part: number): string => `0x${part.toString(16)}`
  const octal = (part: number): string => `0${part.toString(8)}`
  return [
    address,
    `${address}.`,
    String(whole),
    hex(whole),
    `0X${whole.toString(16).toUpperCase().padStart(8, '0')}`,
    octal(whole),
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map((part) => part.toString(8).padStart(8, '0')).join('.'),
    `${hex(a)}.${b}.${octal(c)}.${d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${hex(a)}.${hex((b * 256 + c) * 256 + d)}`,
    address.replaceAll('.', '%2e'),
    address.replaceAll('.', '\u3002'), // ideographic full stop
    address.replaceAll('.', '\uFF0E'), // fullwidth full stop
    address.replaceAll('.', '\uFF61'), // halfwidth ideographic full stop
    [...address].map((digit) => (digit === '.' ? '.' : String.fromCodePoint(0xff10 + Number(digit)))).join(''), // fullwidth digits
    [...address].map((digit) => `%${digit.charCodeAt(0).toString(16)}`).join(''),
    address.replace('1', '\u2460'), // circled one
  ]
}

const all = (verdict: UrlVerdict, urls: readonly string[], allowed?: readonly string[]): readonly UrlCase[] =>
  urls.map((url) => ({ url, verdict, ...(allowed === undefined ? {} : { allowed }) }))

const badPorts = [
  0, 1, 7, 9, 19, 20, 21, 22, 23, 25, 37, 43, 53, 69, 79, 87, 95, 110, 111, 113, 119, 123, 135, 137, 139, 143, 161, 179, 389,
  465, 512, 513, 514, 515, 540, 548, 554, 563, 587, 601, 636, 993, 995, 1720, 1723, 2049, 3659, 4045, 5060, 6000, 6379, 6566,
  6667, 6697, 10080, 11211,
]

/** The addresses, each with its verdict. */
export const urlCases: readonly UrlCase[] = [
  // every spelling of what is inside
  ...['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.1.1'].flatMap((address) =>
    all('inside', spellings(address).map((host) => `http://${host}/latest/meta-data/`)),
  ),
  ...all('inside', inside4.map((host) => `http://${host}/`)),
  ...all('inside', inside4.slice(0, 8).map((host) => `https://${host}:8443/path?query#fragment`)),
  ...all('inside', inside6.map((host) => `http://[${host}]/`)),
  ...all('inside', ['::1', '::ffff:169.254.169.254', 'fd00:ec2::254'].map((host) => `https://[${host}]:8443/`)),
  ...all('inside', [
    'http://127.1/', 'http://127.0.1/', 'http://0/', 'http://0x0/', 'http://00/', 'http://0.0/', 'http:127.0.0.1/',
    'http:/127.0.0.1/', 'http:\\\\127.0.0.1\\', 'http:///127.0.0.1/', 'http:////127.0.0.1//', 'HTTP://127.0.0.1/',
    ' http://127.0.0.1/', 'http://127.0.0.1/ ', '\thttp://127.0.0.1', 'ht\ntp://127.0.0.1/', 'http://127.0.\r\n0.1/',
    'http://127.0.0.1\t/', 'http://127.0.0.1?@public.example/', 'http://127.0.0.1#@public.example/',
    'http://127.0.0.1/@public.example/', 'http://127.0.0.1\\@public.example/', 'http://127.0.0.1\\.public.example/',
    'http://[0:0:0:0:0:0:0:1]/', 'http://[0000:0000:0000:0000:0000:0000:0000:0001]/', 'http://[::FFFF:7F00:1]/',
    'http://[::ffff:127.0.0.1]:8080/',
  ]),
  // and of what is not
  ...all('admitted', public4.map((host) => `http://${host}/`)),
  ...all('admitted', public6.map((host) => `https://[${host}]/`)),
  ...all('admitted', spellings('8.8.4.4').slice(0, 18).map((host) => `http://${host}/file.csv`)),
  ...all('admitted', [
    'https://public.example/', 'https://public.example./', 'https://PUBLIC.example/', 'https://public6.example/',
    'https://both.example/a/../b?x=y', 'https://bücher.example/', 'https://xn--bcher-kva.example/',
    'https://public。example/', 'https://public%2Eexample/', 'https://ｐｕｂｌｉｃ.example/', 'https://public.example:8443/',
    'http://public.example:80/', 'http://public.example:8080/', 'https://public.example:65535/',
    'https://public.example/http://127.0.0.1/', 'https://public.example/?url=http://127.0.0.1/',
    'https://public.example/%0d%0aHost:%20evil/', 'https://public.example/#http://127.0.0.1',
  ]),
  // names
  ...all('inside', Object.keys(names)
    .filter((name) => !/^(public|both|b|xn)/.test(name))
    .map((name) => `https://${name}/`)),
  ...all('inside', ['https://LOOPBACK.example/', 'https://loopback.example.:8443/', 'https://loopback。example/']),
  ...all('unknown-host', ['https://nowhere.example/', 'https://a.b.c.nowhere.example/', 'https://empty.example/']),
  // what is no http
  ...all('scheme', [
    'file:///etc/passwd', 'file://127.0.0.1/etc/passwd', 'file:/etc/passwd', 'FILE:///etc/passwd', 'ftp://public.example/a',
    'ftps://public.example/a', 'sftp://public.example/a', 'gopher://127.0.0.1:6379/_INFO', 'dict://127.0.0.1:11211/stat',
    'ldap://127.0.0.1/', 'ldaps://127.0.0.1/', 'tftp://127.0.0.1/x', 'ssh://127.0.0.1/', 'telnet://127.0.0.1/',
    'jar:http://127.0.0.1!/x', 'data:text/plain,x', 'javascript:alert(1)', 'blob:https://public.example/x', 'ws://public.example/',
    'wss://public.example/', 'about:blank', 'mailto:a@public.example', 'urn:x:y', 's3://bucket/key', 'unix:/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/info', 'netdoc:///etc/passwd', 'view-source:http://127.0.0.1/', 'httpss://public.example/',
    'hthttp://public.example/', 'localhost:8080/', 'public.example:443/',
  ]),
  // user names and passwords
  ...all('credentials', [
    'http://user@public.example/', 'http://user:password@public.example/', 'http://:password@public.example/',
    'http://127.0.0.1@public.example/', 'http://public.example@127.0.0.1/', 'http://public.example:80@127.0.0.1/',
    'http://public.example%40127.0.0.1@10.0.0.1/', 'http://a@b@127.0.0.1/', 'http://public.example:@127.0.0.1:@127.0.0.1/',
    'https://user:pa%73s@[::1]/', 'http://%20@public.example/', 'http://public.example%00@127.0.0.1/',
    'http://public.example\t@127.0.0.1/', 'http:user@public.example/', 'https:\\\\user@public.example\\',
  ]),
  // ports of other protocols
  ...all('port', badPorts.map((port) => `http://public.example:${port}/`)),
  ...all('port', ['https://8.8.8.8:22/', 'https://[2606:4700:4700::1111]:25/', 'http://127.0.0.1:6379/', 'http://public.example:00025/']),
  // what is no address at all
  ...all('unreadable', [
    '', ' ', 'http', 'http:', 'http://', 'https://', '//public.example/', '/etc/passwd', 'public.example', 'public.example/x',
    '://public.example', 'http://[', 'http://[::1', 'http://::1]/', 'http://[::1%25eth0]/', 'http://[fe80::1%eth0]/', 'http://[::g]/',
    'http://[1::2::3]/', 'http://[::127.0.0.256]/', 'http://[127.0.0.1]/', 'http://256.0.0.1/', 'http://127.0.0.256/',
    'http://1.2.3.4.5/', 'http://4294967296/', 'http://0x100000000/', 'http://127.0.0.08/', 'http://public.example:65536/',
    'http://public.example:-1/', 'http://public.example:a/', 'http://public.example:80:80/', 'http://pub lic.example/',
    'http://pub%20lic.example/', 'http://pub<lic.example/', 'http://public.example%00/', 'http://public%2Fexample/',
    'http://public%23.example/', 'http://public%40127.0.0.1/', 'http://public.example|/', 'http://a^b.example/',
    'http://\u0000/', 'http://\u00AD/', 'http://\u200B/', '\\\\127.0.0.1\\share', '/Windows/win.ini',
  ]),
  // what an operator allowed
  ...all('admitted', ['http://127.0.0.1/', 'http://127.0.0.1:9000/', 'http://2130706433:9000/', 'http://127.1/'], ['127.0.0.1']),
  ...all('admitted', ['http://internal.example:9000/', 'http://INTERNAL.example.:9000/'], ['internal.example:9000']),
  ...all('admitted', ['http://[::1]:9000/', 'http://[0:0:0:0:0:0:0:1]:9000/'], ['[::1]:9000']),
  ...all('admitted', ['http://internal.example:25/'], ['internal.example:25']),
  ...all('port', ['http://internal.example:25/', 'http://internal.example:6379/'], ['internal.example']),
  ...all('inside', [
    'http://internal.example:9001/', 'https://internal.example/', 'http://linklocal.example:9000/', 'http://private.example:9000/',
    'http://10.9.8.7:9000/', 'http://loopback.example/?internal.example:9000',
  ], ['internal.example:9000']),
  ...all('inside', ['http://127.0.0.2/', 'http://[::1]/', 'http://loopback.example/', 'http://[::ffff:127.0.0.1]/'], ['127.0.0.1']),
  ...all('credentials', ['http://internal.example@127.0.0.1/', 'http://user@internal.example/'], ['internal.example', '127.0.0.1']),
]
