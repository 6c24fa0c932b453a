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

/** What it means to an operator that a socket cannot listen; undefined for an error that is not about that. */
export function listenError(
  what: string,
  host: string,
  port: number,
  error: unknown,
): StartError | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  const reason = code === undefined ? undefined : listenReasons[code]
  if (reason === undefined) return undefined
  return new StartError(`${what} port ${port} on ${host} ${reason}`, { cause: error })
}

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'may not be opened by this user: take one above 1023, or give the server CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'cannot be opened: that is no address of this machine',
  EAFNOSUPPORT: 'cannot be opened: this machine has no such kind of address',
}
