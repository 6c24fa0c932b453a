import { OperatorError } from '../config/error.ts'
import { ExitCode } from './exit-code.ts'

/** A command that could not do what was asked. Its message is one line: what happened, to what, what to do. */
export class CommandError extends OperatorError {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** A command line that cannot be meant. */
export function usageError(message: string): CommandError {
  return new CommandError(ExitCode.usage, message)
}
