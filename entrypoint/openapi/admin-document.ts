import { readinessSchema } from '../routes/health-schemas.ts'
import { adminConnectorPaths } from './admin-connector-paths.ts'
import { assetPaths } from './asset-paths.ts'
import { auditPaths } from './audit-paths.ts'
import { checkPaths } from './check-paths.ts'
import { commonPaths } from './common-paths.ts'
import { admissionRefusals, operation, plainText } from './describe.ts'
import { makeDocument, type OpenApiDocument } from './document.ts'
import { jobPaths } from './job-paths.ts'
import { keyPaths } from './key-paths.ts'
import { receptionPaths } from './reception-paths.ts'
import { jobFilePaths } from './result-paths.ts'
import { publicationPaths } from './publication-paths.ts'

/** The OpenAPI document of the admin listener. */
export function adminDocument(): OpenApiDocument {
  return makeDocument({
    title: 'dataspace-compute: admin API',
    description: 'What the provider’s operators use: compute assets, jobs, health, metrics.',
    bearer:
      'The value of DSC_ADMIN_TOKEN, an API key, or an access token of the OpenID provider. Where neither token nor provider is configured the listener is on loopback and asks for nothing, but answers to this machine only.',
    tags: [
      { name: 'assets', description: 'What is offered.' },
      { name: 'publications', description: 'What connectors show of it in their catalogues.' },
      { name: 'connectors', description: 'Who asks for jobs.' },
      { name: 'jobs', description: 'What runs and ran.' },
      { name: 'receptions', description: 'What is received from other providers.' },
      { name: 'keys', description: 'Who may call this API.' },
      { name: 'audit', description: 'Who did what.' },
      { name: 'usage', description: 'What was used, and by whom.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: {
      ...assetPaths,
      ...publicationPaths,
      ...adminConnectorPaths,
      ...jobPaths,
      ...jobFilePaths,
      ...receptionPaths,
      ...keyPaths,
      ...auditPaths,
      ...checkPaths,
      ...commonPaths(readinessSchema),
      '/metrics': {
        get: operation({
          operationId: 'metrics',
          summary: 'Metrics for Prometheus.',
          tags: ['service'],
          security: [{ bearer: [] }, {}],
          answers: { 200: plainText('The text exposition, version 0.0.4.', 'text/plain') },
          refusals: [...admissionRefusals, 'internal'],
        }),
      },
    },
  })
}
