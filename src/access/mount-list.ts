/** Mounts remembered for `showmount -a`; the oldest is forgotten for a new one. */
const mountCountMax = 4096

export interface ListedMount {
  /** The client's address. */
  readonly hostname: string
  /** Logical path, without secrets. */
  readonly directory: string
  /** Folder or link that was mounted. */
  readonly nodeId: number
}

/** What clients say they have mounted. A hint, never a fact: clients vanish without a word. */
export class MountList {
  /** Oldest first. The key tells client and path apart from any other pair. */
  readonly #mounts = new Map<string, ListedMount>()

  entries(): ListedMount[] {
    return [...this.#mounts.values()]
  }

  add(hostname: string, directory: string, nodeId: number): void {
    const key = keyOf(hostname, directory)
    this.#mounts.delete(key)
    this.#mounts.set(key, { hostname, directory, nodeId })
    const [oldest] = this.#mounts.keys()
    if (this.#mounts.size > mountCountMax && oldest !== undefined) this.#mounts.delete(oldest)
  }

  remove(hostname: string, directory: string): void {
    this.#mounts.delete(keyOf(hostname, directory))
  }

  removeAll(hostname: string): void {
    for (const [key, mount] of this.#mounts) if (mount.hostname === hostname) this.#mounts.delete(key)
  }
}

function keyOf(hostname: string, directory: string): string {
  return `${hostname}\0${directory}`
}
