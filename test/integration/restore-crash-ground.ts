import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { Restores } from '../../dist/snapshots/restore/restores.js'
import type { CloneWish } from '../../src/snapshots/restore/clones.ts'
import type { RestoreWish } from '../../src/snapshots/restore/restores.ts'
import { fillSmall } from './restore-crash-tree.ts'
import { admin, refusalOf, treeOf } from './restore-suite.ts'
import { LoopImage, type Filesystem } from './snapshot-drivers-images.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const child = fileURLToPath(new URL('restore-crash-child.mjs', import.meta.url))
/** More than any restore takes. */
const stepCountMax = 300

export type Order =
  | { readonly kind: 'restore'; readonly wish: RestoreWish }
  | { readonly kind: 'clone'; readonly wish: CloneWish }
/** What a start finds of an order: nothing, part of it, or all. */
export type State = (typeof states)[number]
const states = ['before', 'between', 'after'] as const

/** Which of the steps of an order a process is killed before. */
export interface Steps {
  readonly first: number
  readonly stride: number
}

export interface Sweep {
  readonly order: Order
  /** Makes what was before it. */
  reset(): Promise<void>
  /** Looks at what a start has found. */
  look(where: string): State
  /** Looks whether all is as was ordered, once it was given again. */
  expectDone(): void
}

/** A share on a filesystem of its own with a snapshot, which processes restore that are killed. */
export class CrashGround {
  readonly temporary: TemporarySnapshots
  /** The share's tree when it was cut. */
  readonly wanted: readonly string[]
  readonly share: { readonly id: number; readonly at: string }
  readonly snapshotId: number
  readonly #image: LoopImage
  #restores: Restores
  /** It has begun already, and waits for its order: that saves half of the time. */
  #next: ChildProcess

  private constructor(
    image: LoopImage,
    temporary: TemporarySnapshots,
    restores: Restores,
    share: CrashGround['share'],
    snapshotId: number,
  ) {
    this.#image = image
    this.temporary = temporary
    this.#restores = restores
    this.share = share
    this.snapshotId = snapshotId
    this.wanted = treeOf(share.at)
    this.#next = started(temporary)
  }

  static async open(filesystem: Filesystem): Promise<CrashGround> {
    const image = new LoopImage(filesystem)
    const temporary = await TemporarySnapshots.open(image.directory)
    const share = await temporary.share('/db')
    fillSmall(share.at)
    temporary.clock = Date.now()
    const { id } = await temporary.snapshots.takings.create({
      shareId: share.id,
      name: 'then',
      createdBy: admin,
    })
    return new CrashGround(image, temporary, await restoresOf(temporary), share, id)
  }

  async close(): Promise<void> {
    this.#next.kill('SIGKILL')
    await this.#restores.close()
    await this.temporary.close()
    this.#image.remove()
    rmSync(this.temporary.directory, { recursive: true })
  }

  get restores(): Restores {
    return this.#restores
  }

  /** Where the files of the snapshot lie. */
  get tree(): string {
    const { snapshots } = this.temporary
    return snapshots.treeOf(snapshots.get(this.snapshotId)).tree
  }

  run({ kind, wish }: Order): Promise<unknown> {
    return kind === 'restore'
      ? this.#restores.restore(this.snapshotId, wish, admin)
      : this.#restores.clone(this.snapshotId, wish, admin)
  }

  /**
   * Kills a process at steps of an order, one after the other; each time a new start is made and looked at, and the order
   * is given again. Answers what the starts have told.
   */
  async sweep({ order, reset, look, expectDone }: Sweep, { first, stride }: Steps): Promise<string[]> {
    const found: State[] = []
    const toldOf: string[] = []
    for (let [step, isDone] = [first, false]; !isDone; step += stride) {
      expect(step).toBeLessThan(stepCountMax)
      const where = `${JSON.stringify(order)}, step ${step}`
      await reset()
      isDone = await this.#killedAt(step, order)
      await this.#expectClear(where)
      const [state, told] = [look(where), this.#told()]
      if (isDone) expect({ where, state, told }).toEqual({ where, state: 'after', told: [] })
      if (state === 'between') expect(told.join(), where).toContain('restore: one was interrupted')
      found.push(state)
      toldOf.push(...told)
      await this.#runAgain(order, state)
      expectDone()
      await this.#expectClear(`${where}, run again`)
    }
    expect(found).toEqual(found.toSorted((a, b) => states.indexOf(a) - states.indexOf(b)))
    expect(found[0]).toBe('before')
    return toldOf
  }

  /** Answers whether it was done before that step. */
  async #killedAt(step: number, order: Order): Promise<boolean> {
    const { temporary, snapshotId } = this
    await this.#restores.close()
    await temporary.close()
    temporary.lines.splice(0)
    const process_ = this.#next
    const closed = once(process_, 'close')
    process_.stdin!.end(JSON.stringify({ ...order, snapshotId, step }))
    const [stdout, stderr] = await Promise.all([text(process_.stdout!), text(process_.stderr!)])
    await closed
    this.#next = started(temporary)
    expect({ step, stderr }).toEqual({ step, stderr: '' })
    const isDone = stdout === 'done\n'
    expect(process_.signalCode).toBe(isDone ? null : 'SIGKILL')
    await temporary.reopen()
    this.#restores = await restoresOf(temporary)
    return isDone
  }

  /** What the start has said of what the last run had left. */
  #told(): string[] {
    const lines = this.temporary.lines.splice(0).map(({ message }) => message)
    return [...this.temporary.namespaceWarnings(), ...lines].filter((line) =>
      /interrupted|undone|finished/.test(line),
    )
  }

  /** What is there already is refused, if nothing was said of that. */
  async #runAgain(order: Order, state: State): Promise<void> {
    const { path = '', onConflict = path === '' ? 'replace' : 'fail' } = order.wish as RestoreWish
    const isRefused = order.kind === 'clone' || onConflict === 'fail'
    if (state === 'after' && isRefused) expect(await refusalOf(this.run(order))).toBe('exists')
    else await this.run(order)
  }

  /** Nothing is half made, in the catalog or in the store. */
  async #expectClear(where: string): Promise<void> {
    const { temporary, share } = this
    const { catalog, store, snapshots } = temporary
    const places = join(store, '.berth/snapshots', String(share.id))
    const halfMade = () =>
      [join(store, '.berth'), places]
        .flatMap((at) => readdirSync(at))
        .filter((name) => /^\.?(making|removing)-/.test(name))
    // It is removed while the gateway runs.
    await expect.poll(halfMade, { message: where }).toEqual([])
    expect(await catalog.db.selectFrom('intents').selectAll().execute(), where).toEqual([])
    expect(existsSync(join(share.at, '.berth-restore')), where).toBe(false)
    const rows = await catalog.db.selectFrom('snapshots').select(['name', 'state']).execute()
    const there = readdirSync(places).filter((name) => name !== '.trial')
    expect(there.map((name) => ({ name, state: 'ready' })).sort(byName), where).toEqual(rows.sort(byName))
    expect(snapshots.of(share.id).length, where).toBe(rows.length)
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

function started({ data }: TemporarySnapshots): ChildProcess {
  return spawn(process.execPath, [child, data], { stdio: 'pipe' })
}

function restoresOf(temporary: TemporarySnapshots): Promise<Restores> {
  const { catalog, namespace, applications, snapshots, lines } = temporary
  const keep =
    (level: 'info' | 'warn') =>
    (fields: object, message = '') =>
      void lines.push({ level, message, fields })
  const log = { info: keep('info'), warn: keep('warn') }
  return Restores.open({ catalog, namespace, applications, snapshots, log })
}
