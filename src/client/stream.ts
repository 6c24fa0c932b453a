import { request as sendHttp, type IncomingMessage } from 'node:http'
import { request as sendHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { problemIn, type BerthClientOptions } from './berth-client.ts'
import { BerthApiError, BerthConnectionError } from './error.ts'
import { answerOf } from './send.ts'

/** In which an idle connection is asked whether it is still there, so that nobody on the way forgets it. */
const keepAliveMs = 60_000

export interface StreamRequest {
  readonly method: 'GET' | 'POST'
  /** `/v1/snapshots/7/tar`, with its query. */
  readonly path: string
  /** What is sent, as it comes; with its media type. */
  readonly body?: { readonly stream: Readable; readonly mediaType: string }
}

/**
 * Sends what is too long to be held, or is answered with it. Resolves with the answer's head; its body is to be read, and
 * fails where the connection breaks.
 * @throws {BerthApiError} for what the gateway refused, {BerthConnectionError} if none answered, what the body fails with
 */
export async function stream(
  { url, token }: Pick<BerthClientOptions, 'url' | 'token'>,
  { method, path, body }: StreamRequest,
): Promise<IncomingMessage> {
  const target = new URL(url.replace(/\/+$/, '') + path)
  const start = target.protocol === 'https:' ? sendHttps : sendHttp
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': body.mediaType }),
  }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = start(target, { method, headers, agent: false }, resolve)
    outgoing.setSocketKeepAlive(true, keepAliveMs)
    outgoing.once('error', (error) => reject(new BerthConnectionError(url, error)))
    if (body === undefined) outgoing.end()
    else
      pipeline(body.stream, outgoing).catch((error: unknown) => {
        // A gateway that refuses takes no more, and says why: its answer is the last word.
        if (body.stream.errored !== null) reject(error)
      })
  })
  const { statusCode = 0 } = answer
  if (statusCode < 300) return answer
  // Such as a redirect, which would take the token elsewhere.
  if (statusCode < 400) throw new BerthApiError({ status: statusCode, title: 'it sends elsewhere' })
  throw await problemIn(await answerOf(answer))
}
