import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import { runningCountMax, SnapshotJobs, type RunningJob } from '../../../src/snapshots/jobs.ts'

/** Work that ends when it is told to. */
class Works {
  readonly jobs = new SnapshotJobs(() => 5)
  readonly begun: string[] = []
  readonly #ends = new Map<string, () => void>()

  add(name: string, ...shareIds: number[]) {
    return this.jobs.add({ name, shareIds, createdBy: 'admin:ada' }, async ({ signal }: RunningJob) => {
      this.begun.push(name)
      await new Promise<void>((resolve, reject) => {
        this.#ends.set(name, resolve)
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
      return name
    })
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!()
    await sleep(1)
  }
}

describe('takings', () => {
  test('go on a few at once, in the order they came', async () => {
    const works = new Works()
    const names = ['a', 'b', 'c', 'd']
    const done = names.map((name, index) => works.add(name, index + 1).done)
    await sleep(1)
    expect(runningCountMax).toBe(2)
    expect(works.begun).toEqual(['a', 'b'])
    await works.end('b')
    expect(works.begun).toEqual(['a', 'b', 'c'])
    await works.end('a')
    await works.end('c')
    await works.end('d')
    expect(await Promise.all(done)).toEqual(names)
    expect(works.jobs.list()).toEqual([])
  })

  test('of one share go on one after the other, and a later one of another does not wait for them', async () => {
    const works = new Works()
    const done = [works.add('a', 1), works.add('b', 1, 2), works.add('c', 3), works.add('d', 2)]
    await sleep(1)
    expect(works.begun).toEqual(['a', 'c'])
    await works.end('c')
    // Share 2 is waited for by one that came before.
    expect(works.begun).toEqual(['a', 'c'])
    await works.end('a')
    expect(works.begun).toEqual(['a', 'c', 'b'])
    await works.end('b')
    expect(works.begun).toEqual(['a', 'c', 'b', 'd'])
    await works.end('d')
    await Promise.all(done.map(({ done }) => done))
  })

  test('say what they are at', async () => {
    const jobs = new SnapshotJobs(() => 5)
    const { id, done } = jobs.add({ name: undefined, shareIds: [1], createdBy: 'admin:ada' }, async (job) => {
      job.note({ phase: 'preparing', name: 'a' })
      job.note({ files: 3, bytes: 4 })
      expect(jobs.list()).toEqual([
        {
          ...{ id, name: 'a', shareIds: [1], phase: 'preparing', files: 3, bytes: 4 },
          ...{ createdBy: 'admin:ada', startedAt: 5 },
        },
      ])
      await sleep(1)
    })
    expect(jobs.list()).toMatchObject([{ phase: 'waiting', name: undefined }])
    await done
  })

  test('are aborted while they go on, and while they wait', async () => {
    const works = new Works()
    const [a, b, c] = [works.add('a', 1), works.add('b', 1), works.add('c', 1)]
    await sleep(1)
    works.jobs.abort(b.id)
    await expect(b.done).rejects.toMatchObject({ code: 'conflict' })
    expect(works.begun).toEqual(['a'])
    works.jobs.abort(a.id)
    await expect(a.done).rejects.toMatchObject({ code: 'conflict' })
    await sleep(1)
    expect(works.begun).toEqual(['a', 'c'])
    expect(() => works.jobs.abort(a.id)).toThrow(expect.objectContaining({ code: 'not-found' }))
    await works.end('c')
    await c.done
  })

  test('of a share all end when it is deleted, and only those', async () => {
    const works = new Works()
    const [a, b] = [works.add('a', 1), works.add('b', 2)]
    const ends = [expect(a.done).rejects.toThrow('gone')]
    await sleep(1)
    await works.jobs.endThoseOf(1, new ServiceError('conflict', 'gone'))
    await Promise.all(ends)
    expect(works.jobs.list().map(({ name }) => name)).toEqual(['b'])
    const rest = expect(b.done).rejects.toMatchObject({ code: 'unavailable' })
    await works.jobs.close()
    await rest
    expect(() => works.add('c', 1)).toThrow(/stopping/)
  })
})
