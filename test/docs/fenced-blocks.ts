/** A fenced block of a Markdown page. */
export interface FencedBlock {
  /** The word after the fence, such as `sh`; empty where there is none. */
  readonly language: string
  readonly text: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  /** The comment right before it, without its marks; `undefined` where there is none. */
  readonly comment: string | undefined
}

/** Every fenced block of a page, in order. Blocks within lists count, with their indentation taken away. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = []
  const lines = markdown.split('\n')
  for (let index = 0; index < lines.length; index += 1) {
    const opening = /^(\s*)```(\S*)\s*$/.exec(lines[index] ?? '')
    if (opening === null) continue
    const [, indent = '', language = ''] = opening
    const end = lines.indexOf(`${indent}\`\`\``, index + 1)
    if (end < 0) throw new Error(`line ${index + 1}: the block is never closed`)
    const text = lines
      .slice(index + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n')
    blocks.push({ language, text, line: index + 1, comment: commentBefore(lines, index) })
    index = end
  }
  return blocks
}

/** `<!-- … -->`, of one or several lines, right before a block or with a blank line between. */
function commentBefore(lines: readonly string[], index: number): string | undefined {
  const before = lines
    .slice(Math.max(0, index - 12), index)
    .join('\n')
    .trimEnd()
  const found = /<!--((?:(?!<!--)[^])*)-->$/.exec(before)?.[1]?.trim()
  return found === undefined || found.startsWith('/') ? undefined : found.replaceAll(/\s+/g, ' ')
}
