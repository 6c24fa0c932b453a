import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { CephNode, nodeMissing } from './ceph-node.ts'

/** Why there can be no cluster here; undefined: there can. */
export const clusterMissing = nodeMissing('ceph-mds', 'ceph-fuse')

/** CephFS of one node on the loopback interface, its data in memory, mounted by ceph-fuse as gateways are to mount it. */
export class CephCluster {
  readonly #node: CephNode
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
    spawnSync('umount', ['-l', this.directory])
    await this.#node.stop()
  }

  async #start(): Promise<void> {
    const node = this.#node
    const data = node.directory('mds')
    node.serve('ceph-mds', '-i', 'm', `--mds-data=${data}`)
    node.ceph('osd', 'pool', 'create', 'metadata', '8')
    node.ceph('osd', 'pool', 'create', 'data', '8')
    node.ceph('fs', 'new', 'cephfs', 'metadata', 'data')
    await node.until(() => node.ceph('mds', 'stat')?.includes('up:active') === true)
    const outside = statSync(this.directory).dev
    const options = ['--fuse_disable_pagecache=true', '--client_dirsize_rbytes=false']
    node.serve('ceph-fuse', '-n', 'client.admin', ...options, this.directory)
    await node.until(() => statSync(this.directory).dev !== outside)
  }
}
