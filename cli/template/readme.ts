import type { AssetNames } from './names.ts'

/** README.md of a new asset. */
export function readme({ id, title }: AssetNames): string {
  return `# ${title}

Summarises numbers that stay with their provider: how many, least, greatest, mean, and one percentile that the consumer may choose.

| file | what it is |
|---|---|
| [asset.yaml](asset.yaml) | the offer: worker, parameters, inputs, outputs, resources, limits |
| [${id}.env](${id}.env) | the worker's defaults; on Kubernetes it becomes the job's ConfigMap |
| [worker.mjs](worker.mjs) | the worker |
| [Dockerfile](Dockerfile) | puts the worker into an image |
| [numbers.txt](numbers.txt) | the bundled input |

## Try the worker by hand

In this folder, with Node 24:

\`\`\`sh
INPUT_DIR=. OUTPUT_DIR=/tmp PERCENTILE=90 node worker.mjs
cat /tmp/summary.json
\`\`\`

## Offer it

\`\`\`sh
dsc asset validate .
dsc asset register .
\`\`\`

Then offer an asset with the id \`${id}\` in the connector's catalogue. When a consumer has started a transfer:

\`\`\`sh
dsc job list --asset ${id}
dsc job why <id>
\`\`\`

The local backend runs \`worker.mjs\` from this folder: it looks for a folder named \`${id}\` in that of \`DSC_LOCAL_ASSETS\`. For Kubernetes,
build an image, push it where the cluster finds it, and name it by its digest in \`asset.yaml\`:

\`\`\`sh
docker build --tag registry.example/${id}:1 .
docker push registry.example/${id}:1
\`\`\`

## Make it yours

- **Another input**: replace \`numbers.txt\`, or let \`inputs\` name an address (\`from: { url: https://… }\`) or an S3 object.
- **Another parameter**: add it to \`parameters\`, give it a default in \`${id}.env\`, and read it in \`worker.mjs\` from \`process.env\`.
- **Another language**: change \`Dockerfile\`, \`worker.command\` and, for the local backend, \`worker.local.command\`.
- **After a change**: raise \`metadata.version\` and register again. \`dsc asset register . --replace\` replaces a version that no job has used.
`
}
