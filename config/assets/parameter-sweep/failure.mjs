/** An expected end of this program: its lines go to stderr, its code is the exit code. */
export class Failure extends Error {
  constructor(exitCode, lines, options) {
    super(lines.join('\n'), options)
    this.exitCode = exitCode
    this.lines = lines
  }
}
