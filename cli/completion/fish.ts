import type { CompletedCommand } from './describe.ts'

/** A completion script for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')))
  const lines = commands.flatMap(({ path, subcommands, options, argumentValues }) => {
    const here = `complete -c dsc -n ${quote(`__dsc_at ${path.length === 0 ? "''" : `'${path.join(' ')}'`}`)}`
    return [
      ...(subcommands.length > 0 ? [`${here} -f`] : []),
      ...subcommands.map(({ name, description }) => `${here} -a ${quote(name)} -d ${quote(description)}`),
      ...argumentValues.map((value) => `${here} -f -a ${quote(value)}`),
      ...options.map(({ flags, description, takesValue, values }) => {
        const names = flags
          .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
          .join(' ')
        const value = !takesValue ? '' : values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`
        return `${here} ${names}${value} -d ${quote(description)}`
      }),
    ]
  })
  return `# fish completion for dsc; made by: dsc completion fish
function __dsc_at
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim -- "$path $word")
        if contains -- $longer ${known.join(' ')}
            set path $longer
        end
    end
    test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

function quote(text: string): string {
  return `'${text.replaceAll('\n', ' ').replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
