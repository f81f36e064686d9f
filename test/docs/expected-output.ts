/** What differs from run to run, and the sign that stands for all of its kind. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '‹id›'],
  [/\b[0-9a-f]{8}-…/g, '‹id›'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '‹time›'],
  [/\b\d+(?:\.\d+)? ?(?:s|ms)\b/g, '‹duration›'],
  [/:\d{5}\b/g, ':‹port›'],
]

/**
 * Whether an output holds what a page shows of it. White space does not count; times, durations, ports and ids stand for any, and `…` for
 * whatever was left out.
 */
export function shows(output: string, shown: string): boolean {
  const pieces = signs(shown).split('…').map(escaped)
  return new RegExp(pieces.join('[^]*?')).test(signs(output))
}

function signs(text: string): string {
  return changing.reduce((changed, [pattern, sign]) => changed.replaceAll(pattern, sign), text).replaceAll(/\s+/g, '')
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
