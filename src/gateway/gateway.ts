import { stat } from 'node:fs/promises'
import { clientsOf, isOverheard, overheard, startAdmin } from './admin.ts'
import type { AdminServer } from '../admin/start.ts'
import type { Config } from '../config/config.ts'
import type { Lane } from '../lanes/lane.ts'
import { makeDemoDirectories, openDataDirectory, type DataDirectory } from '../state/data-directory.ts'
import type { Logger } from '../telemetry/log.ts'
import { collectGarbage, letYoungSpaceGrow } from '../telemetry/memory.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { ControlPlane } from './control-plane.ts'
import { laneCountFor, startLanes } from './lanes.ts'
import { LanesDataPlane } from './lanes-data-plane.ts'
import { metricsSources } from './metrics-sources.ts'
import { checkPorts } from './ports.ts'
import { startPortmap, type Portmap } from './portmap.ts'

export interface GatewayOptions {
  readonly log: Logger
  /** The gateway is broken beyond its own repair. */
  readonly onFatal: (error: Error) => void
}

/** What only the running gateway knows. */
export interface GatewayFacts {
  readonly nfsPort: number
  readonly portmap: boolean
  readonly adminUrl: string | undefined
  /** What it may not do here, one sentence each. */
  readonly restrictions: readonly string[]
}

/** How long clients may wait for the answers to calls in flight; then their connections are closed. */
const drainTimeoutMs = 5000

interface Parts {
  directory: DataDirectory
  plane: ControlPlane
  lanes: readonly Lane[]
  portmap: Portmap | undefined
  admin: AdminServer | undefined
}

/** One running gateway: the control plane in this thread, lanes beside it. */
export class Gateway {
  readonly facts: GatewayFacts
  readonly #parts: Parts
  readonly #phase: { isReady: boolean }

  /**
   * Starts everything or, failing that, nothing.
   * @throws {StartError} for what an operator can mend.
   */
  static async start(config: Config, { log, onFatal }: GatewayOptions): Promise<Gateway> {
    if (config.demo) config.shares.forEach(({ directory }) => makeDemoDirectories(config.data, directory))
    await startThreadPool()

    const phase = { isReady: false }
    const undo: (() => unknown)[] = []
    try {
      const directory = openDataDirectory(config.data)
      undo.push(() => directory.unlock())
      await checkPorts(config)
      const { laneCount, restriction: lanesRestriction } = laneCountFor(config)
      const lanes: Lane[] = []
      const plane = await ControlPlane.open({
        config,
        directory: directory.path,
        laneCount,
        log,
        onFatal,
        dataPlane: new LanesDataPlane(lanes),
        onShareGone: (shareId) => lanes.forEach((lane) => lane.closeShare(shareId)),
      })
      undo.push(() => plane.close())
      letYoungSpaceGrow()
      undo.push(() => Promise.all(lanes.map((lane) => lane.drain(0))))
      const nfsPort = await startLanes({ config, laneCount, directory, plane, log, onFatal }, lanes)
      const { portmap, restriction } = await startPortmap({
        mode: config.portmap,
        host: config.listen,
        port: nfsPort,
        log,
      })
      undo.push(() => portmap?.close())
      const bugs = { admin: 0 }
      const metrics = new Metrics(metricsSources(plane, lanes, bugs))
      const admin = await startAdmin(config, directory.path, plane, {
        nfsPort,
        portmap: portmap !== undefined,
        isReady: () => phase.isReady,
        metrics: () => metrics.render(),
        clients: clientsOf(lanes),
        onBug: () => bugs.admin++,
        log,
      })
      undo.push(() => admin?.close())
      const restrictions = [
        // Every lane says the same.
        ...(lanes[0]?.ready.restrictions ?? []),
        ...[lanesRestriction, restriction].filter((each) => each !== undefined),
        ...(admin !== undefined && isOverheard(config) ? [overheard] : []),
      ]
      const facts = {
        nfsPort,
        portmap: portmap !== undefined,
        adminUrl: admin?.url,
        restrictions,
      }
      collectGarbage()
      plane.services.scheduler.start()
      phase.isReady = true
      return new Gateway({ directory, plane, lanes, portmap, admin }, phase, facts)
    } catch (error) {
      for (const step of undo.reverse()) await step()
      throw error
    }
  }

  private constructor(parts: Parts, phase: { isReady: boolean }, facts: GatewayFacts) {
    this.#parts = parts
    this.#phase = phase
    this.facts = facts
  }

  /**
   * Answers the calls in flight, writes everything to the disk, lets go of ports and data directory. Answers whether all
   * threads have ended: one that has not waits for a store that does not answer.
   */
  async drain(): Promise<boolean> {
    const { directory, plane, lanes, portmap, admin } = this.#parts
    this.#phase.isReady = false
    await portmap?.close()
    const ended = await Promise.all(lanes.map((lane) => lane.drain(drainTimeoutMs)))
    await admin?.close()
    ended.push(await plane.close())
    directory.unlock()
    return ended.every(Boolean)
  }
}

/**
 * libuv starts all threads of its pool at the first use, and each inherits the credentials of the thread that asked.
 * A lane takes on the user of the call it serves, so it must not be the first to ask: the pool, and with it every
 * asynchronous file call of the control plane, would run as a client's user from then on.
 */
async function startThreadPool(): Promise<void> {
  await stat('/')
}
