// What the gateway leaves in its data directory for commands on the same machine, which need no setting then.

/** The token of the first administrator, mode 0600. */
export const adminTokenFile = 'admin.token'
/** Where the admin API of the gateway listens, or last did: `http://127.0.0.1:8049`. */
export const adminUrlFile = 'admin.url'
