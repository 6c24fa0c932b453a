/** How the process ends. README.md lists these for operators. */
export const ExitCode = {
  ok: 0,
  /** A port is taken, a directory is missing. */
  cannotStart: 1,
  /** A setting or the command line cannot be used. */
  badConfig: 2,
  /** Our bug: restart us and tell us (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** 128 and the number of the signal that came twice, as shells count. */
  killed: { SIGINT: 130, SIGTERM: 143 },
} as const
