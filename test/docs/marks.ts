import type { FencedBlock } from './fenced-blocks.ts'

/** What the comment before a block of commands says about running it. */
export interface Marks {
  /** `<!-- not run: why -->`. */
  readonly notRun?: string
  /** `<!-- background: http://… -->`: its last command goes on running; the next block waits until this address answers 200. */
  readonly background?: string
  /** `<!-- folder: config/assets/word-count -->`: where it runs, from the root of the repository. Default: where the block before ended. */
  readonly folder?: string
  /** `<!-- exit code: 22 -->`: it is meant to fail. */
  readonly exitCode?: number
  /** `<!-- example -->` before an output: what is printed differs each time in more than times and ids, and is not compared. */
  readonly example?: true
}

/**
 * Reads the comment before a block; several marks are separated by `; `. Comments of another kind are none.
 * @throws where a mark is misspelt or has no text
 */
export function marksOf({ comment, line }: Pick<FencedBlock, 'comment' | 'line'>): Marks {
  if (comment === undefined) return {}
  if (comment.startsWith('not run:')) return { notRun: needed(comment.slice('not run:'.length), line) }
  if (!/^(background|folder|exit code|example)\b/.test(comment)) return {}
  return Object.assign({}, ...comment.split('; ').map((mark) => markOf(mark, line))) as Marks
}

function markOf(mark: string, line: number): Marks {
  if (mark === 'example') return { example: true }
  const [, name, text = ''] = /^(background|folder|exit code): (.+)$/.exec(mark) ?? []
  if (name === 'background') return { background: needed(text, line) }
  if (name === 'folder') return { folder: needed(text, line) }
  if (name === 'exit code') return { exitCode: Number(needed(text, line)) }
  throw new Error(`line ${line}: there is no mark "${mark}"`)
}

function needed(text: string, line: number): string {
  if (text.trim() === '') throw new Error(`line ${line}: the mark says nothing`)
  return text.trim()
}
