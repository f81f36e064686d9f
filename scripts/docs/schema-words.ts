import { durationPattern, formatDuration } from '../../core/asset/duration.ts'
import {
  extendedResourcePattern,
  labelKeyPattern,
  labelValuePattern,
  optionalNamePattern,
  subdomainPattern,
} from '../../core/asset/kubernetes-syntax.ts'
import { quantityPattern } from '../../core/asset/quantity.ts'
import type { SchemaNode } from './asset-fields.ts'
import { code, codes } from './markdown.ts'

/**
 * A default as it would be written in the document: durations and sizes are numbers only once they are read.
 * @returns `undefined` where the node is no scalar of which a default is known
 */
export function written(node: SchemaNode, value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined
  if (node.pattern === durationPattern.source) return formatDuration(value)
  return node.pattern === quantityPattern.source ? formatBytes(value) : undefined
}

/** What long patterns mean. */
const patternWords: readonly (readonly [RegExp, string])[] = [
  [subdomainPattern, 'name of a Kubernetes object'],
  [optionalNamePattern, 'name of a Kubernetes object, or nothing'],
  [labelKeyPattern, 'key of a label'],
  [labelValuePattern, 'value of a label'],
  [extendedResourcePattern, 'name of an extended resource'],
]

/** What a node takes, in words, as Markdown. */
export function takes(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const))
  if (node.enum !== undefined) return codes(node.enum.map(String))
  if (node.pattern === durationPattern.source) return 'duration'
  if (node.pattern === quantityPattern.source) return 'quantity'
  const known = patternWords.find(([pattern]) => pattern.source === node.pattern)
  if (known !== undefined) return known[1]
  switch (node.type) {
    case 'integer':
      return node.maximum === Number.MAX_SAFE_INTEGER
        ? 'whole number'
        : `whole number, ${node.minimum} to ${node.maximum}`
    case 'boolean':
      return codes(['true', 'false'])
    case 'array':
      return `list, ${node.minItems === undefined ? 'at most' : `${node.minItems} to`} ${node.maxItems}`
    case 'object':
      return node.properties === undefined ? 'names with values' : 'object'
    case 'string':
      if (node.format === 'uri') return 'http or https address'
      if (node.pattern !== undefined) return code(node.pattern)
      return node.maxLength === undefined ? 'text' : `text, at most ${node.maxLength}`
    default:
      return 'object'
  }
}

function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return String(bytes)
}
