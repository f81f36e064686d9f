/** Takes one short line that tells how far the sidecar is. */
export type Progress = (line: string) => void

/** What a caller may set for both halves of the sidecar. */
export interface SidecarOptions {
  /** Where progress goes; nowhere by default. */
  readonly progress?: Progress
}

/** `counts.json (1234 bytes, 0.012 s)`: one file that was moved since `startedAt` (of `performance.now()`). */
export function moved(name: string, bytes: number, startedAt: number): string {
  return `${name} (${bytes} bytes, ${((performance.now() - startedAt) / 1000).toFixed(3)} s)`
}

/** Names in a message: quoted where they are odd, and not more than fit into one line. */
export function someNames(names: readonly string[], atMost = 20): string {
  const shown = names.slice(0, atMost).map((name) => (/^[\w.@+=/-]{1,128}$/.test(name) ? name : JSON.stringify(name)))
  return names.length > atMost ? `${shown.join(', ')} and ${names.length - atMost} more` : shown.join(', ')
}
