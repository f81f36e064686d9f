import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * Says where in a YAML or JSON text a path such as `inputs[0].from.bundled` lies. What is not there (a field that is missing) is
 * where the nearest thing around it is.
 */
export function positionsIn(text: string): (path: string) => Position | undefined {
  const lines = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  return (path) => {
    let node: unknown = contents
    let offset = offsetOf(node)
    for (const part of partsOf(path)) {
      if (!isCollection(node)) break
      const key = isMap(node) ? keyOf(node, part) : undefined
      const next = node.get(part, true)
      const found = offsetOf(key) ?? offsetOf(next)
      if (found === undefined) break
      offset = found
      node = next
    }
    if (offset === undefined) return undefined
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
}

/** `a.b[0].c` and `["odd name"]`, as zod writes paths, in parts. */
export function partsOf(path: string): readonly (string | number)[] {
  const parts = path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)
  return [...parts].map(([, index, quoted, name]) => {
    if (index !== undefined) return Number(index)
    return quoted === undefined ? (name ?? '') : quoted.replaceAll(/\\(.)/g, '$1')
  })
}

function keyOf(map: YAMLMap, name: string | number): unknown {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))?.key
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
