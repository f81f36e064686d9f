import { readinessSchema } from '../routes/health-schemas.ts'
import { adminConnectorPaths } from './admin-connector-paths.ts'
import { assetPaths } from './asset-paths.ts'
import { commonPaths } from './common-paths.ts'
import { operation, plainText } from './describe.ts'
import { makeDocument, type OpenApiDocument } from './document.ts'
import { jobPaths } from './job-paths.ts'
import { jobFilePaths } from './result-paths.ts'
import { publicationPaths } from './publication-paths.ts'

/** The OpenAPI document of the admin listener. */
export function adminDocument(): OpenApiDocument {
  return makeDocument({
    title: 'dataspace-compute: admin API',
    description: 'What the provider’s operators use: compute assets, jobs, health, metrics.',
    bearer:
      'The value of DSC_ADMIN_TOKEN. Where none is set the listener is on loopback and asks for nothing, but answers to this machine only.',
    tags: [
      { name: 'assets', description: 'What is offered.' },
      { name: 'publications', description: 'What connectors show of it in their catalogues.' },
      { name: 'connectors', description: 'Who asks for jobs.' },
      { name: 'jobs', description: 'What runs and ran.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: {
      ...assetPaths,
      ...publicationPaths,
      ...adminConnectorPaths,
      ...jobPaths,
      ...jobFilePaths,
      ...commonPaths(readinessSchema),
      '/metrics': {
        get: operation({
          operationId: 'metrics',
          summary: 'Metrics for Prometheus.',
          tags: ['service'],
          security: [{ bearer: [] }, {}],
          answers: { 200: plainText('The text exposition, version 0.0.4.', 'text/plain') },
          refusals: ['unauthorized', 'internal'],
        }),
      },
    },
  })
}
