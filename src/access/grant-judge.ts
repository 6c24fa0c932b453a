import type { GrantRecord } from '../catalog/grants.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { TokenRecord } from '../catalog/tokens.ts'
import type { Tree } from '../namespace/tree.ts'
import { Right } from '../shared-memory/grant-table.ts'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import { noRateLimit } from '../service/rate-limit.ts'
import { isLimit, type RateLimit } from '../shared-memory/rate-table.ts'
import type { Verdict } from './grants.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { Permissions } from './permissions.ts'
import type { Principal } from './principal.ts'
import type { Tokens } from './tokens/tokens.ts'

export interface GrantJudgeOptions {
  readonly tree: Tree
  readonly permissions: Permissions
  readonly tokens: Tokens
  readonly hosts: Hosts
}

/** A grant for folders has no files on which a rule could matter. */
const nobody: IdentityRule = { squash: 'all', uid: 65_534, gid: 65_534, gids: [] }

/** A backup reads everything, whoever runs it on its client. Snapshots keep it from changing anything. */
const reader: IdentityRule = { squash: 'all', uid: 0, gid: 0, gids: [] }

/** What a grant allows, and of which share. */
type Allowed = Omit<Verdict, 'rate'> & { readonly share: ShareRecord | undefined }

/** Says for whom a grant is, and what it allows, by tokens, host rules, policy and namespace as they are now. */
export class GrantJudge {
  readonly #options: GrantJudgeOptions

  constructor(options: GrantJudgeOptions) {
    this.#options = options
  }

  /** A client without a token. */
  host(address: string): Principal {
    const host = this.#options.hosts.subjectOf(address)
    return {
      subject: host?.subject ?? `host:${address}`,
      address,
      tokenId: null,
      hostId: host?.id ?? null,
      scope: host?.scope ?? null,
      identity: host?.identity ?? null,
      expiresAt: null,
    }
  }

  /** For whom a grant was given, as its token or host rule says now; undefined when that has ended. */
  principalOf({ tokenId, hostId, address }: GrantRecord): Principal | undefined {
    if (tokenId !== null) {
      const token = this.#options.tokens.living(tokenId)
      return token && tokenPrincipal(token, address)
    }
    const principal = this.host(address)
    return principal.hostId === hostId ? principal : undefined
  }

  judge(grant: GrantRecord): Verdict | { readonly endedFor: string } {
    const found = this.#allowed(grant)
    if ('endedFor' in found) return found
    const { rights, rule, share } = found
    const rate = this.#rateOf(grant)
    const isLimited = isLimit(rate) || (share !== undefined && isLimit(share))
    return { rights: isLimited ? rights | Right.LIMITED : rights, rule, rate }
  }

  #allowed(grant: GrantRecord): Allowed | { readonly endedFor: string } {
    const { tree, tokens, permissions } = this.#options
    const principal = this.principalOf(grant)
    if (principal === undefined) return { endedFor: 'its token or host rule has ended' }
    if (grant.tokenId !== null && !tokens.allowsAddress(grant.tokenId, grant.address))
      return { endedFor: 'its token is not for this client any more' }
    const node = tree.get(grant.nodeId)
    if (node === undefined) return { endedFor: 'what it was for is gone' }
    if (grant.shareId === null) return { rights: 0, rule: nobody, share: undefined }
    const local = permissions.targetOf(node, grant.shareId)
    if (local === undefined) return { endedFor: 'the share is not there any more' }
    const path = tree.pathOf(node)
    if (grant.backupSet !== null)
      return permissions.mayBackUp(principal, path)
        ? { rights: Right.READ | Right.BACKUP, rule: reader, share: local.share }
        : { endedFor: 'no rule allows it any more' }
    const rights = permissions.rights(principal, local, path)
    if (rights === 0) return { endedFor: 'no rule allows it any more' }
    const seesSnapshots = local.share.snapshotAccess === 'backup' && permissions.mayBackUp(principal, path)
    return {
      rights: seesSnapshots ? rights | Right.SNAPSHOTS : rights,
      rule: principal.identity ?? local.share.identity,
      share: local.share,
    }
  }

  /** Each grant made with a token has the token's limit for itself. */
  #rateOf({ tokenId }: GrantRecord): RateLimit {
    return (tokenId === null ? undefined : this.#options.tokens.living(tokenId)) ?? noRateLimit
  }
}

export function tokenPrincipal(token: TokenRecord, address: string): Principal {
  const { id, subject, scope, identity, expiresAt } = token
  return { subject, address, tokenId: id, hostId: null, scope, identity, expiresAt }
}
