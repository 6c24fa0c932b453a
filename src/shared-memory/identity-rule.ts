/** Most supplementary groups that a rule gives: as many as fit an entry of the grant table. */
export const ruleGroupCountMax = 32

/**
 * How the caller that AUTH_SYS names becomes the one that the kernel sees: as sent, root squashed, or all squashed to
 * the rule's own user.
 */
export interface IdentityRule {
  readonly squash: 'none' | 'root' | 'all'
  /** Whom squashed callers become. */
  readonly uid: number
  readonly gid: number
  /** Supplementary groups of squashed callers, {@link ruleGroupCountMax} at most; with `all` only. */
  readonly gids: readonly number[]
}

/** 65534, nobody: what Linux itself uses for users that cannot be told. */
export const nobody: IdentityRule = { squash: 'root', uid: 65_534, gid: 65_534, gids: [] }
