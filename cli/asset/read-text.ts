import { readFile } from 'node:fs/promises'

/** A file's text, or `undefined` where it is not UTF-8. */
export async function readText(path: string): Promise<string | undefined> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
