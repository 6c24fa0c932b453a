const everyMs = 200

/** Awaits long work. Who sits at a terminal sees that it goes on, and for how long; a pipe gets nothing. */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work
  const startedAt = Date.now()
  const show = () => {
    const seconds = Math.floor((Date.now() - startedAt) / 1000)
    process.stderr.write(`\r${what} … ${seconds} s`)
  }
  show()
  const timer = setInterval(show, everyMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
    // Erases the line (ECMA-48 EL).
    process.stderr.write('\r\u001b[K')
  }
}
