import type { RoleManager } from 'casbin'
import { applicationSubject, everyone } from '../subjects.ts'

/** Subjects whose memberships are remembered; at the limit all are forgotten. */
const knownCountMax = 50_000

/**
 * Who belongs to what, for casbin's `g`: by `g` lines, and without any line every subject to `*` and each workload to its
 * application. Memberships hand on: who belongs to a role belongs to its roles too.
 */
export class SubjectRoles implements RoleManager {
  readonly #groups = new Map<string, Set<string>>()
  readonly #known = new Map<string, ReadonlySet<string>>()

  /** The subject itself and all it belongs to, the nearest first. */
  groupsOf(subject: string): ReadonlySet<string> {
    const known = this.#known.get(subject)
    if (known !== undefined) return known
    const found = new Set([subject])
    // A set is walked in the order of insertion, and what is added meanwhile is met too.
    for (const member of found) {
      for (const group of this.#groups.get(member) ?? []) found.add(group)
      const application = applicationSubject(member)
      if (application !== undefined) found.add(application)
      if (member === subject) found.add(everyone)
    }
    if (this.#known.size >= knownCountMax) this.#known.clear()
    this.#known.set(subject, found)
    return found
  }

  link(member: string, group: string): void {
    const groups = this.#groups.get(member)
    if (groups === undefined) this.#groups.set(member, new Set([group]))
    else groups.add(group)
    this.#known.clear()
  }

  unlink(member: string, group: string): void {
    const groups = this.#groups.get(member)
    groups?.delete(group)
    if (groups?.size === 0) this.#groups.delete(member)
    this.#known.clear()
  }

  syncedHasLink(member: string, group: string): boolean {
    return this.groupsOf(member).has(group)
  }

  async hasLink(member: string, group: string): Promise<boolean> {
    return this.syncedHasLink(member, group)
  }

  async addLink(member: string, group: string): Promise<void> {
    this.link(member, group)
  }

  async deleteLink(member: string, group: string): Promise<void> {
    this.unlink(member, group)
  }

  async clear(): Promise<void> {
    this.#groups.clear()
    this.#known.clear()
  }

  async getRoles(member: string): Promise<string[]> {
    return [...(this.#groups.get(member) ?? [])]
  }

  async getUsers(group: string): Promise<string[]> {
    return [...this.#groups].filter(([, groups]) => groups.has(group)).map(([member]) => member)
  }

  /** casbin's logging of all links at each load: not wanted. */
  async printRoles(): Promise<void> {}

  /** Domains of casbin (tenants of a role) are not used here. */
  async getDomains(): Promise<string[]> {
    return []
  }

  async getAllDomains(): Promise<string[]> {
    return []
  }
}
