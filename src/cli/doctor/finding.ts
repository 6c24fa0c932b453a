/** What one check says. */
export interface Finding {
  /** What was looked at: `portmap`. */
  readonly check: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found, in one line. */
  readonly detail: string
  /** What to do about it, in one line that can be followed as it stands. */
  readonly fix?: string
}

export function ok(check: string, detail: string): Finding {
  return { check, status: 'ok', detail }
}

export function warn(check: string, detail: string, fix: string): Finding {
  return { check, status: 'warn', detail, fix }
}

export function fail(check: string, detail: string, fix: string): Finding {
  return { check, status: 'fail', detail, fix }
}
