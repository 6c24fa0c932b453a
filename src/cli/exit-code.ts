import type { ServiceErrorCode } from '../config/service-error.ts'

/** How the process ends. README.md and `berth help exit-codes` list these for operators. */
export const ExitCode = {
  ok: 0,
  /** A port is taken, a directory is missing, a check has found something. */
  failed: 1,
  /** A setting or the command line cannot be used. */
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  unreachable: 6,
  /** Our bug: restart us and tell us (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** 128 and the number of the signal that ended it, or came twice to a server: as shells count. */
  killed: { SIGINT: 130, SIGTERM: 143 },
} as const

/** What scripts may rely on. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.ok, 'done'],
  [
    ExitCode.failed,
    'failed for another reason, or a check (doctor, audit verify, report) has found something',
  ],
  [ExitCode.usage, 'the command line, a setting or a value cannot be used'],
  [ExitCode.notFound, 'what was asked for is not there'],
  [ExitCode.refused, 'no valid token, or its owner may not do this'],
  [
    ExitCode.conflict,
    'not possible as things are: it exists already, was changed meanwhile, a limit is reached',
  ],
  [ExitCode.unreachable, 'the gateway cannot be reached'],
  [ExitCode.internal, 'an error in Berth itself; please report it'],
  [ExitCode.killed.SIGINT, 'interrupted (SIGINT)'],
  [ExitCode.killed.SIGTERM, 'ended (SIGTERM)'],
]

/** The exit code of what the API refused, by HTTP status. */
export function exitCodeOfStatus(status: number): number {
  return codesByStatus.get(status) ?? ExitCode.failed
}

const codesByStatus: ReadonlyMap<number, number> = new Map([
  [400, ExitCode.usage],
  [401, ExitCode.refused],
  [403, ExitCode.refused],
  [404, ExitCode.notFound],
  [409, ExitCode.conflict],
  [412, ExitCode.conflict],
  [413, ExitCode.usage],
  [415, ExitCode.usage],
  [422, ExitCode.conflict],
  [429, ExitCode.refused],
])

/** The exit code of what a service of this process refused. */
export const exitCodeOfService: Readonly<Record<ServiceErrorCode, number>> = {
  'not-found': ExitCode.notFound,
  exists: ExitCode.conflict,
  invalid: ExitCode.usage,
  conflict: ExitCode.conflict,
  stale: ExitCode.conflict,
  forbidden: ExitCode.refused,
  limit: ExitCode.conflict,
  unavailable: ExitCode.failed,
}
