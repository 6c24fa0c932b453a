import { createMountProgram, createNfs3Program, type RpcProgram } from 'nfs-server-ts'
import { MemoryBackend } from 'nfs-server-ts/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { shareSeriesMax } from '../../../src/telemetry/metrics/share-metrics.ts'
import { Metrics, type LaneStatistics, type ShareStatistics } from '../../../src/telemetry/metrics.ts'
import { laneStatistics, sourcesOf } from './fixture.ts'

/** The programs that a lane serves; nothing is called. */
const programs: readonly RpcProgram[] = [
  createNfs3Program(new MemoryBackend()),
  createMountProgram({
    mount: () => ({ status: 13 }),
    unmount: () => undefined,
    unmountAll: () => undefined,
    dump: () => [],
    exports: () => [],
  }),
]

/** Notes calls of a procedure as the RPC server does. */
function note(lane: LaneStatistics, name: string, status: string, seconds: number): void {
  for (const { procedures } of lane.rpc.versions)
    for (const procedure of procedures) {
      const outcome = procedure?.name === name ? procedure.outcomes.indexOf(status) : -1
      if (procedure === undefined || outcome < 0) continue
      procedure.calls[outcome]!++
      procedure.durations[0]!++
      procedure.seconds += seconds
      return
    }
  throw new Error(`no outcome ${status} of a procedure ${name}`)
}

function share(path: string, change: Partial<ShareStatistics> = {}): ShareStatistics {
  return { id: 1, path, usedBytes: 0, usedFiles: 0, quotaBytes: null, quotaFiles: null, ...change }
}

async function linesOf(metrics: Metrics): Promise<string[]> {
  return (await metrics.render()).text.split('\n')
}

describe('Metrics', () => {
  afterEach(() => vi.useRealTimers())

  test('show what is counted elsewhere, however often they are read', async () => {
    let bytesIn = 100
    const lane = () => laneStatistics({ bytesIn: (bytesIn += 1), bugs: 2, connections: 5 })
    const metrics = new Metrics(
      sourcesOf([lane], {
        grants: () => 6,
        mounts: () => ({ granted: 8, refused: 9 }),
        audit: () => ({ lines: 10, dropped: 11 }),
        adminBugs: () => 12,
      }),
    )
    await metrics.render()
    const { contentType, text } = await metrics.render()
    expect(contentType).toContain('text/plain')
    for (const line of [
      'berth_received_bytes_total 102',
      'berth_bugs_total 2',
      'berth_connections 5',
      'berth_open_files 3',
      'berth_inodes 4',
      'berth_sync_failures_total 1',
      'berth_lane_up{lane="0"} 1',
      'berth_lane_heap_bytes{lane="0"} 1000',
      'berth_grants 6',
      'berth_mounts_total{result="granted"} 8',
      'berth_mounts_total{result="refused"} 9',
      'berth_audit_lines_total 10',
      'berth_audit_dropped_total 11',
      '# TYPE berth_connections gauge',
      '# TYPE berth_connections_total counter',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).not.toContain('undefined')
  })

  test('calls by procedure and status: success and trouble always, other failures once there are any', async () => {
    const lane = laneStatistics({}, programs)
    note(lane, 'LOOKUP', 'NOENT', 0.25)
    note(lane, 'LOOKUP', 'OK', 0.5)
    note(lane, 'MNT', 'ACCES', 1)
    const lines = await linesOf(new Metrics(sourcesOf([() => lane])))
    const counted = lines.filter((line) => /^berth_(nfs|mount)_calls_total\{.*\} [1-9]/.test(line))
    expect(counted).toEqual([
      'berth_nfs_calls_total{procedure="LOOKUP",status="OK"} 1',
      'berth_nfs_calls_total{procedure="LOOKUP",status="NOENT"} 1',
      'berth_mount_calls_total{procedure="MNT",status="ACCES"} 1',
    ])
    expect(lines.filter((line) => line.includes('procedure="COMMIT"'))).toEqual([
      'berth_nfs_calls_total{procedure="COMMIT",status="OK"} 0',
      'berth_nfs_calls_total{procedure="COMMIT",status="SYSTEM_ERR"} 0',
      'berth_nfs_calls_total{procedure="COMMIT",status="IO"} 0',
      'berth_nfs_calls_total{procedure="COMMIT",status="SERVERFAULT"} 0',
    ])
    // Of all versions of MOUNT together.
    const dumps = lines.filter((line) =>
      line.startsWith('berth_mount_calls_total{procedure="DUMP",status="OK"'),
    )
    expect(dumps).toEqual(['berth_mount_calls_total{procedure="DUMP",status="OK"} 0'])
    expect(lines.filter((line) => line.includes('NOTEMPTY'))).toEqual([])
  })

  test('a histogram is cumulative, with bounds in seconds', async () => {
    const lane = laneStatistics({}, programs)
    note(lane, 'READ', 'OK', 0.25)
    note(lane, 'READ', 'IO', 0.5)
    const lines = await linesOf(new Metrics(sourcesOf([() => lane])))
    const read = lines.filter((line) => /^berth_nfs_call_seconds.*READ"/.test(line))
    expect(read.slice(0, 2)).toEqual([
      'berth_nfs_call_seconds_bucket{procedure="READ",le="0.00001"} 2',
      'berth_nfs_call_seconds_bucket{procedure="READ",le="0.00002"} 2',
    ])
    expect(read.slice(-4)).toEqual([
      'berth_nfs_call_seconds_bucket{procedure="READ",le="10"} 2',
      'berth_nfs_call_seconds_bucket{procedure="READ",le="+Inf"} 2',
      'berth_nfs_call_seconds_sum{procedure="READ"} 0.75',
      'berth_nfs_call_seconds_count{procedure="READ"} 2',
    ])
    expect(read).toHaveLength(19 + 3)
    expect(lines.filter((line) => line.startsWith('berth_lane_delay_seconds'))).toEqual([
      'berth_lane_delay_seconds_bucket{le="0.001"} 5',
      'berth_lane_delay_seconds_bucket{le="0.01"} 7',
      'berth_lane_delay_seconds_bucket{le="+Inf"} 8',
      'berth_lane_delay_seconds_sum 0.5',
      'berth_lane_delay_seconds_count 8',
    ])
  })

  test('only shares with a quota have series, and only for the quota that there is', async () => {
    const shares = [
      share('/free'),
      share('/a', { usedBytes: 7, usedFiles: 2, quotaBytes: 10 }),
      share('/b"\\', { usedFiles: 3, quotaFiles: 4 }),
    ]
    const lines = await linesOf(new Metrics(sourcesOf([], { shares: () => shares })))
    expect(lines.filter((line) => line.startsWith('berth_share'))).toEqual([
      'berth_share_used_bytes{share="/a"} 7',
      'berth_share_used_bytes{share="/b\\"\\\\"} 0',
      'berth_share_used_files{share="/a"} 2',
      'berth_share_used_files{share="/b\\"\\\\"} 3',
      'berth_share_quota_bytes{share="/a"} 10',
      'berth_share_quota_files{share="/b\\"\\\\"} 4',
      'berth_shares_with_quota 2',
    ])
  })

  test('of too many shares, the fullest have series', async () => {
    const quotaBytes = 10 * shareSeriesMax
    const shares = Array.from({ length: shareSeriesMax + 5 }, (_, id) =>
      share(`/${id}`, { usedBytes: id, quotaBytes }),
    )
    shares.push(share('/files', { usedFiles: 9, quotaFiles: 10, quotaBytes }))
    const lines = await linesOf(new Metrics(sourcesOf([], { shares: () => shares })))
    const used = lines.filter((line) => line.startsWith('berth_share_used_bytes'))
    expect(used).toHaveLength(shareSeriesMax)
    expect(used[0]).toBe('berth_share_used_bytes{share="/files"} 0')
    expect(used).not.toContain('berth_share_used_bytes{share="/5"} 5')
    expect(lines).toContain(`berth_shares_with_quota ${shareSeriesMax + 6}`)
  })
})

describe('Metrics of several lanes', () => {
  afterEach(() => vi.useRealTimers())

  test('add up calls over limits by share; of too many shares, those with most have series', async () => {
    const counts = (delayed: number) => ({ delayed, putOff: 1, waitedSeconds: delayed / 2 })
    const [one, two] = [laneStatistics(), laneStatistics()].map((lane, index) => ({
      ...lane,
      limits: new Map(Array.from({ length: shareSeriesMax + 5 }, (_, id) => [id, counts(id + index)])),
    }))
    const shares = Array.from({ length: shareSeriesMax + 9 }, (_, id) => share(`/${id}`, { id: id + 1 }))
    const sources = sourcesOf([() => one!, () => two!], { shares: () => shares })
    const lines = await linesOf(new Metrics(sources))
    const of = (name: string) => lines.filter((line) => line.startsWith(`berth_share_${name}`))
    const last = shareSeriesMax + 4
    expect(of('delayed_calls_total')).toHaveLength(shareSeriesMax)
    expect(of('delayed_calls_total')[0]).toBe(
      `berth_share_delayed_calls_total{share="/${last - 1}"} ${2 * last + 1}`,
    )
    expect(of('delay_seconds_total')[0]).toBe(
      `berth_share_delay_seconds_total{share="/${last - 1}"} ${last + 0.5}`,
    )
    expect(new Set(of('put_off_calls_total').map((line) => line.split(' ')[1]))).toEqual(new Set(['2']))
  })

  test('add up', async () => {
    const lanes = [laneStatistics({ bytesIn: 1 }, programs), laneStatistics({ bytesIn: 10 }, programs)]
    for (const lane of lanes) note(lane, 'GETATTR', 'OK', 0.25)
    note(lanes[1]!, 'GETATTR', 'STALE', 0.25)
    const lines = await linesOf(new Metrics(sourcesOf(lanes.map((lane) => () => lane))))
    for (const line of [
      'berth_received_bytes_total 11',
      'berth_open_files 6',
      'berth_nfs_calls_total{procedure="GETATTR",status="OK"} 2',
      'berth_nfs_calls_total{procedure="GETATTR",status="STALE"} 1',
      'berth_nfs_call_seconds_bucket{procedure="GETATTR",le="+Inf"} 3',
      'berth_nfs_call_seconds_sum{procedure="GETATTR"} 0.75',
      'berth_lane_delay_seconds_bucket{le="0.001"} 10',
      'berth_lane_delay_seconds_count 16',
    ]) {
      expect(lines).toContain(line)
    }
    // What was asked is left as it was.
    expect(lanes[0]!.rpc.bytesIn).toBe(1)
  })

  test('one that does not answer leaves its numbers as they were, and says so', async () => {
    vi.useFakeTimers()
    let isStuck = false
    let bugs = 9
    const metrics = new Metrics(
      sourcesOf([
        () => (isStuck ? new Promise<LaneStatistics>(() => undefined) : laneStatistics({ bugs: 1 })),
        () => laneStatistics({ bugs }),
      ]),
    )
    await metrics.render()
    isStuck = true
    bugs = 11
    const late = linesOf(metrics)
    await vi.advanceTimersByTimeAsync(2000)
    const lines = await late
    expect(lines).toContain('berth_lane_up{lane="0"} 0')
    expect(lines).toContain('berth_lane_up{lane="1"} 1')
    expect(lines).toContain('berth_bugs_total 12')
  })

  test('one that has never answered: there are no numbers of lanes, rather than wrong ones', async () => {
    vi.useFakeTimers()
    const metrics = new Metrics(
      sourcesOf([() => laneStatistics({ bugs: 1 }), () => new Promise<LaneStatistics>(() => undefined)]),
    )
    const late = linesOf(metrics)
    await vi.advanceTimersByTimeAsync(2000)
    const lines = await late
    expect(lines).toContain('# TYPE berth_bugs_total counter')
    expect(lines.filter((line) => line.startsWith('berth_bugs_total'))).toEqual([])
    expect(lines).toContain('berth_grants 0')
  })
})
