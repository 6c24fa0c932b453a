import type { CommandGrammar, Values } from './grammar.ts'

/** For bash 4 and later, with or without the package bash-completion. */
export function bashScript(grammar: readonly CommandGrammar[]): string {
  return `# Completion of berth for bash. Made by: berth completion bash
_berth_complete() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} at=berth words='' i
  # bash makes a word of the = in --option=value.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${patterns(grammar.slice(1).map(({ at }) => at))}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${optionCases(grammar)}
  esac
  case "$at" in
${commandCases(grammar)}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _berth_complete berth
`
}

function optionCases(grammar: readonly CommandGrammar[]): string {
  const placesByAction = new Map<string, string[]>()
  for (const { at, options } of grammar)
    for (const { names, values } of options) {
      if (values === undefined) continue
      const action = valueAction(values)
      const places = placesByAction.get(action) ?? []
      places.push(...names.map((name) => `${at} ${name}`))
      placesByAction.set(action, places)
    }
  return [...placesByAction]
    .map(([action, places]) => `    ${patterns(places)}) ${action}return ;;`)
    .join('\n')
}

function valueAction(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `mapfile -t COMPREPLY < <(compgen -W ${quoted(values.words.join(' '))} -- "$cur"); `
    case 'files':
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); `
    case 'directories':
      return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); `
    case 'anything':
      return ''
  }
}

function commandCases(grammar: readonly CommandGrammar[]): string {
  return grammar
    .map(({ at, commands, options, values }) => {
      const flags = options.flatMap(({ names }) => names.filter((name) => name.startsWith('--')))
      const words = commands.map(({ name }) => name)
      if (values.kind === 'words') words.push(...values.words)
      // Where a word is expected, options are shown once a - is typed; where any is, they are all that can be shown.
      const others = words.length > 0 ? `words=${quoted(words.join(' '))}` : flagsOrNothing(values, flags)
      return `    ${quoted(at)})
      if [[ $cur == -* ]]; then words=${quoted(flags.join(' '))}; else ${others}; fi ;;`
    })
    .join('\n')
}

function flagsOrNothing(values: Values, flags: readonly string[]): string {
  const isOnDisk = values.kind === 'files' || values.kind === 'directories'
  return isOnDisk ? `${valueAction(values)}return` : `words=${quoted(flags.join(' '))}`
}

function patterns(places: readonly string[]): string {
  return places.map(quoted).join(' | ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
