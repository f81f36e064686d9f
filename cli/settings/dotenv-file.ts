import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'

/** File with settings that the service reads in its working directory. */
const serviceFile = '.env'

/**
 * Text of the dotenv file with the service's settings; empty where there is none and none was named.
 * @param named in place of the one in the working directory
 * @throws CliError `not-found` where a named one cannot be read
 */
export function readDotenvFile(named: string | undefined): string {
  try {
    return readFileSync(named ?? serviceFile, 'utf8')
  } catch (error) {
    if (named === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw new CliError('not-found', `The settings file ${named ?? serviceFile} cannot be read`, {
      detail: error instanceof Error ? error.message : String(error),
    })
  }
}
