import { once } from 'node:events'
import { chmodSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { callSecondsBounds, Mountstat3, Nfsstat3 } from 'nfs-server-ts'
import { Mount3Client } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import {
  configFile,
  mountShare,
  startServer,
  stopServer,
  useWorkspace,
  type RunningServer,
} from './server.ts'

const workspace = useWorkspace()
const quotaBytes = 1024 * 1024

/** Starts a server with a share without and one with a quota. */
function start(): Promise<RunningServer> {
  for (const name of ['data', 'plain', 'small']) {
    mkdirSync(join(workspace.path, name))
    // The client that tests use is nobody's user.
    chmodSync(join(workspace.path, name), 0o777)
  }
  const shares = [
    { path: '/plain', directory: 'plain', audit: 'changes' },
    { path: '/team/small', directory: 'small', quotaBytes, quotaFiles: 50 },
  ]
  return startServer(configFile(workspace.path, { data: 'data', shares }), workspace.path)
}

const line = /^([a-z\d_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)$/

/** The samples by name and labels. Every line must be one that Prometheus understands. */
async function scrape(server: RunningServer): Promise<Map<string, number>> {
  const response = await fetch(`${server.adminUrl}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const samples = new Map<string, number>()
  for (const text of (await response.text()).split('\n')) {
    if (text === '' || /^# (HELP|TYPE) [a-z\d_]+ \S/.test(text)) continue
    const [, series, value] = line.exec(text) ?? []
    if (series === undefined || !/^(-?[\d.e+-]+|Nan)$/.test(value!)) throw new Error(`no sample: ${text}`)
    expect(samples.has(series), series).toBe(false)
    samples.set(series, Number(value))
  }
  return samples
}

/** Scrapes until a test of the samples holds, and has something done before each look but the first. */
async function scrapeUntil(
  server: RunningServer,
  isTrue: (samples: Map<string, number>) => boolean,
  between: () => Promise<unknown> = () => Promise.resolve(),
) {
  for (let i = 0; i < 100; i++) {
    const samples = await scrape(server)
    if (isTrue(samples)) return samples
    await Promise.all([between(), setTimeout(50)])
  }
  throw new Error('waited for metrics in vain')
}

/** How many calls of a procedure took longer than the largest bound that is no more than `seconds`. */
function over(samples: Map<string, number>, histogram: string, procedure: string, seconds: number): number {
  const bound = callSecondsBounds.findLast((each) => each <= seconds)!
  const bucket = (le: string) =>
    samples.get(`${histogram}_bucket{procedure="${procedure}",le="${le}"}`) ?? Number.NaN
  return bucket('+Inf') - bucket(bound.toFixed(5).replace(/\.?0+$/, ''))
}

test('calls by procedure and status, refused ones too, and what they take', async () => {
  const server = await start()
  const { nfs, root, transport } = await mountShare(server, '/plain')
  for (let i = 0; i < 40; i++) expect((await nfs.getattr(root)).status).toBe(Nfsstat3.OK)
  for (let i = 0; i < 3; i++) expect((await nfs.lookup(root, 'gone')).status).toBe(Nfsstat3.NOENT)
  const create = () => nfs.create(root, 'file', { mode: 'GUARDED', attributes: {} })
  const created = await create()
  expect((await create()).status).toBe(Nfsstat3.EXIST)
  if (created.status !== Nfsstat3.OK) throw new Error('not created')
  expect((await nfs.write(created.object!, 0, Buffer.alloc(5000))).status).toBe(Nfsstat3.OK)
  expect((await nfs.commit(created.object!, 0, 0)).status).toBe(Nfsstat3.OK)
  expect((await nfs.getattr(Buffer.from('no handle'))).status).toBe(Nfsstat3.BADHANDLE)

  const samples = await scrape(server)
  const calls = (procedure: string, status: string) =>
    samples.get(`berth_nfs_calls_total{procedure="${procedure}",status="${status}"}`)
  expect(calls('GETATTR', 'OK')).toBe(40)
  expect(calls('GETATTR', 'BADHANDLE')).toBe(1)
  expect(calls('LOOKUP', 'NOENT')).toBe(3)
  expect(calls('LOOKUP', 'OK')).toBe(0)
  expect(calls('CREATE', 'OK')).toBe(1)
  expect(calls('CREATE', 'EXIST')).toBe(1)
  expect(calls('WRITE', 'OK')).toBe(1)
  expect(calls('COMMIT', 'OK')).toBe(1)
  expect(calls('LOOKUP', 'STALE')).toBeUndefined()
  expect(samples.get('berth_mount_calls_total{procedure="MNT",status="OK"}')).toBe(1)

  // Every histogram is whole: its buckets rise to its count, which is that of the calls.
  for (const procedure of ['GETATTR', 'LOOKUP', 'CREATE', 'WRITE', 'COMMIT']) {
    const buckets = [...samples].filter(([series]) =>
      series.startsWith(`berth_nfs_call_seconds_bucket{procedure="${procedure}"`),
    )
    expect(buckets).toHaveLength(callSecondsBounds.length + 1)
    const counts = buckets.map(([, count]) => count)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    const total = [...samples]
      .filter(([series]) => series.startsWith(`berth_nfs_calls_total{procedure="${procedure}"`))
      .reduce((sum, [, count]) => sum + count, 0)
    expect(counts.at(-1)).toBe(total)
    expect(samples.get(`berth_nfs_call_seconds_count{procedure="${procedure}"}`)).toBe(total)
    expect(samples.get(`berth_nfs_call_seconds_sum{procedure="${procedure}"}`)).toBeGreaterThan(0)
  }
  expect(samples.get('berth_connections')).toBe(1)
  expect(samples.get('berth_received_bytes_total')).toBeGreaterThan(5000)
  expect(samples.get('berth_sent_bytes_total')).toBeGreaterThan(40 * 100)
  expect(samples.get('berth_grants')).toBe(1)
  expect(samples.get('berth_lane_up{lane="0"}')).toBe(1)

  const later = await scrapeUntil(server, (now) => now.get('berth_audit_lines_total')! >= 3)
  expect(later.get('berth_audit_dropped_total')).toBe(0)
  expect(later.get('berth_nfs_calls_total{procedure="GETATTR",status="OK"}')).toBe(40)
  await transport.close()
  await stopServer(server)
})

test('a refused mount is counted with the delay that it was given', async () => {
  const server = await start()
  const { transport } = await mountShare(server, '/plain')
  const mounts = new Mount3Client(transport)
  for (let i = 0; i < 2; i++) expect(await mounts.mount('/secret')).toEqual({ status: Mountstat3.ACCES })

  const samples = await scrape(server)
  expect(samples.get('berth_mount_calls_total{procedure="MNT",status="ACCES"}')).toBe(2)
  expect(samples.get('berth_mounts_total{result="granted"}')).toBe(1)
  expect(samples.get('berth_mounts_total{result="refused"}')).toBe(2)
  // The first waits 0.1 s, the second twice as long.
  expect(over(samples, 'berth_mount_call_seconds', 'MNT', 0.05)).toBe(2)
  expect(over(samples, 'berth_mount_call_seconds', 'MNT', 0.2)).toBeGreaterThanOrEqual(1)
  expect(samples.get('berth_mount_call_seconds_sum{procedure="MNT"}')).toBeGreaterThan(0.28)
  await transport.close()
  await stopServer(server)
})

test('a retransmission is a hit of the reply cache, and no second call', async () => {
  const server = await start()
  const path = Buffer.from('/plain\0\0')
  const call = Buffer.alloc(48)
  // A record of 52 bytes: xid 9, CALL, RPC 2, MOUNT 3, MNT, two empty AUTH_NONE (RFC 5531 §9), 6 bytes of path.
  ;[0x8000_0034, 9, 0, 2, 100005, 3, 1, 0, 0, 0, 0, 6].forEach((word, at) => call.writeUInt32BE(word, at * 4))
  const socket = connect(server.nfsPort, '127.0.0.1')
  const replies: string[] = []
  for (let i = 0; i < 2; i++) {
    socket.write(Buffer.concat([call, path]))
    const [reply] = (await once(socket, 'data')) as [Buffer]
    replies.push(reply.toString('hex'))
  }
  expect(replies[1]).toBe(replies[0])
  const samples = await scrape(server)
  expect(samples.get('berth_reply_cache_hits_total')).toBe(1)
  expect(samples.get('berth_rpc_calls_total')).toBe(2)
  expect(samples.get('berth_mount_calls_total{procedure="MNT",status="OK"}')).toBe(1)
  socket.destroy()
  await stopServer(server)
})

test('the use of a quota, and calls that it refuses', async () => {
  const server = await start()
  const { nfs, root, transport } = await mountShare(server, '/team/small')
  const created = await nfs.create(root, 'file', { mode: 'GUARDED', attributes: { mode: 0o666 } })
  if (created.status !== Nfsstat3.OK) throw new Error('not created')
  const half = Buffer.alloc(600 * 1024, 1)
  expect((await nfs.write(created.object!, 0, half)).status).toBe(Nfsstat3.OK)
  expect((await nfs.write(created.object!, half.length, half)).status).toBe(Nfsstat3.DQUOT)

  const samples = await scrape(server)
  const ofShare = (name: string) => samples.get(`berth_share_${name}{share="/team/small"}`)
  expect(ofShare('quota_bytes')).toBe(quotaBytes)
  expect(ofShare('quota_files')).toBe(50)
  expect(ofShare('used_bytes')).toBeGreaterThanOrEqual(half.length)
  expect(ofShare('used_bytes')).toBeLessThanOrEqual(quotaBytes)
  expect(ofShare('used_files')).toBeGreaterThanOrEqual(1)
  expect(samples.get('berth_shares_with_quota')).toBe(1)
  expect([...samples.keys()].filter((series) => series.includes('"/plain"'))).toEqual([])
  expect(samples.get('berth_nfs_calls_total{procedure="WRITE",status="DQUOT"}')).toBe(1)
  await transport.close()
  await stopServer(server)
})

test('the delay of a lane is noted while calls come', async () => {
  const server = await start()
  const { nfs, root, transport } = await mountShare(server, '/plain')
  const samples = await scrapeUntil(
    server,
    (now) => now.get('berth_lane_delay_seconds_count')! >= 2,
    () => nfs.getattr(root),
  )
  expect(samples.get('berth_lane_delay_seconds_bucket{le="+Inf"}')).toBeGreaterThanOrEqual(2)
  expect(samples.get('berth_lane_delay_seconds_bucket{le="10"}')).toBeGreaterThanOrEqual(2)
  await transport.close()
  await stopServer(server)
})
