import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { table } from './markdown.ts'

/** What the testbed runs, read from the files that pin it, so that the page lists nothing else. */
export function compatibilityTable(): string {
  return table(
    ['Part', 'Version', 'What CI runs with it'],
    [
      ['Node', pinned('package.json', /"node": "([\d.]+)"/), 'everything'],
      [
        'Kubernetes',
        pinned('testbed/kubebed/go.mod', /^\tk8s\.io\/kubernetes v(\S+)/m),
        'jobs, failures and installation, on one node with containerd; the jobs’ namespace enforces `restricted`',
      ],
      [
        'Eclipse EDC Connector',
        pinned('testbed/edc/pom.xml', /<edc\.version>([\d.]+)</),
        'a provider and a consumer with the HTTP provisioner: `HttpData-PULL` and `HttpData-PUSH`, events, publication',
      ],
      [
        'Eclipse EDC control plane',
        `${pinned('testbed/edc/pom.xml', /<edc\.version>([\d.]+)</)}, ${pinned('testbed/edc-json-ld/pom.xml', /<edc\.version>([\d.]+)</)}`,
        'a provider that signals to us by JSON-LD: `HttpData-PULL`, `HttpData-PUSH` and `AmazonS3-PUSH`, suspension, resumption, failures',
      ],
      ['MinIO', minio(), 'the object store’s contract, the sidecar, jobs with STS, presigned addresses'],
      [
        'versitygw',
        pinned('testbed/build.sh', /^VERSITYGW=v(\S+)/m),
        'the object store’s contract, the sidecar, jobs without STS and with the [policy of a bucket](object-stores.md#who-needs-which-rights)',
      ],
      [
        'PostgreSQL',
        pinned('testbed/postgres.sh', /\/usr\/lib\/postgresql\/(\d+)\/bin/),
        'the store’s contract, several replicas, races, the server stopped, paused and killed under load',
      ],
      ['Helm', pinned('testbed/helm.sh', /^VERSION=v(\S+)/m), 'the chart: installation, upgrade, removal'],
    ],
  )
}

/** MinIO's releases are named by their time, which stands in the version of its module. */
function minio(): string {
  const [date = '', time = ''] = [
    ...pinned('testbed/build.sh', /^MINIO=v0\.0\.0-(\d{14})-/m).matchAll(/\d{8}|\d{6}/g),
  ].map(String)
  const day = date.replace(/(....)(..)(..)/, '$1-$2-$3')
  return `source of ${day} ${time.replace(/(..)(..)(..)/, '$1:$2')} UTC`
}

function pinned(file: string, pattern: RegExp): string {
  const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8')
  const version = pattern.exec(text)?.[1]
  if (version === undefined) throw new Error(`${file} pins no version by ${pattern}`)
  return version
}
