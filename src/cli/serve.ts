import { loadConfig, type Flags } from '../config/load.ts'
import { Gateway } from '../gateway/gateway.ts'
import { native } from '../native/index.ts'
import { createLog, type Logger } from '../telemetry/log.ts'
import { describeGateway } from './banner.ts'
import { ExitCode } from './exit-code.ts'

/** All of a shutdown; what supervisors wait before they kill (Docker: 10 s, so a little less). */
const shutdownTimeoutMs = 9500

/** `berth serve`: returns once the gateway serves; the process then runs until a signal. */
export async function serve(flags: Flags): Promise<void> {
  const config = loadConfig({ flags, environment: process.env, workingDirectory: process.cwd() })
  const log = createLog(config.log)
  process.on('uncaughtException', (error) => endBecauseOfBug(log, error))

  const gateway = await Gateway.start(config, {
    log,
    onFatal: (error) => endBecauseOfBug(log, error),
  })
  if (config.demo || process.stdout.isTTY) {
    process.stdout.write(describeGateway(config, gateway.facts, process.stdout.isTTY))
  }
  log.info({ ...gateway.facts, data: config.data, shares: config.shares.length }, 'serving')
  drainOnSignal(gateway, log)
}

function drainOnSignal(gateway: Gateway, log: Logger): void {
  let isDraining = false
  const drain = (signal: 'SIGINT' | 'SIGTERM') => {
    if (isDraining) native.exitNow(ExitCode.killed[signal])
    isDraining = true
    log.info({ signal }, 'draining: answering the calls in flight')
    setTimeout(() => {
      log.fatal('still draining at the end of the time allowed: ending now')
      native.exitNow(ExitCode.internal)
    }, shutdownTimeoutMs)
    gateway.drain().then(
      (hasEnded) => {
        log.info('drained')
        if (!hasEnded) native.exitNow(ExitCode.ok)
        process.exit(ExitCode.ok)
      },
      (error: unknown) => endBecauseOfBug(log, error),
    )
  }
  process.on('SIGINT', drain)
  process.on('SIGTERM', drain)
}

/** What is wrong cannot be known, so nothing is carried on with: the supervisor starts a fresh process. */
function endBecauseOfBug(log: Logger, error: unknown): void {
  log.fatal({ err: error }, 'internal error')
  process.exit(ExitCode.internal)
}
