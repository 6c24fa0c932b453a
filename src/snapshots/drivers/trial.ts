import { constants } from 'node:fs'
import { copyFile, open, type FileHandle } from 'node:fs/promises'

/** Of open(2) on x86-64 and arm64: a file without a name, which is gone when it is closed. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

/** Why `work` failed, after `what`; undefined: it did not. */
export async function reasonAgainst(
  what: string,
  work: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await work()
  } catch (error) {
    return `${what}: ${(error as Error).message}`
  }
}

/** Runs with an unnamed file in a directory. */
export async function withUnnamedFile<T>(
  directory: string,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(directory, O_TMPFILE | constants.O_RDWR, 0o600)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

/** Runs with a directory open; its path is the operator's. */
export async function withDirectory<T>(directory: string, work: (fd: number) => Promise<T>): Promise<T> {
  const file = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    return await work(file.fd)
  } finally {
    await file.close()
  }
}

/** Shares the data of one file with another, as the disk lets it. Why it could not, as an errno's name; undefined: it did. */
export async function ficlone(from: FileHandle, to: FileHandle): Promise<string | undefined> {
  const [source, target] = [from, to].map(({ fd }) => `/proc/self/fd/${fd}`) as [string, string]
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
