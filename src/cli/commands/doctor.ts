import type { Command } from 'commander'
import { ExitCode } from '../exit-code.ts'
import { withConnection, withOutput } from '../gateway-command.ts'
import type { DoctorFlags } from '../doctor/doctor.ts'
import type { Finding } from '../doctor/finding.ts'
import { Output } from '../output/output.ts'
import { columnsOf, printable } from '../output/text.ts'
import type { Paint } from '../output/colours.ts'

/** `berth doctor`: what a user trips over, and what to do about it. */
export function doctorCommand(program: Command): void {
  const command = withOutput(
    program.command('doctor').description('look for what goes wrong, and say what to do about it'),
  )
    .option('--config <file>', 'config file of the gateway, YAML')
    .option('--nfs-port <port>', 'port of NFS, where no config file or gateway tells')
    .option('--admin-port <port>', 'port of the admin API, where no config file tells')
    .option('--listen <address>', 'address of NFS, where no config file tells')
  withConnection(command).action(async (flags: DoctorFlags) => {
    const { examine } = await import('../doctor/doctor.ts')
    const findings = await examine(flags, process.env)
    const out = new Output(flags)
    const failed = findings.filter(({ status }) => status === 'fail')
    if (flags.quiet) out.lines(failed.map(({ check, detail }) => `${check}: ${detail}`))
    else out.show({ findings }, [], linesOf(findings, out.paint))
    if (failed.length > 0) process.exitCode = ExitCode.failed
  })
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function linesOf(findings: readonly Finding[], paint: Paint): string[] {
  const width = findings.reduce((widest, { check }) => Math.max(widest, columnsOf(check)), 0)
  return findings.flatMap(({ check, status, detail, fix }) => {
    const mark = paint(colours[status], status.padEnd(4))
    const line = `${mark}  ${check.padEnd(width)}  ${printable(detail)}`
    return fix === undefined
      ? [line]
      : [line, `      ${' '.repeat(width)}  ${paint('dim', '→')} ${printable(fix)}`]
  })
}
