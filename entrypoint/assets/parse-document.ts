import { LineCounter, parseDocument } from 'yaml'
import { type Problem, ServiceError } from '../../core/errors.ts'

/**
 * Parses a YAML or JSON document (JSON is YAML).
 * @throws ServiceError `invalid-asset` with every syntax error by line
 */
export function parseAssetDocument(text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error): Problem => {
      const { line, col } = lines.linePos(error.pos[0])
      return { where: `asset line ${line}, column ${col}`, message: error.message }
    })
    throw new ServiceError('invalid-asset', 'The asset is no YAML.', { problems })
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new ServiceError('invalid-asset', error instanceof Error ? error.message : String(error))
  }
}
