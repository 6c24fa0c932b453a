import { everyAction, type Action } from './action.ts'
import { segmentMatches, segmentsOf } from './path-pattern.ts'

/** A `p` line as casbin sees it: subject, path pattern, action, effect, id. */
export type PolicyLine = readonly [
  subject: string,
  pattern: string,
  action: string,
  effect: string,
  id: string,
]

/** The lines that may decide a question. */
export interface Candidates {
  readonly denies: PolicyLine[]
  readonly allows: PolicyLine[]
}

/**
 * Finds the few lines that can match a question among many: by subject, then along the path's names. All that match are
 * among them; whether one does, casbin says.
 */
export class RuleIndex {
  readonly #treeBySubject = new Map<string, PatternNode>()

  add(line: PolicyLine): void {
    const [subject, pattern] = line
    let node = this.#treeBySubject.get(subject)
    if (node === undefined) this.#treeBySubject.set(subject, (node = new PatternNode()))
    node.add(line, segmentsOf(pattern), 0)
  }

  remove(line: PolicyLine): void {
    const [subject, pattern] = line
    const tree = this.#treeBySubject.get(subject)
    tree?.remove(line, segmentsOf(pattern), 0)
    if (tree?.isEmpty === true) this.#treeBySubject.delete(subject)
  }

  /** `subjects`: the asker and all it belongs to. */
  candidates(subjects: Iterable<string>, path: string, action: Action): Candidates {
    const names = segmentsOf(path)
    const found: Candidates = { denies: [], allows: [] }
    for (const subject of subjects) this.#treeBySubject.get(subject)?.collect(names, 0, action, found)
    return found
  }
}

/** All patterns of one subject that begin with the same segments. */
class PatternNode {
  /** Next segments without a `*`. */
  readonly #literals = new Map<string, PatternNode>()
  /** Next segments with one, by what is before it: thousands of `team-7-*` are not all tried for each name. */
  readonly #wildcards = new Map<string, Map<string, PatternNode>>()
  /** Lines whose pattern ends here. */
  #here: PolicyLine[] = []
  /** Lines whose pattern goes on with `**`. */
  #below: PolicyLine[] = []

  get isEmpty(): boolean {
    return (
      this.#here.length === 0 &&
      this.#below.length === 0 &&
      this.#literals.size === 0 &&
      this.#wildcards.size === 0
    )
  }

  add(line: PolicyLine, segments: readonly string[], depth: number): void {
    const segment = segments[depth]
    if (segment === undefined) this.#here.push(line)
    else if (segment === '**') this.#below.push(line)
    else {
      const siblings = this.#siblingsOf(segment, true)!
      let child = siblings.get(segment)
      if (child === undefined) siblings.set(segment, (child = new PatternNode()))
      child.add(line, segments, depth + 1)
    }
  }

  remove(line: PolicyLine, segments: readonly string[], depth: number): void {
    const segment = segments[depth]
    if (segment === undefined) this.#here = this.#here.filter((other) => other[4] !== line[4])
    else if (segment === '**') this.#below = this.#below.filter((other) => other[4] !== line[4])
    else {
      const siblings = this.#siblingsOf(segment, false)
      const child = siblings?.get(segment)
      child?.remove(line, segments, depth + 1)
      if (child?.isEmpty === true) siblings?.delete(segment)
      if (siblings?.size === 0) this.#wildcards.delete(prefixOf(segment))
    }
  }

  collect(names: readonly string[], depth: number, action: Action, found: Candidates): void {
    take(this.#below, action, found)
    const name = names[depth]
    if (name === undefined) {
      take(this.#here, action, found)
      return
    }
    this.#literals.get(name)?.collect(names, depth + 1, action, found)
    if (this.#wildcards.size === 0) return
    for (let length = 0; length <= name.length; length += 1) {
      const siblings = this.#wildcards.get(name.slice(0, length))
      if (siblings === undefined) continue
      for (const [pattern, child] of siblings) {
        if (segmentMatches(name, pattern)) child.collect(names, depth + 1, action, found)
      }
    }
  }

  #siblingsOf(segment: string, isMade: boolean): Map<string, PatternNode> | undefined {
    if (!segment.includes('*')) return this.#literals
    const prefix = prefixOf(segment)
    let siblings = this.#wildcards.get(prefix)
    if (siblings === undefined && isMade)
      this.#wildcards.set(prefix, (siblings = new Map<string, PatternNode>()))
    return siblings
  }
}

function prefixOf(segment: string): string {
  return segment.slice(0, segment.indexOf('*'))
}

function take(lines: readonly PolicyLine[], action: Action, { denies, allows }: Candidates): void {
  for (const line of lines) {
    if (line[2] === action || line[2] === everyAction) (line[3] === 'deny' ? denies : allows).push(line)
  }
}
