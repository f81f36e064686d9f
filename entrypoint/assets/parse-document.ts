import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml'
import { type Problem, ServiceError } from '../../core/errors.ts'
import { dataProblem, maximumDepth } from '../../core/plain-data.ts'

/**
 * Parses a YAML or JSON document (JSON is YAML).
 * @throws ServiceError `invalid-asset` with every syntax error by line
 */
export function parseAssetDocument(text: string): unknown {
  const lines = new LineCounter()
  const document = parse(text, lines)
  // A warning is about a tag that means nothing here: what it stands before would be read as something else.
  const wrong = [...document.errors, ...document.warnings]
  if (wrong.length > 0) {
    const problems = wrong.map((error): Problem => {
      const { line, col } = lines.linePos(error.pos[0])
      return { where: `asset line ${line}, column ${col}`, message: messageOf(error) }
    })
    throw new ServiceError('invalid-asset', 'The asset cannot be read as YAML or JSON.', { problems })
  }
  const value = valueOf(document)
  const problem = dataProblem(value)
  if (problem !== undefined) throw unreadable(problem.where === '' ? 'asset' : problem.where, problem.message)
  return value
}

/** The parser follows nesting by calling itself, and runs out of stack where that is far too deep. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, logLevel: 'error' })
  } catch (error) {
    if (error instanceof RangeError) throw unreadable('asset', `is nested more than ${maximumDepth} levels deep`)
    throw error
  }
}

function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const [, alias] = /^Unresolved alias .*: (.*)$/.exec(said) ?? []
    const message =
      alias === undefined
        ? `its aliases (*name) cannot be followed: ${said}`
        : `*${alias} stands for nothing: there is no &${alias} before it`
    throw unreadable('asset', message)
  }
}

function unreadable(where: string, message: string): ServiceError {
  return new ServiceError('invalid-asset', 'The asset cannot be read as YAML or JSON.', {
    problems: [{ where, message }],
  })
}

function messageOf({ code, message }: YAMLError): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; send one asset at a time'
    case 'DUPLICATE_KEY':
      return 'this field stands twice; leave one of the two out'
    case 'TAB_AS_INDENT':
      return 'a tab stands where YAML takes spaces only'
    case 'TAG_RESOLVE_FAILED':
      return `${message.replace('Unresolved tag: ', 'the tag ')} means nothing here; leave it out, or put the value in quotes`
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a colon and a space stand within a value; put the value in quotes'
    case 'BAD_SCALAR_START':
      return `${message.replace('Plain value cannot start with reserved character', 'a value cannot begin with')}; put it in quotes`
    default:
      return message
        .replace(/^Missing closing (.)quote$/, 'the $1 that opens the text is never closed')
        .replace(/^Flow (?:map|sequence) .*end with a (.)$/, 'a $1 is missing before this place')
  }
}
