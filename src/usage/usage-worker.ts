import { setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { CounterAnswer, CounterRequest, CounterSetup } from './messages.ts'
import { saveCount } from './position.ts'
import { ShareWalk, UnreachableError } from './walk.ts'

// The thread that counts what shares use. An error that nobody caught ends it: see UsageCounter.

type CountRequest = Extract<CounterRequest, { kind: 'count' }>

const progressIntervalMs = 1000
/** Milliseconds that the end of the process may wait for a place where the walk can be interrupted. */
const closeWaitMs = 500
/** Longest rest in milliseconds: after a step that long it was the disk that worked. */
const restMsMax = 500
/** Of 19: whatever serves calls goes first. */
const niceness = 10

class CounterThread {
  readonly #plane: MessagePort
  readonly #setup: CounterSetup
  #isCounting = false
  #isAbandoned = false
  #closeBy = Infinity
  /** Milliseconds of work since the last rest, without those since {@link #began}. */
  #worked = 0
  #began = 0
  #savedAt = 0
  #toldAt = 0

  constructor(plane: MessagePort, setup: CounterSetup) {
    this.#plane = plane
    this.#setup = setup
    plane.on('message', (request: CounterRequest) => this.#take(request))
  }

  #take(request: CounterRequest): void {
    switch (request.kind) {
      case 'count':
        return void this.#count(request)
      case 'abandon':
        this.#isAbandoned = true
        return
      case 'close':
        this.#closeBy = performance.now() + closeWaitMs
        if (!this.#isCounting) this.#plane.close()
    }
  }

  async #count(request: CountRequest): Promise<void> {
    this.#isCounting = true
    this.#isAbandoned = false
    this.#began = performance.now()
    const answer = await this.#answer(request)
    await this.#pause()
    this.#isCounting = false
    if (answer !== undefined) this.#tell(answer)
    if (this.#isClosing) this.#plane.close()
  }

  /** Undefined: the process ends, and the count will go on in another. */
  async #answer(request: CountRequest): Promise<CounterAnswer | undefined> {
    let walk: ShareWalk
    try {
      walk = new ShareWalk(request.directory, request.from)
    } catch (error) {
      if (error instanceof UnreachableError) return { kind: 'unreachable', message: error.message }
      throw error
    }
    try {
      return await this.#walk(walk, request)
    } finally {
      walk.close()
    }
  }

  async #walk(walk: ShareWalk, request: CountRequest): Promise<CounterAnswer | undefined> {
    const resumedAt = walk.entries
    const steps = walk.steps()
    this.#savedAt = this.#toldAt = performance.now()
    for (;;) {
      const end = this.#slice(walk, steps, request)
      if (end === 'counted') return { kind: 'counted', found: walk.position, resumedAt }
      if (end === 'interrupted') return undefined
      await this.#pause()
      if (this.#isAbandoned) return { kind: 'abandoned' }
    }
  }

  /** Rests, if it has worked for long enough; many small shares make one slice. What was said meanwhile is heard then. */
  async #pause(): Promise<void> {
    const { busyPart, sliceMs } = this.#setup.pace
    const worked = this.#worked + performance.now() - this.#began
    const isDue = worked >= sliceMs
    if (isDue) await sleep(this.#isClosing ? 0 : Math.min(restMsMax, worked / busyPart - worked))
    this.#worked = isDue ? 0 : worked
    this.#began = performance.now()
  }

  /** Walks for a moment. */
  #slice(
    walk: ShareWalk,
    steps: ReturnType<ShareWalk['steps']>,
    request: CountRequest,
  ): 'counted' | 'interrupted' | undefined {
    const end = performance.now() + this.#setup.pace.sliceMs
    for (let time = 0; time < end;) {
      const step = steps.next()
      if (step.done === true) return 'counted'
      time = performance.now()
      if (
        step.value === 'place' &&
        (this.#isClosing || time - this.#savedAt > this.#setup.pace.saveIntervalMs)
      ) {
        this.#save(walk, request)
        if (this.#isClosing) return 'interrupted'
      }
      if (time > this.#closeBy) return 'interrupted'
    }
    if (end - this.#toldAt > progressIntervalMs) {
      this.#toldAt = end
      this.#tell({ kind: 'progress', entries: walk.entries })
    }
    return undefined
  }

  #save(walk: ShareWalk, { shareId, startedAt }: CountRequest): void {
    try {
      saveCount(this.#setup.positionFile, { shareId, startedAt, position: walk.position })
    } catch (error) {
      if (!(error instanceof Error && 'errno' in error)) throw error
      this.#tell({ kind: 'unsaved', message: error.message })
    }
    this.#savedAt = performance.now()
  }

  get #isClosing(): boolean {
    return this.#closeBy < Infinity
  }

  #tell(answer: CounterAnswer): void {
    this.#plane.postMessage(answer)
  }
}

const plane = parentPort
if (plane === null) throw new Error('this file is the thread that counts: it is started by UsageCounter')

// On Linux the number 0 means this thread alone.
setPriority(0, niceness)
new CounterThread(plane, workerData as CounterSetup)
