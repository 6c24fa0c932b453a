import { RpcServer } from 'nfs-server-ts'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Metrics, type LaneStatistics } from '../../../src/telemetry/metrics.ts'

const filesystem = { openFileCount: 3, inodeCount: 4, syncFailureCount: 1 }

function statistics(change: Partial<LaneStatistics['rpc']> = {}): LaneStatistics {
  const { statistics: rpc } = new RpcServer({ programs: [] })
  return { rpc: Object.assign(rpc, change), filesystem }
}

describe('Metrics', () => {
  afterEach(() => vi.useRealTimers())

  test('show what the lane counts, however often they are read', async () => {
    const versions = [
      { program: 100003, name: 'nfs', version: 3, procedureNames: ['NULL', undefined], calls: [7, 0] },
    ]
    let bytesIn = 100
    const metrics = new Metrics(async () =>
      statistics({ bytesIn: (bytesIn += 1), bugs: 2, connections: 5, versions }),
    )
    await metrics.render()
    const { contentType, text } = await metrics.render()
    expect(contentType).toContain('text/plain')
    for (const line of [
      'berth_received_bytes_total 102',
      'berth_bugs_total 2',
      'berth_connections 5',
      'berth_calls_total{program="nfs3",procedure="NULL"} 7',
      'berth_open_files 3',
      'berth_inodes 4',
      'berth_sync_failures_total 1',
      'berth_lane_up 1',
      '# TYPE berth_connections gauge',
      '# TYPE berth_connections_total counter',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).not.toContain('undefined')
  })

  test('a lane that does not answer leaves the numbers as they were, and says so', async () => {
    vi.useFakeTimers()
    let isStuck = false
    const metrics = new Metrics(() =>
      isStuck ? new Promise(() => undefined) : Promise.resolve(statistics({ bugs: 9 })),
    )
    await metrics.render()
    isStuck = true
    const late = metrics.render()
    await vi.advanceTimersByTimeAsync(2000)
    const { text } = await late
    expect(text).toMatch(/^berth_lane_up 0$/m)
    expect(text).toMatch(/^berth_bugs_total 9$/m)
  })
})
