import { Writable } from 'node:stream'
import { pino, type Logger } from 'pino'
import type { LogConfig, LogLevel } from '../config/config.ts'

export type { Logger } from 'pino'

/** An event of another thread, on its way to the one log. */
export interface LogEvent {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Where the log goes: standard error, which may be a terminal. */
export interface LogStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** The server's log. One JSON object a line, or one readable line an event. */
export function createLog({ level, format }: LogConfig, stream: LogStream = process.stderr): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && stream.isTTY === true)
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(options, isPretty ? prettyStream(stream) : stream)
}

const levelNames: ReadonlyMap<number, string> = new Map(
  Object.entries(pino.levels.labels).map(([number, label]) => [Number(number), label]),
)
const levelColours: Readonly<Record<string, number>> = { warn: 33, error: 31, fatal: 31 }

/** Rewrites each line of the JSON log as `12:34:56 warn  message key=value`, with colour on a terminal. */
function prettyStream(stream: LogStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      stream.write(prettyLine(JSON.parse(line) as PinoLine, stream.isTTY === true))
      done()
    },
  })
}

interface PinoLine {
  level: number
  time: string
  msg?: string
  err?: { stack?: string }
  [field: string]: unknown
}

function prettyLine({ level, time, msg = '', err, ...fields }: PinoLine, inColour: boolean): string {
  const name = levelNames.get(level) ?? String(level)
  const colour = inColour ? levelColours[name] : undefined
  const label = colour === undefined ? name.padEnd(5) : `\u001b[${colour}m${name.padEnd(5)}\u001b[0m`
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`
  return `${time.slice(11, 19)} ${label} ${msg}${rest.join('')}${stack}\n`
}
