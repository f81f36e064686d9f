import { readFileSync } from 'node:fs'
import { defineLoader } from 'vitepress'

interface Operation {
  readonly summary?: string
  readonly responses?: Readonly<Record<string, unknown>>
}
interface OpenApi {
  readonly info: { readonly title: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** What the page shows of one document. */
export interface ShownDocument {
  readonly name: string
  readonly file: string
  readonly title: string
  readonly description: string
  readonly operations: readonly { readonly request: string; readonly summary: string; readonly answers: string }[]
}

declare const data: readonly ShownDocument[]
export { data }

const base = process.env['SITE_BASE'] ?? '/'

export default defineLoader({
  watch: ['../../docs/openapi/*.json'],
  load: (): readonly ShownDocument[] => ['admin', 'public'].map(shown),
})

function shown(name: string): ShownDocument {
  const file = `docs/openapi/${name}.json`
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a document of ours, validated where it is made
  const { info, paths } = JSON.parse(text) as OpenApi
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => /^(get|head|post|put|patch|delete)$/.test(method))
      .map(([method, { summary = '', responses = {} }]) => ({
        request: `${method.toUpperCase()} ${path}`,
        summary,
        answers: Object.keys(responses).join(', '),
      })),
  )
  return { name, file: `${base}files/${file}`, title: info.title, description: info.description ?? '', operations }
}
