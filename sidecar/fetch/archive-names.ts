import { maximumPathLength, pathProblem } from '../../core/result/paths.ts'
import { InputRefusal } from './input-refusal.ts'

/**
 * Holds the names of an archive's entries to the rules of paths in a result, and to each other: no name twice, none that differs
 * from another in upper and lower case only, no file where another entry needs a directory.
 */
export class ArchiveNames {
  /** By folded name: as it was spelled, what it is, and whether an entry of its own declared it. */
  readonly #known = new Map<string, { spelled: string; kind: 'file' | 'directory'; declared: boolean }>()

  /** How many files and directories there are, also those that no entry of their own declared. */
  get size(): number {
    return this.#known.size
  }

  /**
   * Takes the name of the next entry.
   * @returns its path below the archive's directory, or `undefined` for that directory itself
   * @throws InputRefusal
   */
  take(name: string, kind: 'file' | 'directory'): string | undefined {
    // Before anything else looks at it: a name of megabytes is possible.
    if (name.length > 2 * maximumPathLength) throw refused(name, `has a name of ${name.length} characters`)
    const path = name.replace(/^(\.\/)+/, '').replace(kind === 'directory' ? /\/+$/ : /$^/, '')
    if (kind === 'directory' && (path === '' || path === '.')) return undefined
    const problem = pathProblem(path)
    if (problem !== undefined) throw refused(name, `has a name that cannot be taken: ${problem}`)
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) this.#note(parts.slice(0, depth).join('/'), 'directory', false)
    this.#note(path, kind, true)
    return path
  }

  #note(path: string, kind: 'file' | 'directory', declared: boolean): void {
    const folded = path.toLowerCase()
    const before = this.#known.get(folded)
    if (before !== undefined) {
      if (before.spelled !== path) throw refused(path, `differs from ${before.spelled} in upper and lower case only`)
      if (before.kind !== kind) throw refused(path, 'is a file and a directory')
      if (before.declared && declared) throw refused(path, 'is in it twice')
    }
    this.#known.set(folded, { spelled: path, kind, declared: declared || before?.declared === true })
  }
}

function refused(name: string, reason: string): InputRefusal {
  return new InputRefusal(`the entry ${JSON.stringify(name.slice(0, 600))} of the archive ${reason}`, 'Pack it anew.')
}
