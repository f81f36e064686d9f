import { readySchema } from '../routes/health-schemas.ts'
import { commonPaths } from './common-paths.ts'
import { connectorPaths } from './connector-paths.ts'
import { dataPlanePaths } from './data-plane-paths.ts'
import { makeDocument, type OpenApiDocument } from './document.ts'
import { destinationPaths } from './reception-paths.ts'
import { resultPaths } from './result-paths.ts'

/** The OpenAPI document of the public listener. */
export function publicDocument(): OpenApiDocument {
  return makeDocument({
    title: 'dataspace-compute: public API',
    description: 'What connectors call, and where results are fetched.',
    bearer: 'The token that came with the address of the result. It works while its transfer is open.',
    tags: [
      { name: 'connectors', description: 'Messages of connectors.' },
      { name: 'data-plane', description: 'Messages of control planes: Data Plane Signaling.' },
      { name: 'results', description: 'The result gateway.' },
      { name: 'receptions', description: 'Where providers push what we receive.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: { ...connectorPaths, ...dataPlanePaths, ...resultPaths, ...destinationPaths, ...commonPaths(readySchema) },
  })
}
