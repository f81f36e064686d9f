import { styleText } from 'node:util'

/** Writes the demo's steps with the time since it began. */
export interface Timeline {
  step(text: string): void
  /** Something long, indented below the step. */
  block(text: string): void
  heading(text: string): void
  line(text: string): void
}

/** A timeline on a stream; colours only where the stream is a terminal and NO_COLOR is not set. */
export function timeline(stream: NodeJS.WriteStream, now: () => number): Timeline {
  const begin = now()
  const styled = (format: 'dim' | 'bold', text: string): string => styleText(format, text, { stream })
  const line = (text: string): void => {
    stream.write(`${text}\n`)
  }
  return {
    line,
    heading: (text) => line(`\n${styled('bold', text)}`),
    step: (text) => line(`${styled('dim', `${((now() - begin) / 1000).toFixed(3).padStart(7)} s`)}  ${text}`),
    block: (text) => {
      for (const one of text.replace(/\n$/, '').split('\n')) line(`    ${one}`)
    },
  }
}
