import test from 'ava'
import { environmentNameProblem } from './environment.ts'

for (const name of [
  'A',
  '_',
  'a1',
  'MODEL_KEY',
  'lower_case',
  'constructor',
  'PYTH',
  'HOMEPAGE',
  'PATHS',
  'x'.repeat(128),
]) {
  test(`${name.slice(0, 20)} (${name.length}) is a name`, (t) => t.is(environmentNameProblem(name), undefined))
}

for (const name of ['1A', 'a b', 'a-b', 'a.b', 'é', 'A\n', 'A=', '$A', 'x'.repeat(129)]) {
  test(`${JSON.stringify(name).slice(0, 20)} (${name.length}) is no name`, (t) => {
    t.regex(environmentNameProblem(name) ?? '', /is no name/)
  })
}

test('an empty name is missing', (t) => t.regex(environmentNameProblem('') ?? '', /missing/))

test('a name that JavaScript objects treat specially is refused', (t) => {
  t.not(environmentNameProblem('__proto__'), undefined)
})

for (const name of ['INPUT_DIR', 'OUTPUT_DIR', 'JOB_ID']) {
  test(`${name} is ours`, (t) => t.regex(environmentNameProblem(name) ?? '', /is set by the service/))
}

const reserved = `
  PATH HOME IFS ENV BASH_ENV SHELLOPTS BASHOPTS PS4 CDPATH GCONV_PATH
  LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES NODE_OPTIONS PYTHONPATH PERL5LIB RUBYOPT
  MALLOC_CHECK_ GIT_SSH SSL_CERT_FILE KUBERNETES_SERVICE_HOST DSC_TOKEN_KEY
  JAVA_TOOL_OPTIONS _JAVA_OPTIONS HTTP_PROXY https_proxy NO_PROXY`
  .trim()
  .split(/\s+/)
for (const name of reserved) {
  test(`${name} is reserved`, (t) => t.regex(environmentNameProblem(name) ?? '', /^\S+ is reserved/))
}
