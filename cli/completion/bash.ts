import type { CompletedCommand } from './describe.ts'

/** A completion script for bash 4 and newer. Where it knows nothing, bash completes file names. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(' ')}"`)
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, values: some }) => {
        const patterns = flags.map((flag) => `"${path.join(' ')}:${flag}"`).join(' | ')
        return `    ${patterns}) words="${some.join(' ')}"; value=1 ;;`
      }),
  )
  const words = commands.map(({ path, subcommands, options, argumentValues }) => {
    const all = [...subcommands.map(({ name }) => name), ...argumentValues, ...options.flatMap(({ flags }) => flags)]
    return `    "${path.join(' ')}") words="${all.join(' ')}" ;;`
  })
  return `# bash completion for dsc; made by: dsc completion bash
_dsc() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" value="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
    ${known.join(' | ')}) path="\${path:+$path }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$path:$previous" in
${values.join('\n')}
  esac
  if [ -z "$value" ]; then
    case "$path" in
${words.join('\n')}
    esac
  fi
  [ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _dsc dsc
`
}
