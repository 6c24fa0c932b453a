import type { CommandGrammar, OptionGrammar, Values } from './grammar.ts'

/** For fish 3 and later. */
export function fishScript(grammar: readonly CommandGrammar[]): string {
  return `# Completion of berth for fish. Made by: berth completion fish
function __berth_at
    set -l at berth
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at $word"
            case ${grammar
              .slice(1)
              .map(({ at }) => quoted(at))
              .join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete -c berth -f
${grammar.flatMap(linesOf).join('\n')}
`
}

function linesOf({ at, commands, options, values }: CommandGrammar): string[] {
  const start = `complete -c berth -n ${quoted(`__berth_at ${at}`)}`
  return [
    ...commands.map(({ name, description }) => `${start} -a ${quoted(name)} -d ${quoted(description)}`),
    ...options.map((option) => `${start} ${optionText(option)}`),
    ...(values.kind === 'anything' ? [] : [`${start} ${valueText(values)}`]),
  ]
}

function optionText({ names, description, values }: OptionGrammar): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const value = values === undefined ? '' : ` -r ${valueText(values)}`
  return `${flags.join(' ')}${value} -d ${quoted(description)}`
}

function valueText(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-f -a ${quoted(values.words.join(' '))}`
    case 'files':
      return '-F'
    case 'directories':
      return `-f -a '(__fish_complete_directories)'`
    case 'anything':
      return '-f'
  }
}

/** In single quotes fish escapes the quote and the backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
