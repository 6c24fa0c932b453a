import type { IdentityRule } from '../shared-memory/identity-rule.ts'

/** On whose behalf a client asks, as its token or its address tells. */
export interface Principal {
  readonly subject: string
  /** The client's, as `RpcClient.address` has it. */
  readonly address: string
  /** Null: without a token, by its address alone. */
  readonly tokenId: string | null
  /** The host rule that names its subject; null with a token, and where no rule does. */
  readonly hostId: string | null
  /** The logical path that it is confined to; null: none. */
  readonly scope: string | null
  /** Whom its callers become; null: as each share says. */
  readonly identity: IdentityRule | null
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null
}

/** Whether a path is another or below it. */
export function isWithin(path: string, top: string | null): boolean {
  return top === null || top === '/' || path === top || path.startsWith(`${top}/`)
}

/** Whether one is above the other, or they are the same: a client walks through the one to get to the other. */
export function isOnTheWay(path: string, top: string | null): boolean {
  return isWithin(path, top) || (top !== null && isWithin(top, path))
}
