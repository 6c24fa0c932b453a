/** Authentication flavors, RFC 5531 §8.2 and RFC 5531 appendix A. */
export const AuthFlavor = { none: 0, sys: 1 } as const

/** Largest body of a credential or verifier, RFC 5531 §8.2. */
export const authBodySizeMax = 400
/** Most supplementary groups in AUTH_SYS, RFC 5531 appendix A. */
export const authSysGroupCountMax = 16
/** Longest machine name in AUTH_SYS, in bytes, RFC 5531 appendix A. */
export const authSysMachineNameSizeMax = 255

/** A decoded credential. It says what the client claims, no more: AUTH_SYS proves nothing. */
export type Credentials =
  | { readonly flavor: 'none' }
  | {
      readonly flavor: 'sys'
      readonly machineName: string
      readonly uid: number
      readonly gid: number
      readonly gids: readonly number[]
    }
