/** What the gateway refused, and why: its answer was a problem document (RFC 9457). */
export class BerthApiError extends Error {
  override readonly name = 'BerthApiError'
  /** Of HTTP. */
  readonly status: number
  /** What kind of problem it is: `/problems/not-found`. Empty if the answer was none of the gateway's. */
  readonly type: string
  readonly title: string
  /** What happened, to what, what to do: also the message. */
  readonly detail: string
  /** Names the request in the gateway's log and audit. */
  readonly instance: string | undefined

  constructor(problem: {
    readonly status: number
    readonly type?: string | undefined
    readonly title?: string | undefined
    readonly detail?: string | undefined
    readonly instance?: string | undefined
  }) {
    const { status, type = '', title = '', instance } = problem
    const detail = problem.detail ?? (title || `HTTP status ${status}`)
    super(detail)
    this.status = status
    this.type = type
    this.title = title
    this.detail = detail
    this.instance = instance
  }
}

/** No answer of a gateway came back: nobody listens there, a name is unknown, a certificate is not trusted. */
export class BerthConnectionError extends Error {
  override readonly name = 'BerthConnectionError'
  readonly url: string

  constructor(url: string, cause: unknown) {
    super(`no gateway answers at ${url}: ${reasonOf(cause)}`, { cause })
    this.url = url
  }
}

/** `fetch failed` says nothing; what caused it does. */
function reasonOf(error: unknown): string {
  let deepest = error
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause
  if (!(deepest instanceof Error)) return String(deepest)
  const { code } = deepest as NodeJS.ErrnoException
  // An address of several (localhost) fails with an error that has the others in it, and no text.
  return deepest.message === '' ? (code ?? deepest.name) : deepest.message
}
