/** Tells what happens, with the seconds since the beginning. */
export interface Narration {
  step(text: string): void
  /** Something long, indented below the step. */
  block(text: string): void
}

/** A narration on standard output; `quiet` keeps it silent. */
export function narration(quiet: boolean): Narration {
  const begin = performance.now()
  const write = (text: string): void => {
    if (!quiet) process.stdout.write(`${text}\n`)
  }
  return {
    step: (text) => write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${text}`),
    block: (text) => {
      for (const line of text.replace(/\n$/, '').split('\n')) write(`    ${line}`)
    },
  }
}
