import { readySchema } from '../routes/health-schemas.ts'
import { commonPaths } from './common-paths.ts'
import { connectorPaths } from './connector-paths.ts'
import { makeDocument, type OpenApiDocument } from './document.ts'
import { resultPaths } from './result-paths.ts'

/** The OpenAPI document of the public listener. */
export function publicDocument(): OpenApiDocument {
  return makeDocument({
    title: 'dataspace-compute: public API',
    description: 'What connectors call, and where results are fetched.',
    bearer: 'The token that came with the address of the result. It works while its transfer is open.',
    tags: [
      { name: 'connectors', description: 'Messages of connectors.' },
      { name: 'results', description: 'The result gateway.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: { ...connectorPaths, ...resultPaths, ...commonPaths(readySchema) },
  })
}
