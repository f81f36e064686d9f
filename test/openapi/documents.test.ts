import { readFileSync } from 'node:fs'
import type { Router } from '@koa/router'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { errorCatalogue } from '../../core/errors.ts'
import { gatewayRoutes } from '../../entrypoint/gateway/serve.ts'
import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import { publicDocument } from '../../entrypoint/openapi/public-document.ts'
import { sinkRoutes } from '../../entrypoint/receiving/sink.ts'
import { adminConnectorRoutes } from '../../entrypoint/routes/admin-connectors.ts'
import { assetDirectoryRoutes } from '../../entrypoint/routes/asset-directory.ts'
import { assetRoutes } from '../../entrypoint/routes/assets.ts'
import { auditRoutes } from '../../entrypoint/routes/audit.ts'
import { checkRoutes } from '../../entrypoint/routes/checks.ts'
import { connectorRoutes } from '../../entrypoint/routes/connectors.ts'
import { dataPlaneRoutes } from '../../entrypoint/routes/data-planes.ts'
import { healthRoutes } from '../../entrypoint/routes/health.ts'
import { jobFileRoutes } from '../../entrypoint/routes/job-files.ts'
import { jobRoutes } from '../../entrypoint/routes/jobs.ts'
import { keyRoutes } from '../../entrypoint/routes/keys.ts'
import { metricsRoutes } from '../../entrypoint/routes/metrics.ts'
import { openApiRoutes } from '../../entrypoint/routes/openapi.ts'
import { publicationRoutes } from '../../entrypoint/routes/publications.ts'
import { receptionRoutes } from '../../entrypoint/routes/receptions.ts'
import { usageRoutes } from '../../entrypoint/routes/usage.ts'

const nothing = {} as never
const listeners = [
  {
    name: 'admin',
    document: adminDocument(),
    routers: [
      assetRoutes(nothing),
      assetDirectoryRoutes(undefined),
      publicationRoutes(nothing),
      adminConnectorRoutes(nothing),
      checkRoutes(nothing),
      jobRoutes(nothing),
      auditRoutes(nothing),
      usageRoutes(nothing),
      jobFileRoutes(nothing),
      receptionRoutes(nothing),
      keyRoutes(nothing),
      metricsRoutes(nothing),
      healthRoutes(nothing, true),
      openApiRoutes(nothing),
    ],
  },
  {
    name: 'public',
    document: publicDocument(),
    routers: [
      connectorRoutes(nothing, [], nothing, nothing, nothing, nothing),
      dataPlaneRoutes(nothing),
      gatewayRoutes(nothing),
      sinkRoutes(nothing),
      healthRoutes(nothing, false),
      openApiRoutes(nothing),
    ],
  },
] as const

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: readonly unknown[]
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >
}

function operationsOf({ paths = {} }: (typeof listeners)[number]['document']) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  )
}

/** Routes as `get /a/{}`: what is in braces may have another name in the document. Every GET takes HEAD as well. */
function routesOf(routers: readonly Router[]): ReadonlySet<string> {
  const routes = routers.flatMap(({ stack }) =>
    stack.flatMap(({ path, methods }) => {
      const plain = String(path).replace(/(.)\/$/, '$1')
      const optional = /\{(.*)\}/.exec(plain)
      const paths =
        optional === null ? [plain] : [plain.replace(optional[0], ''), plain.replace(optional[0], optional[1] ?? '')]
      return methods.flatMap((method) =>
        paths.map((one) => `${method.toLowerCase()} ${one.replaceAll(/[:*]\w+/g, '{}')}`),
      )
    }),
  )
  return new Set(routes)
}

for (const { name, document, routers } of listeners) {
  const operations = operationsOf(document)

  test(`${name}: every route is described, and nothing else`, (t) => {
    const described = new Set(operations.map(({ path, method }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`))
    const routes = routesOf(routers)
    t.deepEqual(
      [...described].filter((one) => !routes.has(one)),
      [],
    )
    const missing = [...routes].filter((one) => !described.has(one) && !described.has(one.replace(/^head /, 'get ')))
    t.deepEqual(missing, [])
  })

  test(`${name}: every operation has a name of its own, a summary, a tag, its security and problems`, (t) => {
    const ids = operations.map(({ operation }) => operation.operationId)
    t.is(new Set(ids).size, ids.length)
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`
      t.regex(operation.summary, /\.$/, where)
      t.true(
        document.tags?.some((tag) => tag.name === operation.tags[0]),
        where,
      )
      t.true(Array.isArray(operation.security), where)
      for (const [status, { content = {} }] of Object.entries(operation.responses))
        if (Number(status) >= 400 && method !== 'head')
          t.deepEqual(Object.keys(content), ['application/problem+json'], `${where} ${status}`)
    }
  })

  test(`${name}: every reference leads somewhere, and every schema is one`, (t) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(document, 'document')
    const pointers: string[] = []
    const walk = (value: unknown, pointer: string): void => {
      if (typeof value !== 'object' || value === null) return
      for (const [key, inside] of Object.entries(value)) {
        const at = `${pointer}/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`
        if (key === 'schema') pointers.push(at)
        if (key === '$ref' && !String(inside).includes('/headers/'))
          t.notThrows(() => ajv.compile({ $ref: `document${String(inside)}` }), at)
        walk(inside, at)
      }
    }
    walk(document, '')
    t.true(pointers.length > 50)
    for (const pointer of pointers) t.notThrows(() => ajv.compile({ $ref: `document#${pointer}` }), pointer)
  })

  test(`${name}: the copy in docs/ is the document`, (t) => {
    const copy: unknown = JSON.parse(readFileSync(new URL(`../../docs/openapi/${name}.json`, import.meta.url), 'utf8'))
    t.deepEqual(copy, JSON.parse(JSON.stringify(document)))
  })
}

test('every error code is described somewhere but those of requests that lead nowhere', (t) => {
  const text = JSON.stringify(listeners.map(({ document }) => document.paths))
  const missing = Object.keys(errorCatalogue).filter((code) => !text.includes(`\`${code}\``))
  t.deepEqual(missing, ['headers-too-large', 'malformed-request', 'method-not-allowed', 'request-timeout'])
})
