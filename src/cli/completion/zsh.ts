import type { CommandGrammar, Values } from './grammar.ts'

/** For zsh: to be sourced, or put as `_berth` where fpath leads. */
export function zshScript(grammar: readonly CommandGrammar[]): string {
  return `#compdef berth
# Completion of berth for zsh. Made by: berth completion zsh
_berth() {
  local at=berth i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      (${patterns(grammar.slice(1).map(({ at }) => at))}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${optionCases(grammar)}
  esac
  case "$at" in
${commandCases(grammar)}
  esac
  if [[ $PREFIX == -* ]] || (( ! $#commands )); then
    _describe -t options option options
  else
    _describe -t commands command commands
  fi
}
if [[ "$funcstack[1]" == _berth ]]; then _berth "$@"; else compdef _berth berth; fi
`
}

function optionCases(grammar: readonly CommandGrammar[]): string {
  return grammar
    .flatMap(({ at, options }) =>
      options.map(({ names, values }) =>
        values === undefined
          ? ''
          : `    (${patterns(names.map((name) => `${at} ${name}`))}) ${valueAction(values)}; return ;;`,
      ),
    )
    .filter((line) => line !== '')
    .join('\n')
}

function valueAction(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `compadd -- ${values.words.map(quoted).join(' ')}`
    case 'files':
      return '_files'
    case 'directories':
      return '_files -/'
    case 'anything':
      return `_message 'value'`
  }
}

function commandCases(grammar: readonly CommandGrammar[]): string {
  return grammar
    .map(({ at, commands, options, values }) => {
      const flags = options.flatMap(({ names, description }) =>
        names.filter((name) => name.startsWith('--')).map((name) => described(name, description)),
      )
      const named = commands.map(({ name, description }) => described(name, description))
      const lines = [
        `    (${quoted(at)})`,
        `      options=(${flags.join(' ')})`,
        ...(named.length === 0 ? [] : [`      commands=(${named.join(' ')})`]),
        ...(values.kind === 'anything'
          ? []
          : [`      if [[ $PREFIX != -* ]]; then ${valueAction(values)}; return; fi`]),
        '      ;;',
      ]
      return lines.join('\n')
    })
    .join('\n')
}

/** As _describe wants it. */
function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`)
}

function patterns(places: readonly string[]): string {
  return places.map(quoted).join('|')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
