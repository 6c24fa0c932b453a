import { request as sendHttp, type IncomingMessage } from 'node:http'
import { request as sendHttps } from 'node:https'

/** In which an idle connection is asked whether it is still there, so that nobody on the way forgets it. */
const keepAliveMs = 60_000

/**
 * Sends a request, and resolves with the answer when all of it is there. Node's own fetch gives up when nothing has come
 * for five minutes; copying a large share takes longer. A redirect is not followed: a token goes to the gateway it is
 * for, and no further.
 */
export async function send(request: Request, timeoutMs: number): Promise<Response> {
  const url = new URL(request.url)
  const start = url.protocol === 'https:' ? sendHttps : sendHttp
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
  const options = {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    signal: AbortSignal.timeout(timeoutMs),
    // A connection of its own, which ends with the answer.
    agent: false,
  } as const
  return new Promise((resolve, reject) => {
    const outgoing = start(url, options, (incoming) => {
      answerOf(incoming).then(resolve, reject)
    })
    outgoing.setSocketKeepAlive(true, keepAliveMs)
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** Statuses whose answers have no body (RFC 9110 §6.4.1). */
const emptyStatuses: ReadonlySet<number> = new Set([204, 205, 304])

/** An answer, when all of it is there. */
export async function answerOf(incoming: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0, statusMessage: statusText = '', headersDistinct } = incoming
  const chunks: Buffer[] = []
  // Fails where the connection breaks in the middle.
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  if (status >= 300 && status < 400) throw new Error(`it sends elsewhere (status ${status})`)
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) headers.append(name, value)
  return new Response(emptyStatuses.has(status) ? null : Buffer.concat(chunks), {
    status,
    statusText,
    headers,
  })
}
