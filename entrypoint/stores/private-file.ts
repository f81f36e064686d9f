import { chmodSync, closeSync, openSync, statSync } from 'node:fs'

/** What the file's owner may do, and nobody else. */
const ownersOnly = 0o600
/** What anybody may do who is neither the owner nor of its group. */
const everybody = 0o007

/**
 * Makes a file that only its owner reads and writes, whatever the umask says. One that is there is taken from everybody else where it is
 * open to all, as a umask leaves it; one that its owner opened to a group alone stays as it is. A file of somebody else stays, too: it is
 * not ours to change.
 */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', ownersOnly))
  closeToOthers(path)
}

/** The same for a file that may be there. */
export function closeToOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || (found.mode & everybody) === 0) return
  try {
    chmodSync(path, ownersOnly)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && notOurs.has(String(error.code)))) throw error
  }
}

/** A file of another user, and file systems without modes. */
const notOurs: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])
