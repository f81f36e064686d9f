import type { CompletedCommand } from './describe.ts'

/** A completion script for zsh, to be saved as `_dsc` in a folder of `$fpath` or sourced. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(' ')}"`)
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, values: some }) => {
        const patterns = flags.map((flag) => `"${path.join(' ')}:${flag}"`).join('|')
        return `    (${patterns})) ${some.length === 0 ? '_files' : `compadd -- ${some.join(' ')}`}; return ;;`
      }),
  )
  const words = commands.map(({ path, subcommands, options, argumentValues }) => {
    const described = [
      ...subcommands.map(({ name, description }) => entry(name, description)),
      ...argumentValues.map((value) => entry(value, '')),
      ...options.flatMap(({ flags, description }) => flags.map((flag) => entry(flag, description))),
    ]
    const closed = subcommands.length > 0 || argumentValues.length > 0 // no file name can come here
    return `    ("${path.join(' ')}") candidates=(${described.join(' ')})${closed ? '; files=' : ''} ;;`
  })
  return `#compdef dsc
# zsh completion for dsc; made by: dsc completion zsh
_dsc() {
  local path_="" files=1 word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path_:+$path_ }$word" in
    (${known.join('|')}) path_="\${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_:\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$path_" in
${words.join('\n')}
  esac
  _describe dsc candidates
  if [ -n "$files" ]; then _files; fi
}
if [ "$funcstack[1]" = "_dsc" ]; then _dsc "$@"; else compdef _dsc dsc; fi
`
}

/** `'name:description'` as _describe reads it. */
function entry(name: string, description: string): string {
  const text = `${name.replaceAll(':', '\\:')}${description === '' ? '' : `:${description.replaceAll('\n', ' ')}`}`
  return `'${text.replaceAll("'", `'\\''`)}'`
}
