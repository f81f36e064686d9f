import { globSync } from 'node:fs'
import test from 'ava'
import { headingName } from '../../site/heading-name.ts'
import { navigation } from '../../site/navigation.ts'
import { pageOf, targetOf } from '../../site/places.ts'
import { projectRoot } from '../support/entrypoint.ts'

const files = globSync('**/*.md', { cwd: projectRoot, exclude: ['**/node_modules', '**/dist', '.git', '.demo'] })
const pages = new Set(files.flatMap((file) => pageOf(file) ?? []))
const shown = navigation.sidebar.flatMap(({ items }) => items.map(({ link }) => link))
const fileOf = (link: string): string => (link.endsWith('/') ? `${link.slice(1)}index.md` : `${link.slice(1)}.md`)

test('every link of the navigation leads to a page', (t) => {
  t.deepEqual(
    [...shown, ...navigation.nav.map(({ link }) => link)].filter((link) => !pages.has(fileOf(link))),
    [],
  )
  t.is(new Set(shown).size, shown.length)
})

test('every page of the site is in the navigation; records of decisions are listed on theirs', (t) => {
  const reachable = new Set([...shown.map(fileOf), 'index.md', 'overview.md'])
  t.deepEqual(
    [...pages].filter((page) => !reachable.has(page) && !page.startsWith('decisions/')),
    [],
  )
})

test('no two files become the same page', (t) => {
  t.is(pages.size, files.filter((file) => pageOf(file) !== undefined).length)
})

test('links lead where they lead in the repository', (t) => {
  const from = 'docs/decisions/0002-sidecar-s3-client.md'
  t.deepEqual(targetOf(from, 'https://example.org/a.md'), { kind: 'as-it-is' })
  t.deepEqual(targetOf(from, '#below'), { kind: 'as-it-is' })
  t.deepEqual(targetOf(from, '../errors.md#causes'), { kind: 'page', href: '/errors#causes' })
  t.deepEqual(targetOf(from, 'README.md'), { kind: 'page', href: '/decisions/' })
  t.deepEqual(targetOf('docs/README.md', '../config/assets/word-count/README.md'), {
    kind: 'page',
    href: '/examples/word-count',
  })
  t.deepEqual(targetOf('docs/a.md', '../k8s/role.yaml'), {
    kind: 'file',
    href: '/files/k8s/role.yaml.txt',
    file: 'k8s/role.yaml',
  })
})

test('headings are named as the repository names them', (t) => {
  t.is(headingName('What `dsc` prints, and where'), 'what-dsc-prints-and-where')
  t.is(headingName('1. The service on this machine'), '1-the-service-on-this-machine')
})
