import { XdrWriter, mountProgram, nfs3Program, portmapPort, portmapProgram } from 'nfs-server-ts'
import { fail, ok, warn, type Finding } from './finding.ts'
import { probe, type ProbeOutcome } from './rpc-probe.ts'

export interface NfsAddress {
  readonly host: string
  readonly port: number
}

/** Whether NFS and MOUNT answer as clients ask for them. */
export async function checkNfs({ host, port }: NfsAddress): Promise<Finding[]> {
  const at = `${host} port ${port}`
  const nfs = await probe({ host, port, transport: 'tcp', program: nfs3Program, version: 3 })
  if (nfs.kind === 'silent')
    return [
      fail(
        'nfs',
        `nothing answers at ${at}: ${nfs.reason}`,
        'start the gateway (berth serve), or see that a firewall lets TCP through to this port',
      ),
    ]
  if (nfs.kind !== 'answered')
    return [
      fail(
        'nfs',
        `at ${at} is no NFS version 3: ${said(nfs)}`,
        'stop the other program, or choose another nfsPort',
      ),
    ]
  const findings = [ok('nfs', `version 3 answers at ${at}, TCP`)]
  findings.push(await checkMount(host, port, 'tcp'), await checkMount(host, port, 'udp'))
  findings.push(await checkVersion4(host, port))
  return findings
}

async function checkMount(host: string, port: number, transport: 'tcp' | 'udp'): Promise<Finding> {
  const check = `mount ${transport}`
  const outcome = await probe({ host, port, transport, program: mountProgram, version: 3 })
  if (outcome.kind === 'answered') return ok(check, `MOUNT version 3 answers at port ${port}`)
  const detail = `MOUNT does not answer at port ${port}: ${said(outcome)}`
  return transport === 'tcp'
    ? fail(check, detail, 'another server has this port: choose another nfsPort')
    : warn(
        check,
        detail,
        'let UDP through to this port, or have clients mount with mountproto=tcp: some ask over UDP first',
      )
}

/** A client that tries version 4 first goes on to 3 when it is told so, and hangs when it is not. */
async function checkVersion4(host: string, port: number): Promise<Finding> {
  const outcome = await probe({ host, port, transport: 'tcp', program: nfs3Program, version: 4 })
  if (outcome.kind === 'mismatch' && outcome.low <= 3 && outcome.high === 3)
    return ok('nfs4 fallback', 'clients that try NFS version 4 are told to use 3')
  const fix =
    'another NFS server answers here: stop it (systemctl disable --now nfs-server), or choose another nfsPort'
  return fail('nfs4 fallback', `a client that tries NFS version 4 is answered: ${said(outcome)}`, fix)
}

const getPort = 3
const transportTcp = 6

/** Who answers on port 111, and whether it sends clients to the gateway. RFC 1833 §3. */
export async function checkPortmap({ host, port }: NfsAddress): Promise<Finding> {
  const args = new XdrWriter()
  for (const word of [nfs3Program, 3, transportTcp, 0]) args.uint32(word)
  const outcome = await probe({
    host,
    port: portmapPort,
    transport: 'tcp',
    program: portmapProgram,
    version: 2,
    procedure: getPort,
    args: Buffer.from(args.bytes()),
  })
  const mountOptions = `port=${port},mountport=${port}`
  if (outcome.kind === 'silent')
    return warn(
      'portmap',
      `nobody answers on port ${portmapPort}: ${outcome.reason}`,
      `clients mount with ${mountOptions}; or run the gateway as root with portmap: on`,
    )
  if (outcome.kind !== 'answered')
    return warn(
      'portmap',
      `port ${portmapPort} answers: ${said(outcome)}`,
      `clients mount with ${mountOptions}`,
    )
  const told = outcome.result.uint32()
  if (told === port) return ok('portmap', `port ${portmapPort} tells clients that NFS is at port ${port}`)
  const rpcbind = 'stop rpcbind (systemctl disable --now rpcbind.socket rpcbind) and start the gateway again'
  return told === 0
    ? warn(
        'portmap',
        `rpcbind or the like has port ${portmapPort} and knows no NFS`,
        `clients mount with ${mountOptions}; or ${rpcbind}`,
      )
    : warn(
        'portmap',
        `port ${portmapPort} sends clients to port ${told}, where another NFS server may be`,
        `clients mount with ${mountOptions}; or stop that server (systemctl disable --now nfs-server), then ${rpcbind}`,
      )
}

function said(outcome: ProbeOutcome): string {
  switch (outcome.kind) {
    case 'answered':
      return 'it is there'
    case 'mismatch':
      return `it has versions ${outcome.low} to ${outcome.high}`
    case 'refused':
    case 'silent':
      return outcome.reason
  }
}
