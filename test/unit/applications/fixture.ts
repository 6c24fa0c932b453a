import { createLog } from '../../../src/telemetry/log.ts'

/** For tests that expect no warning, or do not look. */
export const silentLog = createLog({ level: 'fatal', format: 'json' })
