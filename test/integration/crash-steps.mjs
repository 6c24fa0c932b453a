// For processes that kill themselves before their n-th step. To be imported before what they count steps of.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Counts steps, and ends the process with kill -9 at the last one. */
export class Steps {
  /** Whether they count, how many there were, and the last: shared with threads that count along. */
  #state

  constructor(last, state = new Int32Array(new SharedArrayBuffer(12))) {
    this.#state = state
    if (last !== undefined) this.last = last
  }

  /** For {@link constructor} in a thread. */
  get state() {
    return this.#state
  }

  set last(last) {
    Atomics.store(this.#state, 2, last)
  }

  set isCounting(isCounting) {
    Atomics.store(this.#state, 0, Number(isCounting))
  }

  /** One more. */
  take() {
    const [isCounting, , last] = this.#state
    if (isCounting === 1 && Atomics.add(this.#state, 1, 1) + 1 === last) process.kill(process.pid, 'SIGKILL')
  }

  /** Each call of these methods is a step from now on. */
  countCalls(owner, ...names) {
    const take = () => this.take()
    for (const name of names) {
      const original = owner[name]
      owner[name] = function (...call) {
        take()
        return original.apply(this, call)
      }
    }
  }

  /** Calls that change names, and writes to a catalog once it is open. */
  countFiles() {
    this.countCalls(fs, 'mkdir', 'rename', 'rmdir', 'unlink')
    syncBuiltinESMExports()
  }

  countCatalog(catalog) {
    this.countCalls(catalog, 'transaction')
    this.countCalls(catalog.db, 'insertInto', 'updateTable', 'deleteFrom')
  }
}

/** What such a process logs but for information is a failure. */
export const strictLog = {
  info() {},
  warn(fields, message) {
    throw new Error(message, { cause: fields.err })
  },
  error(fields, message) {
    throw new Error(message, { cause: fields.err })
  },
}

/** Catalog, namespace and snapshots of a data directory, as a gateway opens them. */
export async function openSnapshots({ directory, steps, dataPlane, drivers, log = strictLog }) {
  const { Applications } = await import('../../dist/applications/index.js')
  const { openCatalog } = await import('../../dist/catalog/catalog.js')
  const { Namespace } = await import('../../dist/namespace/namespace.js')
  const { Hooks } = await import('../../dist/snapshots/hooks.js')
  const { Snapshots } = await import('../../dist/snapshots/snapshots.js')
  const catalog = await openCatalog({ directory })
  steps.countCatalog(catalog)
  const onWarning = (message, error) => log.warn({ err: error }, message)
  const namespace = await Namespace.open({ catalog, dataDirectory: directory, onWarning })
  const applications = new Applications({ catalog, log })
  const snapshots = await Snapshots.open({
    ...{ catalog, namespace, applications, dataPlane, drivers, log },
    hooks: new Hooks({ permissions: { commands: [], urls: [] }, log }),
  })
  const close = async () => {
    await snapshots.close()
    await namespace.close()
    await catalog.close()
  }
  return { catalog, namespace, applications, snapshots, close }
}

/** Nobody is served, so there is nobody to hold; each of these is a step. */
export function steppingDataPlane(steps) {
  const step = async () => steps.take()
  const yes = async () => (steps.take(), true)
  return {
    ...{ watch: step, unwatch() {}, takeChanges: step, seal: yes, move: step },
    ...{ beginJournal: async () => false, endJournal() {} },
    hold: async () => {
      steps.take()
      return { since: performance.now(), changed: new Map(), release: yes, settle: step }
    },
  }
}
