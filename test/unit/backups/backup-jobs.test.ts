import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BackupJobs, endedCountMax, type BegunJob } from '../../../src/backups/backup-jobs.ts'
import { ServiceError } from '../../../src/config/service-error.ts'

/** Jobs that end when a test says so. */
class Work {
  readonly jobs = new BackupJobs(() => 1, {
    error: (...said: unknown[]) => void this.errors.push(said),
  } as never)
  readonly errors: unknown[] = []
  readonly began: string[] = []
  readonly #ends = new Map<string, (error?: Error) => void>()

  add(name: string, repositoryId: string): BegunJob<string> {
    const about = {
      kind: 'backup',
      repositoryId,
      repositoryName: repositoryId,
      createdBy: 'admin:ada',
    } as const
    const begun = this.jobs.add({ ...about, path: name }, ({ signal }) => {
      this.began.push(name)
      return new Promise<string>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        this.#ends.set(name, (error) => (error === undefined ? resolve(`${name} done`) : reject(error)))
      })
    })
    begun.done.catch(() => {})
    return begun
  }

  async end(name: string, error?: Error): Promise<void> {
    this.#ends.get(name)!(error)
    await setImmediate()
  }
}

test('two go on at once, of one repository one; others wait for their turn', async () => {
  const work = new Work()
  work.add('a1', 'a')
  work.add('a2', 'a')
  work.add('b1', 'b')
  work.add('c1', 'c')
  await setImmediate()
  expect(work.began).toEqual(['a1', 'b1'])
  await work.end('a1')
  expect(work.began).toEqual(['a1', 'b1', 'a2'])
  await work.end('b1')
  expect(work.began).toEqual(['a1', 'b1', 'a2', 'c1'])
})

test('a job that has ended is told of with what came of it', async () => {
  const work = new Work()
  const { job } = work.add('good', 'a')
  const refused = work.add('refused', 'b').job
  const broken = work.add('broken', 'c').job
  await setImmediate()
  await work.end('good')
  await work.end('refused', new ServiceError('unavailable', 'the disk is full'))
  await work.end('broken', new TypeError('x is undefined'))
  expect(work.jobs.get(job.id)).toMatchObject({ state: 'done', report: 'good done', endedAt: 1 })
  expect(work.jobs.get(refused.id)).toMatchObject({ state: 'failed', message: 'the disk is full' })
  expect(work.jobs.get(broken.id)).toMatchObject({ state: 'failed', message: 'x is undefined' })
  // A refusal is no bug.
  expect(work.errors).toHaveLength(1)
})

test('a job is aborted, waiting or not, and others take its place', async () => {
  const work = new Work()
  const running = work.add('running', 'a').job
  const waiting = work.add('waiting', 'a').job
  work.add('next', 'a')
  await setImmediate()
  work.jobs.abort(waiting.id)
  work.jobs.abort(running.id)
  await setImmediate()
  expect(work.began).toEqual(['running', 'next'])
  expect(work.jobs.get(waiting.id)).toMatchObject({ state: 'failed', message: 'the job was aborted' })
  expect(() => work.jobs.abort(running.id)).toThrow('has ended already')
  expect(() => work.jobs.abort('none')).toThrow('there is no backup job')
})

test('closing ends all, and takes no more', async () => {
  const work = new Work()
  const { job } = work.add('running', 'a')
  work.add('waiting', 'a')
  await setImmediate()
  await work.jobs.close()
  expect(work.jobs.get(job.id)).toMatchObject({ state: 'failed', message: 'the gateway is stopping' })
  expect(() => work.add('late', 'a')).toThrow('the gateway is stopping')
})

test('of those that have ended the last ones are remembered', async () => {
  const work = new Work()
  for (let n = 0; n < endedCountMax + 5; n++) {
    work.add(String(n), 'a')
    await setImmediate()
    await work.end(String(n))
  }
  const jobs = work.jobs.list()
  expect([jobs.length, jobs[0]!.path]).toEqual([endedCountMax, '5'])
})
