import type { Readable } from 'node:stream'
import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import type { Action } from '../access/policy/action.ts'

/** Whoever asks, once it is known who that is. */
export interface Caller {
  readonly subject: string
  readonly address: string
  /** Empty where no token was needed. */
  readonly tokenId: string
}

/** A request, checked. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly caller: Caller
  /** Of If-Match: the version that the caller has seen; absent: any. */
  readonly ifVersion: number | undefined
}

/** What is no path of the namespace. To the policy each is the path `/@admin/AREA`, where no folder can be. */
export const areas = [
  'gateway',
  'stores',
  'applications',
  'tokens',
  'admins',
  'hosts',
  'rules',
  'grants',
  'clients',
  'schedules',
  'repositories',
  'audit',
  'catalog',
] as const

export type Area = (typeof areas)[number]

/** Who may ask. */
export type Access<C> =
  /** Everybody. */
  | 'open'
  /** Who has the token of a workload. */
  | 'workload'
  /** Who has an admin token: the operation itself shows what its owner may see. */
  | 'admin'
  | { readonly area: Area; readonly action: Action }
  | {
      readonly action: Action
      /**
       * The paths of what the request names by number. Who may not list one is told what is told where nothing is.
       * @throws {ServiceError} `not-found`
       */
      objects?(call: C): Iterable<string>
      /** Paths that the request names itself, or that the change would touch. @throws {ServiceError} `invalid` */
      paths?(call: C): Iterable<string>
    }

/** An answer that is sent as it comes; when its client goes away, it is destroyed. */
export interface StreamedAnswer {
  readonly mediaType: string
  readonly body: Readable
  /** What is said about it besides, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that the API does: a method on a path. What all have in common is done around it, in one place. */
export interface Operation<
  Params extends TProperties,
  Query extends TProperties,
  Body extends TSchema,
  Answer extends TSchema,
  C = Call<Static<TObject<Params>>, Static<TObject<Query>>, Static<Body>>,
> {
  /** Unique: `createShare`. The audit calls it CREATE_SHARE. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As OpenAPI has it: `/v1/shares/{id}`. */
  readonly path: string
  readonly tag: string
  /** One line. */
  readonly summary: string
  readonly description?: string
  readonly access: Access<C>
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly bodySizeMax?: number
  /** The body comes piece by piece, as one of these media types, and as long as it likes: it is a Readable. */
  readonly takes?: readonly string[]
  /** Absent: there is nothing to say (204). A text is sent as it is, as `mediaType`. */
  readonly answer?: Answer
  readonly mediaType?: string
  /** The answer comes piece by piece, as one of these media types: {@link run} returns a {@link StreamedAnswer}. */
  readonly streams?: readonly string[]
  /** Something is made: 201, and an Idempotency-Key is heeded. */
  readonly creates?: true
  /** The answer holds a secret: it is shown once, and not kept for an idempotency key. */
  readonly showsSecret?: true
  /** The audit has it, though nothing is changed. */
  readonly audited?: true
  /** If-Match is heeded. */
  readonly versioned?: true
  run(call: C): Static<Answer> | Promise<Static<Answer>>
  /** What {@link run} would do: asked for with `dryRun=true`. */
  readonly dryRun?: {
    readonly answer: TSchema
    run(call: C): unknown
  }
}

/** An operation of whatever shape. */
export type AnyOperation = Operation<TProperties, TProperties, TSchema, TSchema, Call<never, never, never>>

/** A request without parameters. */
type Nothing = Record<string, never>

/** Says what an operation is: TypeScript finds the types of a call from its schemas. */
export function operation<
  Params extends TProperties = Nothing,
  Query extends TProperties = Nothing,
  Body extends TSchema = TSchema,
  Answer extends TSchema = TSchema,
>(definition: Operation<Params, Query, Body, Answer>): AnyOperation {
  // A call is checked against the schemas before it gets there.
  return definition
}

/** An object of just these properties. */
export function exactly<Properties extends TProperties>(
  properties: Properties,
  options: { readonly title?: string; readonly description?: string } = {},
): TObject<Properties> {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

/** The same without what is undefined: absent, where the two are not the same. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
