import { assetDocument } from './asset-document.ts'
import type { AssetNames } from './names.ts'
import { readme } from './readme.ts'
import { workerProgram } from './worker.ts'

/** The files of a new asset, by name. Together they pass `dsc asset validate`, and the local backend runs them as they are. */
export function templateFiles(names: AssetNames): ReadonlyMap<string, string> {
  const { id } = names
  return new Map([
    ['asset.yaml', assetDocument(names)],
    [
      `${id}.env`,
      `# Defaults of the worker. On Kubernetes this file becomes the job's ConfigMap.\n\n# Which percentile the summary holds, 0 to 100. A consumer may set it.\nPERCENTILE=50\n`,
    ],
    ['worker.mjs', workerProgram],
    ['numbers.txt', '3\n1\n4\n1\n5\n9\n2\n6\n5\n3\n'],
    ['Dockerfile', dockerfile(id)],
    ['README.md', readme(names)],
  ])
}

function dockerfile(id: string): string {
  return `# docker build --tag localhost/${id}:1 .
ARG NODE_IMAGE=node:24-bookworm-slim
FROM \${NODE_IMAGE}
COPY worker.mjs /app/worker.mjs
USER 65532:65532
CMD ["node", "/app/worker.mjs"]
`
}
