import { readFileSync } from 'node:fs'
import { ifThere } from '../../state/durable-file.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** What the kernel lets a process do. */
export interface ProcessRights {
  readonly uid: number
  /** Effective capabilities, a bit each (capabilities(7), linux/capability.h). */
  readonly capabilities: bigint
  readonly openFilesSoft: number
  readonly openFilesHard: number
}

/** Bits of linux/capability.h, and what goes wrong for a gateway of root without them. */
const capabilityBits = {
  CHOWN: [0, 'clients cannot change owners'],
  DAC_OVERRIDE: [1, 'root of a client that is not squashed cannot do what root does'],
  DAC_READ_SEARCH: [
    2,
    'files are not found by the handles of the kernel: an index stands in, which is slower',
  ],
  FOWNER: [3, 'root of a client that is not squashed cannot change modes and times of others'],
  FSETID: [4, 'set-group-ID bits are lost'],
  SETGID: [6, 'calls cannot be done with the groups of the caller'],
  SETUID: [7, 'calls cannot be done as the caller'],
  NET_BIND_SERVICE: [10, 'port 111 and other ports below 1024 cannot be had'],
  MKNOD: [27, 'clients cannot make devices'],
} as const satisfies Record<string, readonly [number, string]>

/** Without these a gateway of root does not start. */
const needed: readonly string[] = ['SETUID', 'SETGID']

/** @returns undefined if there is no such process, or it may not be looked at. */
export function rightsOf(pid: number | 'self'): ProcessRights | undefined {
  const status = ifThere(() => readFileSync(`/proc/${pid}/status`, 'latin1'))
  const limits = ifThere(() => readFileSync(`/proc/${pid}/limits`, 'latin1'))
  if (status === undefined || limits === undefined) return undefined
  const [, uid = '0'] = /^Uid:\s+\d+\s+(\d+)/m.exec(status) ?? []
  const [, capabilities = '0'] = /^CapEff:\s+([0-9a-f]+)/m.exec(status) ?? []
  const [, soft = '0', hard = '0'] = /^Max open files +(\d+|unlimited) +(\d+|unlimited)/m.exec(limits) ?? []
  const count = (text: string) => (text === 'unlimited' ? Infinity : Number(text))
  return {
    uid: Number(uid),
    capabilities: BigInt(`0x${capabilities}`),
    openFilesSoft: count(soft),
    openFilesHard: count(hard),
  }
}

export function checkCapabilities({ uid, capabilities }: ProcessRights): Finding[] {
  const lacks = (bit: number) => (capabilities & (1n << BigInt(bit))) === 0n
  if (uid !== 0 && lacks(capabilityBits.SETUID[0]))
    return [
      warn(
        'capabilities',
        `user ${uid}, not root: every client acts as this user, and files keep no other owner`,
        'run the gateway as root (deploy/berth.service has the capabilities that it keeps)',
      ),
    ]
  const missing = Object.entries(capabilityBits).filter(([, [bit]]) => lacks(bit))
  if (missing.length === 0) return [ok('capabilities', 'all that a gateway uses are there')]
  return missing.map(([name, [, consequence]]) =>
    (needed.includes(name) ? fail : warn)(
      'capabilities',
      `no CAP_${name}: ${consequence}`,
      `add it: CapabilityBoundingSet= of systemd, cap_add: [${name}] of Compose, capabilities.add of Kubernetes`,
    ),
  )
}

/** @param wanted descriptors that the limits of the configuration come to. */
export function checkOpenFiles({ openFilesSoft, openFilesHard }: ProcessRights, wanted: number): Finding {
  // Node raises the soft limit to the hard one when it starts.
  const limit = Math.max(openFilesSoft, openFilesHard)
  if (limit >= wanted) return ok('open files', `limit ${limit}, ${wanted} are wanted`)
  return warn(
    'open files',
    `limit ${limit}, but ${wanted} are wanted: fewer files are kept open between calls`,
    `LimitNOFILE=${wanted} of systemd, ulimits: nofile of Compose, or ulimit -n ${wanted}`,
  )
}
