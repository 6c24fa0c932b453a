import { spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { CephNode, nodeMissing } from './ceph-node.ts'

/** Why there can be no cluster here; undefined: there can. */
export const clusterMissing = nodeMissing('ceph-mds', 'ceph-fuse')

/** As gateways are to mount it; and with ACLs, as the other filesystems have them. */
const mountOptions = [
  '--fuse_disable_pagecache=true',
  '--client_dirsize_rbytes=false',
  '--client_acl_type=posix_acl',
]

/** CephFS of one node on the loopback interface, its data in memory, mounted by ceph-fuse. */
export class CephCluster {
  readonly #node: CephNode
  #client: ChildProcess | undefined
  readonly directory: string

  private constructor(node: CephNode) {
    this.#node = node
    this.directory = node.directory('mounted')
  }

  static async start(): Promise<CephCluster> {
    const node = await CephNode.start('fuse default permissions = false')
    const cluster = new CephCluster(node)
    try {
      await cluster.#start()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    // The client first: without its cluster it would not end.
    this.#unmount()
    await this.#node.stop()
  }

  /** Unmounts it, with all that nobody has brought to the disk, as the end of a host does; and mounts it again. */
  async crash(): Promise<void> {
    const ended = once(this.#client!, 'exit')
    this.#client!.kill('SIGKILL')
    await ended
    this.#unmount()
    // Else its successor waits for what it has been lent.
    for (const { id } of this.#clients()) this.#node.ceph('tell', 'mds.0', 'client', 'evict', `id=${id}`)
    await this.#mount()
  }

  async #start(): Promise<void> {
    const node = this.#node
    const data = node.directory('mds')
    node.serve('ceph-mds', '-i', 'm', `--mds-data=${data}`)
    node.ceph('osd', 'pool', 'create', 'metadata', '8')
    node.ceph('osd', 'pool', 'create', 'data', '8')
    node.ceph('fs', 'new', 'cephfs', 'metadata', 'data')
    await node.until(() => node.ceph('mds', 'stat')?.includes('up:active') === true)
    await this.#mount()
  }

  async #mount(): Promise<void> {
    const outside = statSync(this.directory).dev
    this.#client = this.#node.serve('ceph-fuse', '-n', 'client.admin', ...mountOptions, this.directory)
    await this.#node.until(() => statSync(this.directory).dev !== outside)
  }

  #unmount(): void {
    spawnSync('umount', ['-l', this.directory])
  }

  #clients(): { readonly id: number }[] {
    return JSON.parse(this.#node.ceph('tell', 'mds.0', 'client', 'ls') ?? '[]') as { readonly id: number }[]
  }
}
