export type PortmapMode = 'auto' | 'on' | 'off'
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export interface LogConfig {
  readonly level: LogLevel
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty'
}

export interface LimitsConfig {
  /** Most TCP connections at once. */
  readonly connections: number
  /** Largest RPC record in bytes. */
  readonly recordSize: number
  /** Most calls of one connection that are begun and not yet answered. */
  readonly callsInFlight: number
  /** Most files kept open between calls. */
  readonly openFiles: number
  /** Most inodes kept in memory. */
  readonly inodes: number
  /** Most shares served. */
  readonly shares: number
  /** Most grants that live at once. */
  readonly grants: number
  /** Most threads of a remote store, in all lanes together; each lane that needs the store has one at least. */
  readonly remoteThreads: number
}

/** How lanes deal with the network. */
export interface NetworkConfig {
  /** For how long at most a lane looks for the next call before it sleeps, in microseconds; 0: it sleeps at once. */
  readonly busyPollUs: number
  /** TCP congestion control of clients' connections, by the kernel's name for it; 'auto': see lanes/congestion-control.ts. */
  readonly congestionControl: string
}

/** What the hooks of snapshots may do: who may only use the API must not gain a shell on the gateway by them. */
export interface HooksConfig {
  /** Absolute paths of programs that hooks may run. */
  readonly commands: readonly string[]
  /** URLs that hooks may call, each with those below it, and absolute paths of files with headers to send there. */
  readonly urls: readonly { readonly prefix: string; readonly headersFile: string | undefined }[]
}

/** How restic is run. */
export interface BackupsConfig {
  /** Name or absolute path of the program. */
  readonly restic: string
  /** By which it names the gateway; by default the machine's own name. */
  readonly host: string | undefined
  /** Absolute path of the directory with passwords of repositories; by default `secrets` in the data directory. */
  readonly secrets: string | undefined
  /** Further arguments of ssh, which gets at repositories on other machines: a key, say. */
  readonly sshArguments: readonly string[]
}

/** How old the newest snapshot and backup of a share may be, in hours; 0: there need be none. */
export interface ProtectionConfig {
  readonly snapshotHours: number
  readonly backupHours: number
}

/** What may become shares: who may only use the API must not read the gateway's host by it. */
export interface ImportsConfig {
  /** Absolute paths of directories that may be imported, each with those below it. */
  readonly directories: readonly string[]
  /** Where the Docker API is asked. */
  readonly dockerSocket: string
  /** Most bytes and objects that a tar may unpack to. */
  readonly tarBytes: number
  readonly tarFiles: number
}

export interface ShareConfig {
  /** Logical path: what a client mounts. */
  readonly path: string
  /** Absolute path of the directory served. */
  readonly directory: string
  readonly readOnly: boolean
  /** Whose calls are done as the anonymous user: those of uid 0, all, or none. */
  readonly squash: 'root' | 'all' | 'none'
  readonly anonymousUid: number
  readonly anonymousGid: number
  readonly durability: 'strict' | 'relaxed'
  /** Most bytes and files in it; null: no limit. */
  readonly quotaBytes: number | null
  readonly quotaFiles: number | null
  /** Most calls, and bytes read and written, in a second; null: no limit. */
  readonly callsPerSecond: number | null
  readonly bytesPerSecond: number | null
  /** What fits this time may come at once. */
  readonly burstSeconds: number
  /** Which file operations the audit is told of. */
  readonly audit: 'off' | 'changes' | 'opens'
  /** Whether its filesystem may be slow to answer; null: by its type. */
  readonly remote: boolean | null
  /** Who may go into `.snapshot`; see the catalog's column. */
  readonly snapshotAccess: 'hidden' | 'visible' | 'backup'
  /** Addresses and networks that may use the share. */
  readonly clients: readonly string[]
}

/** What one gateway process runs on: every setting known, checked and frozen. */
export interface Config {
  readonly demo: boolean
  /** Absolute path of the data directory. */
  readonly data: string
  readonly listen: string
  /** Name or address by which clients reach it, for mount lines; by default that which it listens on. */
  readonly clientHost: string | undefined
  /** 0 for any free port. */
  readonly nfsPort: number
  /** Threads that serve NFS. */
  readonly lanes: number
  readonly adminPort: number | 'off'
  /** Where the admin API listens: an address, for this machine alone unless somebody says otherwise. */
  readonly adminListen: string
  /** Absolute paths of PEM files: the admin API speaks HTTPS. Both or none. */
  readonly adminTls: { readonly certificate: string; readonly key: string } | undefined
  readonly portmap: PortmapMode
  readonly shares: readonly ShareConfig[]
  readonly limits: LimitsConfig
  readonly network: NetworkConfig
  readonly hooks: HooksConfig
  readonly backups: BackupsConfig
  readonly protection: ProtectionConfig
  readonly imports: ImportsConfig
  readonly log: LogConfig
}

/** More threads would only be in each other's way. */
export const laneCountMax = 64

/** Longer than it takes to wake any processor. */
export const busyPollUsMax = 1000

/** A share is for this machine until its `clients` say otherwise. */
export const loopbackNetworks = ['127.0.0.0/8', '::1'] as const

export const configDefaults = {
  listen: '127.0.0.1',
  nfsPort: 2049,
  adminPort: 8049,
  adminListen: '127.0.0.1',
  portmap: 'auto',
  limits: {
    connections: 10_000,
    recordSize: 1_114_112,
    callsInFlight: 256,
    openFiles: 4096,
    inodes: 200_000,
    shares: 16_384,
    grants: 32_768,
    remoteThreads: 4,
  },
  network: { busyPollUs: 50, congestionControl: 'auto' },
  backups: { restic: 'restic' },
  protection: { snapshotHours: 24, backupHours: 48 },
  imports: {
    directories: [],
    dockerSocket: '/var/run/docker.sock',
    tarBytes: 2 ** 40,
    tarFiles: 10_000_000,
  },
  log: { level: 'info', format: 'auto' },
} as const satisfies Partial<Omit<Config, 'backups'>> & { backups: Partial<BackupsConfig> }

export const shareDefaults = {
  readOnly: false,
  squash: 'root',
  anonymousUid: 65534,
  anonymousGid: 65534,
  durability: 'strict',
  quotaBytes: null,
  quotaFiles: null,
  callsPerSecond: null,
  bytesPerSecond: null,
  burstSeconds: 1,
  audit: 'off',
  snapshotAccess: 'hidden',
  remote: null,
  clients: loopbackNetworks,
} as const satisfies Partial<ShareConfig>
