// What a person watching sees: the running test on one line, a line for each that ended, a table at the end.
import { readFileSync } from 'node:fs'

/** @typedef {import('../test-run.mjs').Outcome} Outcome */

const failureLines = 15

export class Progress {
  #out
  #total
  #done = 0
  #current = ''
  #lastLine = ''
  #startedAt = 0
  /** @type {NodeJS.Timeout | undefined} */
  #timer

  /** @param {NodeJS.WriteStream} out @param {number} total */
  constructor(out, total) {
    this.#out = out
    this.#total = total
  }

  /** @param {string} filesystem @param {string} test */
  begin(filesystem, test) {
    this.#current = `${filesystem.padEnd(5)} ${test}`
    this.#lastLine = ''
    this.#startedAt = Date.now()
    if (this.#out.isTTY) this.#timer = setInterval(() => this.#draw(), 500)
  }

  /** @param {Buffer} chunk of the guest's output */
  output(chunk) {
    const last = chunk.toString('latin1').trimEnd().split('\n').at(-1)
    if (last) this.line(last)
  }

  /** @param {string} text the test's latest word */
  line(text) {
    this.#lastLine = text.replace(/[^\x20-\x7e]/g, ' ')
  }

  /** @param {Outcome} outcome @param {string} logFile */
  end(outcome, logFile) {
    clearInterval(this.#timer)
    this.#done += 1
    if (this.#out.isTTY) this.#out.write('\r\x1b[K')
    const mark = outcome.passed ? this.#green('passed') : this.#red('FAILED')
    const seconds = outcome.seconds.toFixed(1).padStart(7)
    const count = `${String(this.#done).padStart(String(this.#total).length)}/${this.#total}`
    this.#out.write(
      `${count} ${mark} ${seconds} s  ${this.#current}${outcome.error ? `: ${outcome.error}` : ''}\n`,
    )
    if (outcome.passed) return
    const tail = readFileSync(logFile, 'latin1')
      .trimEnd()
      .split('\n')
      .filter((line) => !/^ +at /.test(line))
      .slice(-failureLines)
    this.#out.write(tail.map((line) => `        ${line.replace(/[^\x20-\x7e]/g, ' ')}\n`).join(''))
  }

  /** @param {Outcome[]} outcomes @param {string} resultsFolder */
  summary(outcomes, resultsFolder) {
    const filesystems = [...new Set(outcomes.map((outcome) => outcome.filesystem))]
    const names = [...new Set(outcomes.map((outcome) => outcome.test))]
    const width = Math.max(...names.map((name) => name.length))
    this.#out.write(`\n${''.padEnd(width)}  ${filesystems.map((name) => name.padStart(9)).join('')}\n`)
    for (const name of names) {
      const cells = filesystems.map((filesystem) => {
        const outcome = outcomes.find((one) => one.test === name && one.filesystem === filesystem)
        if (outcome === undefined) return ''.padStart(9)
        return outcome.passed
          ? this.#green(`${outcome.seconds.toFixed(1)} s`.padStart(9))
          : this.#red('FAILED'.padStart(9))
      })
      this.#out.write(`${name.padEnd(width)}  ${cells.join('')}\n`)
    }
    const passed = outcomes.filter((outcome) => outcome.passed).length
    this.#out.write(
      `\nOutput of each test: ${resultsFolder}\n${passed} passed, ${outcomes.length - passed} failed\n`,
    )
  }

  /** The running test counts as failed. @param {Outcome[]} outcomes @param {string} resultsFolder */
  interrupted(outcomes, resultsFolder) {
    const [filesystem = '', test = ''] = this.#current.split(/ +/)
    const seconds = (Date.now() - this.#startedAt) / 1000
    const running = { test, filesystem, about: '', passed: false, seconds, error: 'interrupted' }
    this.summary(test === '' ? outcomes : [...outcomes, running], resultsFolder)
  }

  #draw() {
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000)
    const text = `${this.#done + 1}/${this.#total} running ${String(seconds).padStart(6)} s  ${this.#current}  ${this.#lastLine}`
    this.#out.write(`\r\x1b[K${text.slice(0, (this.#out.columns || 80) - 1)}`)
  }

  /** @param {string} text */
  #green = (text) => (this.#out.isTTY ? `\x1b[32m${text}\x1b[0m` : text)
  /** @param {string} text */
  #red = (text) => (this.#out.isTTY ? `\x1b[31m${text}\x1b[0m` : text)
}
