import { Argument, type Command } from 'commander'
import { completionScript, shells, type Shell } from '../completion/completion.ts'

/** `berth completion`: a script that a shell completes command lines with. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      `
To use it now:
  bash: source <(berth completion bash)
  zsh:  source <(berth completion zsh)
  fish: berth completion fish | source
To keep it:
  bash: berth completion bash > /etc/bash_completion.d/berth
  zsh:  berth completion zsh > "\${fpath[1]}/_berth"
  fish: berth completion fish > ~/.config/fish/completions/berth.fish`,
    )
    .action((shell: Shell) => {
      process.stdout.write(completionScript(program, shell))
    })
}
