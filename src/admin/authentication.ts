import { setTimeout } from 'node:timers/promises'
import type { TokenRecord } from '../catalog/tokens.ts'
import type { Caller } from './operation.ts'
import { RequestError } from './problem.ts'
import type { AdminServices } from './services.ts'

const bearerPattern = /^bearer +(\S+)$/i

/**
 * Whose token a request bears (RFC 6750 §2.1). A wrong one is refused after a delay that grows with each, and nothing
 * tells whether there is such a token.
 * @throws {RequestError} `unauthorized`, or `too-many-requests` for a token that is right and used too often.
 */
export async function authenticate(
  { tokens, delay }: Pick<AdminServices, 'tokens' | 'delay'>,
  authorization: string | undefined,
  address: string,
  kind: TokenRecord['kind'],
): Promise<Caller> {
  const [, text] = bearerPattern.exec(authorization ?? '') ?? []
  if (text === undefined)
    throw new RequestError('unauthorized', `send the ${kind} token as Authorization: Bearer TOKEN`)
  const verdict = tokens.verify(text, address, kind)
  if (verdict.ok) {
    delay.admitted(address)
    return { subject: verdict.record.subject, address, tokenId: verdict.record.id }
  }
  if (verdict.reason === 'rate')
    throw new RequestError('too-many-requests', 'the token was used too often in the last minute')
  await setTimeout(delay.refused(address))
  throw new RequestError('unauthorized', `the token is no valid ${kind} token`)
}
