/** Wrong dotenv files. The code is always `invalid-dotenv`. */
export const dotenvFiles: readonly {
  /** What is wrong, for people. */
  readonly name: string
  readonly dotenv: string
  /** Every problem, whole, as `line: message`. */
  readonly problems: readonly string[]
}[] = [
  {
    name: 'a line that sets nothing',
    dotenv: 'LEVEL=3\nverbose\n',
    problems: ['line 2: expected NAME=value, or a comment after #'],
  },
  {
    name: 'a colon in place of =',
    dotenv: 'LEVEL: 3\n',
    problems: ['line 1: expected NAME=value, or a comment after #'],
  },
  {
    name: 'a space in a name',
    dotenv: 'MY LEVEL=3\n',
    problems: ['line 1: expected NAME=value, or a comment after #'],
  },
  { name: 'no name', dotenv: '=3\n', problems: ['line 1: the name before = is missing'] },
  {
    name: 'export without a value',
    dotenv: 'export LEVEL\n',
    problems: ['line 1: expected NAME=value, or a comment after #'],
  },
  {
    name: 'a name that begins with a digit',
    dotenv: '3D=yes\n',
    problems: ['line 1: "3D" is no name: letters, digits and _ only, not beginning with a digit, at most 128'],
  },
  {
    name: 'a name with a dot',
    dotenv: 'app.level=3\n',
    problems: ['line 1: "app.level" is no name: letters, digits and _ only, not beginning with a digit, at most 128'],
  },
  {
    name: 'a name in another alphabet',
    dotenv: 'größe=3\n',
    problems: ['line 1: "größe" is no name: letters, digits and _ only, not beginning with a digit, at most 128'],
  },
  {
    name: 'a name that is too long',
    dotenv: `${'A'.repeat(129)}=1\n`,
    problems: [
      'line 1: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" is no name: letters, digits and _ only, not beginning with a digit, at most 128',
    ],
  },
  {
    name: 'a name twice',
    dotenv: 'LEVEL=3\n\n# again\nLEVEL=4\n',
    problems: ['line 4: LEVEL is set already in line 1'],
  },
  {
    name: 'a name that JavaScript keeps to itself',
    dotenv: '__proto__=1\n',
    problems: ['line 1: the name __proto__ means something else to JavaScript and is not taken'],
  },
  {
    name: 'PATH',
    dotenv: 'PATH=/opt/bin\n',
    problems: [
      "line 1: PATH is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'what the linker heeds',
    dotenv: 'LD_PRELOAD=/x.so\n',
    problems: [
      "line 1: LD_PRELOAD is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'what Node heeds',
    dotenv: 'NODE_OPTIONS=--inspect\n',
    problems: [
      "line 1: NODE_OPTIONS is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'what Python heeds',
    dotenv: 'PYTHONPATH=/x\n',
    problems: [
      "line 1: PYTHONPATH is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'a proxy',
    dotenv: 'https_proxy=http://proxy:3128\n',
    problems: [
      "line 1: https_proxy is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'what Kubernetes sets',
    dotenv: 'KUBERNETES_SERVICE_HOST=10.0.0.1\n',
    problems: [
      "line 1: KUBERNETES_SERVICE_HOST is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'what the service sets',
    dotenv: 'JOB_ID=5\n',
    problems: ['line 1: JOB_ID is set by the service and cannot be set here'],
  },
  {
    name: 'a setting of the service',
    dotenv: 'DSC_TOKEN_KEY=x\n',
    problems: [
      "line 1: DSC_TOKEN_KEY is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'a quote that is never closed',
    dotenv: 'TEXT="first\nsecond\n',
    problems: [
      'line 1: the " that opens the value is never closed',
      'line 2: expected NAME=value, or a comment after #',
    ],
  },
  {
    name: 'text after a closing quote',
    dotenv: 'TEXT="a" b\n',
    problems: ['line 1: there is text after the closing quote; only a # comment may follow it'],
  },
  {
    name: 'a back quote that is never closed',
    dotenv: 'TEXT=`a\n',
    problems: ['line 1: the ` that opens the value is never closed'],
  },
  { name: 'a NUL', dotenv: 'A=1\nB=x\0y\n', problems: ['line 2: holds a NUL character'] },
  {
    name: 'a value that is too large',
    dotenv: `A=1\nLARGE=${'x'.repeat(32_769)}\n`,
    problems: ['line 2: the value of LARGE has more than 32768 bytes; put it into the image or an input'],
  },
  {
    name: 'everything at once',
    dotenv: 'A=1\nnothing\nPATH=x\nA=2\nB="\n',
    problems: [
      'line 2: expected NAME=value, or a comment after #',
      "line 3: PATH is reserved: it would change how the worker's runtime behaves; set it in the image instead",
      'line 4: A is set already in line 1',
      'line 5: the " that opens the value is never closed',
    ],
  },
]
