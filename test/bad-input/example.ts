import { computeAsset } from '../http/forms.ts'

/** An asset with nothing wrong, on which the rows of the table change something. */
export const example = computeAsset('bad', {
  metadata: { id: 'bad', version: '1.0.0', title: 'Bad' },
  worker: {
    image: 'registry.example/work:1',
    runAs: { user: 1000, group: 1000 },
    local: { command: ['node', 'work.mjs'] },
    env: { LANGUAGE: 'en' },
    secrets: ['MODEL_KEY'],
  },
  parameters: { type: 'object', properties: { TOP: { type: 'integer' } } },
  inputs: [anInput('a.txt')],
  resources: {},
  placement: {},
  limits: {},
})

/** An input with nothing wrong. */
export function anInput(name: string): { readonly name: string; readonly from: { readonly url: string } } {
  return { name, from: { url: 'https://data.example/a' } }
}

/** One input more than may be. */
export const manyInputs = Array.from({ length: 65 }, (_, index) => anInput(`input-${index}`))

/** Variables of a quarter of a megabyte. */
export function manyVariables(first: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${first}${index}`, 'x'.repeat(32_000)]))
}
