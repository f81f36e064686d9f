import { readFile } from 'node:fs/promises'
import { decodeText, type SentText, tooLargeError } from '../../entrypoint/assets/sent-text.ts'

/**
 * A file's text, as the service would read it.
 * @throws ServiceError with what registration answers where the file is too large or not UTF-8
 */
export async function readText(path: string, part: SentText, mostBytes: number): Promise<string> {
  const bytes = await readFile(path)
  if (bytes.byteLength > mostBytes) throw tooLargeError(part, mostBytes)
  return decodeText(bytes, part)
}
