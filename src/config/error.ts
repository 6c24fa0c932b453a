/** What an operator can put right. Its message is one line for them; the process ends with `exitCode`. */
export abstract class OperatorError extends Error {
  abstract readonly exitCode: number
}

/** A setting, flag or command line that cannot be used. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError'
  readonly exitCode = 2
}

/** The settings are fine, but the server cannot start here: a port is taken, a directory is missing. */
export class StartError extends OperatorError {
  override readonly name = 'StartError'
  readonly exitCode = 1
}
