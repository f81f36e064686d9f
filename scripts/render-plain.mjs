// Renders k8s/plain, the files for those without Helm, from the chart: node scripts/render-plain.mjs [--check] [--helm=PATH].
// With --check it writes nothing, and fails where a file differs from what it would write.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}k8s/plain/`
const name = 'dataspace-compute'
const helm = process.argv.find((one) => one.startsWith('--helm='))?.slice('--helm='.length) ?? 'helm'
/** Files of the chart that belong together, in the order in which they are applied. */
const parts = {
  '1-namespaces.yaml': ['namespace'],
  '2-rights.yaml': ['role', 'jobs-limits'],
  '3-config.yaml': ['config'],
  '4-network-policies.yaml': ['network-policies'],
  '5-service.yaml': ['storage', 'service', 'deployment'],
}
const head =
  '# Rendered from k8s/chart for those without Helm; docs/kubernetes.md says what to change before you apply it.\n'
const ownNamespace = `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`
/** Helm cannot own what Kubernetes makes by itself; kubectl changes it. */
const jobsAccount = `# Pods of jobs are never given a token; this is for whatever else comes into their namespace.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: default
  namespace: ${name}-jobs
automountServiceAccountToken: false
`
const ownDocuments = { '1-namespaces.yaml': [ownNamespace], '2-rights.yaml': [jobsAccount] }

/** Every document by the template that it is from, without what is only Helm's. */
function rendered() {
  const text = execFileSync(
    helm,
    ['template', name, 'k8s/chart', '--namespace', name, '--values', 'k8s/example-values.yaml'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  const found = new Map()
  for (const document of text.split(/^---\n/m).filter((one) => one.trim() !== '')) {
    const [, template] = /^# Source: [^/]+\/templates\/(.*)\.yaml\n/.exec(document) ?? []
    if (template === undefined) throw new Error(`a document without its source: ${document.slice(0, 100)}`)
    const plain = document
      .replace(/^# Source: .*\n/, '')
      .replace(/^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, '')
      .replace(/^ +annotations:\n(?: +#.*\n)?(?: +checksum\/\w+: .*\n)+/gm, '')
    found.set(template, [...(found.get(template) ?? []), plain.trimEnd()])
  }
  return found
}

const documents = rendered()
const files = Object.entries(parts).map(([file, templates]) => {
  const own = (ownDocuments[file] ?? []).map((document) => document.trimEnd())
  const taken = templates.flatMap((template) => documents.get(template) ?? [])
  for (const template of templates) documents.delete(template)
  return [file, `${head}${[...own, ...taken].join('\n---\n')}\n`]
})
if (documents.size > 0) throw new Error(`no file takes ${[...documents.keys()].join(', ')}`)

const there = readdirSync(folder).filter((file) => /^\d-/.test(file))
const read = (file) => (there.includes(file) ? readFileSync(folder + file, 'utf8') : undefined)
const stale = [
  ...files.filter(([file, text]) => read(file) !== text).map(([file]) => file),
  ...there.filter((file) => !files.some(([one]) => one === file)),
]
if (!process.argv.includes('--check')) {
  for (const file of there) rmSync(folder + file)
  for (const [file, text] of files) writeFileSync(folder + file, text)
} else if (stale.length > 0) {
  process.stderr.write(
    `k8s/plain is not what the chart gives (${stale.join(', ')}); run node scripts/render-plain.mjs\n`,
  )
  process.exitCode = 1
}
