import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { dataProblem } from '../../core/plain-data.ts'
import { CliError } from '../cli-error.ts'

/** A policy without rules, in full. */
const openPolicy = { '@type': 'Set', permission: [], prohibition: [], obligation: [] }

/**
 * What an option says about a policy: `open`, `id:` and the id of one that the connector has, or a file with one in JSON or YAML.
 * @throws CliError where the file is not there or holds no object
 */
export async function readPolicyOption(text: string | undefined): Promise<unknown> {
  if (text === undefined) return undefined
  if (text === 'open') return openPolicy
  if (text.startsWith('id:')) {
    if (text.length > 3) return { '@id': text.slice(3) }
    throw new CliError('usage', 'After id: comes the id of a policy definition')
  }
  const value = parsePolicy(text, await readText(text))
  const problem = dataProblem(value)
  if (problem !== undefined)
    throw new CliError('refused', `${text} cannot be taken`, { detail: `${problem.where}: ${problem.message}` })
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new CliError('refused', `${text} holds no policy`, { hint: 'Expected is an object: an ODRL Set.' })
}

/** @throws CliError where the text is no YAML, nests without end, or has aliases that cannot be followed */
function parsePolicy(path: string, text: string): unknown {
  try {
    const document = parseDocument(text, { logLevel: 'error' })
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS()
  } catch (error) {
    throw new CliError('refused', `${path} is neither JSON nor YAML`, {
      detail: error instanceof Error ? error.message : String(error),
    })
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CliError('not-found', `The policy file ${path} cannot be read`, {
      detail: error instanceof Error ? error.message : String(error),
      hint: 'A policy that the connector has is named as id:ID; open stands for one without rules.',
      cause: error,
    })
  }
}
