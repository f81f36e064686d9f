import { readFileSync } from 'node:fs'

/** A file's text without the white space around it, or why it cannot be read. */
export type FileReading = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/** Reads a file that a setting names. */
export function readNamedFile(path: string): FileReading {
  try {
    return { ok: true, text: readFileSync(path, 'utf8').trim() }
  } catch (error) {
    return { ok: false, reason: `the file ${path} cannot be read: ${reasonOf(error)}` }
  }
}

function reasonOf(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
      return 'this user may not read it'
    case 'EISDIR':
      return 'it is a folder'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
