// What a path of the management API is: an operation, how its parameters come out of a call, who may call it, and in what form it answers.
// The compiler checks each against the operation: a name that is no parameter of it does not pass.
import type { PersonalCalls, PersonalName, Role, Room } from '../access.ts'
import type { OctetPiece } from '../forms.ts'
import type { OperationName, OperationParams, OperationResult } from '../operations.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a value of the path or the query is read; `texts`: with commas between them. */
export type Reading = 'text' | 'number' | 'flag' | 'texts'

/** Whose a thing is, is looked up by these. */
export type Owned =
  | 'account'
  | 'credential'
  | 'domain'
  | 'dkim'
  | 'message'
  | 'job'
  | 'list'
  | 'user'
  | 'key'
  | 'session'
  | 'suspension'
  | 'own-suspension'

/**
 * What somebody of one account may do with it. `none`: nothing. `all`: what everybody may, as it is about no account. `param`: an account is
 * named, which is his (filled in where it is left out). `owner`: the thing named by `of` must be his, or else it is not there. `rows`: he sees
 * those rows of the list whose field names his account. `verified`: the domain that this parameter names, where one is named, must be a verified
 * domain of his, or below one.
 */
export type Tenant =
  | 'none'
  | 'all'
  | { readonly param: string; readonly verified?: string }
  | { readonly owner: Owned; readonly of: string; readonly verified?: string }
  | { readonly rows: string }

/**
 * Lists are answered in pages. `by`: the operation gives all of it, which is put in the order of these fields (`down`: the greatest first) and
 * cut; `asGiven`: it is in its order already, and the fields are those by which a row is known again. Otherwise the operation pages: `after` is its parameter for where to go on, which is its `next`, or the field `last` of the last row.
 * `rows`: where the list is in the result; left out, it is the result.
 */
export type Page =
  | { readonly rows?: string; readonly by: readonly string[]; readonly down?: true; readonly asGiven?: true }
  | { readonly rows: string; readonly after: string; readonly next: string }
  | { readonly rows: string; readonly after: string; readonly last: string }

/**
 * Answers go on coming, as server-sent events: what is new (`tail`; `own-tail`: of what each reader follows for himself), the newest of it in one
 * (`newest`: the operation takes `after`, and gives `last` for it), or the whole each time that it changed (`changes`).
 */
export type Streaming = 'tail' | 'own-tail' | 'newest' | 'changes'

interface RouteBase {
  readonly method: Method
  /** Below `/api/v1`; parts in braces are parameters. */
  readonly path: string
  readonly room: Room
  /** One line for the reference. */
  readonly summary: string
}

/** As the dispatcher sees it. */
export interface Route extends RouteBase {
  readonly operation: OperationName
  readonly does: 'read' | 'write'
  readonly least: Role
  readonly tenant: Tenant
  /** How values of the path and the query are read. Of the path, what is not named is text; of the query, what is not named is refused. */
  readonly reads?: Readonly<Record<string, Reading>>
  /** The parameter that what comes in is put into, but for parts of the path that are not named in `within`. */
  readonly into?: string
  readonly within?: readonly string[]
  /** Parameters that are not the caller's to say. */
  readonly fixed?: Readonly<Record<string, unknown>>
  /** Parameters that somebody of one account may not say. */
  readonly withheld?: readonly string[]
  readonly page?: Page
  /** Of the list that the operation gives, the one row that has the values of these parts of the path. */
  readonly pick?: readonly string[]
  /** The operation is told which row it is, and gives no other. */
  readonly isTold?: true
  /** Where all of these are null or empty, the thing is not there. */
  readonly nothing?: readonly string[]
  /** The answer has an ETag, which changes at the same path may be bound to with If-Match. Named: it is of that part of the answer. */
  readonly etag?: true | string
  /** Of success; 200 unless said. */
  readonly status?: 201 | 202
  /** Octets of the body; 1 MiB unless said. */
  readonly most?: number
  readonly streaming?: Streaming
  /** What is read piece by piece is had whole, in this form, by who accepts it. The operation gives an `OctetPiece`, and takes `from`. */
  readonly octets?: string
  /** Users must have proved within `FRESH_FOR` who they are: by a second factor, by the password or a login where they have none. */
  readonly fresh?: true
  /** Keys may not, whatever their scopes. */
  readonly people?: true
  /** Rows of a report, which are had in `REPORT_FORMS` too. */
  readonly isTable?: true
}

type PathNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | PathNames<Rest> : never
type Key<T> = Extract<keyof T, string>
/** Of a union all names, not only those that all have. */
type AnyKey<T> = T extends unknown ? Key<T> : never
type ReadAs<V> = [V] extends [number]
  ? 'number'
  : [V] extends [boolean]
    ? 'flag'
    : [V] extends [string]
      ? 'text'
      : [V] extends [readonly string[]]
        ? 'texts'
        : never
type Readings<P> = { readonly [K in Key<P>]?: ReadAs<NonNullable<P[K]>> }
type Within<P, I> = I extends keyof P ? NonNullable<P[I]> : unknown

/** Lists that are paged by the operation are objects. */
type PageOf<N extends OperationName> =
  OperationResult<N> extends readonly (infer Row)[]
    ? { readonly by: readonly AnyKey<Row>[]; readonly down?: true }
    : { readonly rows: Key<OperationResult<N>> } & (
        | { readonly by: readonly string[]; readonly down?: true; readonly asGiven?: true }
        | { readonly after: AnyKey<OperationParams<N>>; readonly next: Key<OperationResult<N>> }
        | { readonly after: AnyKey<OperationParams<N>>; readonly last: string }
      )

interface Spec<N extends OperationName, Path extends string, I> extends Omit<RouteBase, 'path'> {
  readonly path: Path
  readonly does: 'read' | 'write'
  readonly least: Role
  readonly tenant: Tenant
  readonly reads?: Readings<OperationParams<N> & Within<OperationParams<N>, I>>
  readonly into?: I
  readonly within?: readonly PathNames<Path>[]
  readonly fixed?: Partial<OperationParams<N>>
  readonly withheld?: readonly AnyKey<OperationParams<N> & Within<OperationParams<N>, I>>[]
  readonly page?: PageOf<N>
  readonly pick?: OperationResult<N> extends readonly (infer Row)[] ? readonly (PathNames<Path> & AnyKey<Row>)[] : never
  readonly isTold?: true
  readonly nothing?: readonly AnyKey<OperationResult<N>>[]
  readonly etag?: true | AnyKey<OperationResult<N>>
  readonly status?: 201 | 202
  readonly most?: number
  readonly streaming?: Streaming
  readonly octets?: OperationResult<N> extends OctetPiece ? string : never
  readonly fresh?: true
  readonly people?: true
  readonly isTable?: true
}

type Named<N extends OperationName, Path extends string, I, Pick> =
  PathNames<Path> extends AnyKey<OperationParams<N>> | AnyKey<Within<OperationParams<N>, I>> | Pick
    ? unknown
    : { readonly path: 'names no parameter' }

interface Tabled<N extends OperationName, M extends Method, Path extends string> extends Omit<Route, 'operation' | 'method' | 'path'> {
  readonly operation: N
  readonly method: M
  readonly path: Path
}

/** A route of the table. */
export function route<
  const N extends OperationName,
  const Path extends string,
  const I extends Key<OperationParams<N>> | undefined = undefined,
  const P extends string = never,
  const M extends Method = Method,
>(operation: N, spec: Spec<N, Path, I> & { readonly method: M; readonly pick?: readonly P[] } & Named<N, Path, I, P>): Tabled<N, M, Path> {
  return { ...(spec as unknown as Tabled<N, M, Path>), operation }
}

/** What a person does about the own access: not an operation, as it needs the session. */
export interface PersonalRoute {
  readonly method: Method
  readonly path: string
  readonly personal: PersonalName
  readonly summary: string
  readonly reads?: Readonly<Record<string, Reading>>
  readonly page?: Extract<Page, { readonly by: readonly string[] }>
  readonly status?: 201
}

/** The same of a call about the own access. */
export function personal<const N extends PersonalName, const Path extends string>(
  name: N,
  spec: Omit<PersonalRoute, 'personal' | 'path' | 'reads' | 'page'> & {
    readonly path: Path
    readonly reads?: Readings<PersonalCalls[N]['params']>
    readonly page?: PersonalCalls[N]['result'] extends readonly (infer Row)[]
      ? { readonly by: readonly AnyKey<Row>[]; readonly down?: true }
      : never
  } & (PathNames<Path> extends AnyKey<PersonalCalls[N]['params']> ? unknown : { readonly path: 'names no parameter' }),
): PersonalRoute & { readonly personal: N } {
  return { ...(spec as unknown as Omit<PersonalRoute, 'personal'>), personal: name }
}
