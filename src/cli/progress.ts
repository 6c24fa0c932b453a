const everyMs = 200
/** How often it is asked how far the work has come. */
const askEveryMs = 1000

/**
 * Awaits long work. Who sits at a terminal sees that it goes on, and for how long; a pipe gets nothing.
 * @param stageOf asks how far it has come; a question that fails says nothing.
 */
export async function withProgress<T>(
  what: string,
  work: Promise<T>,
  stageOf?: () => Promise<string>,
): Promise<T> {
  if (!process.stderr.isTTY) return work
  const startedAt = Date.now()
  let stage = ''
  const show = () => {
    const seconds = Math.floor((Date.now() - startedAt) / 1000)
    // Erases the line first (ECMA-48 EL): it may have been longer.
    process.stderr.write(`\r\u001b[K${what} … ${seconds} s${stage && `, ${stage}`}`)
  }
  const ask = () =>
    stageOf?.().then(
      (text) => (stage = text),
      () => (stage = ''),
    )
  show()
  const timers = [setInterval(show, everyMs), setInterval(() => void ask(), askEveryMs)]
  try {
    return await work
  } finally {
    for (const timer of timers) clearInterval(timer)
    process.stderr.write('\r\u001b[K')
  }
}

const barLength = 20

/** `█████░░░░░░░░░░░░░░░ 25 %`. @param part from 0 to 1; what is beyond is taken for the end. */
export function bar(part: number): string {
  const done = Math.min(Math.max(part, 0), 1)
  const full = Math.round(done * barLength)
  return `${'█'.repeat(full)}${'░'.repeat(barLength - full)} ${Math.floor(done * 100)} %`
}
