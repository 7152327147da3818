// Liquid within bounds: no files, no templates within templates, a most of time, memory and output. In HTML what a recipient brings becomes
// no markup unless the template says `raw`. `%%Field%%` is `{{ Field }}`.
import type { Context, defaultOperators, Emitter, Liquid, Tag, TagToken, Template, TopLevelToken } from 'liquidjs'
import { Fault } from '../../base/fault.ts'
import { late, once } from '../../base/late.ts'
import { Allowance, MOST_MADE, MOST_STEPS, TOO_LARGE, TOO_MANY_STEPS, TOO_SLOW, weigh } from './allowance.ts'
import { type Quick, quickPaths, quickPieces, renderQuick } from './quick.ts'

const liquidjs = late('liquidjs')

export type Data = Readonly<Record<string, unknown>>

/** What a template is filled with. */
export interface Scope {
  /** Of the recipient; it is before what is of all. */
  readonly own: Data
  readonly all: Data
  readonly missing: 'error' | 'empty'
  /** Of the message, where it has other sources, too. */
  readonly allowance?: Allowance
  /** What a link that was not known before leads through; absent: it is left as it is. */
  readonly click?: (attribute: string) => string
}

/** Characters of a source. */
export const MOST_SOURCE = 1024 * 1024
/** Tags and fields of a source. A newsletter with a hundred articles has some thousand; so many are read in a third of a second, ten times as many in ten. */
const MOST_MARKS = 20_000
/** Not those that we put there ourselves. */
const MARK = /\{[{%](?!-?\s{0,9}(?:end)?hms_link\b|-?\s{0,9}__hms\b)/g
/** Words of Liquid by characters of the source, as the interpreter counts lines from the beginning for each name. So much takes a third of a second. */
const MOST_LOOKED_THROUGH = 300_000_000
const LIQUID = /\{[{%][^]*?[%}]\}/g
const WORD = /[a-z_][\w-]*/gi
const PLAIN_FIELD = /\{\{-?\s{0,9}([A-Za-z_][\w-]{0,99}(?:\.[A-Za-z_][\w-]{0,99}){0,9})/g
const TAGS = new Set([
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'decrement',
  'for',
  'if',
  'increment',
  'raw',
  'unless',
  '#',
])
/** Tags after which what is missing cannot be told from the names alone. */
const WITH_OWN_NAMES = /\{%-?\s*(?:assign|for)\b/
const CLICK = 'hms click'
export const LINK_TAG = 'hms_link'
/** Of what we put into sources ourselves. */
export const OWN_NAME = '__hms'
/** Names that are there for everyone. */
const GIVEN = new Set(['recipient', 'DeliveryAddress', 'HsUnsubscribe', OWN_NAME])

const MARKUP = /[&<>"']/
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

type Path = readonly (string | number)[]
/** With paths in it, where a value tells a step. */
type NestedPath = ReturnType<Liquid['globalVariableSegmentsSync']>[number] | Path
type Render = InstanceType<typeof Liquid>['renderer']
type Limits = Pick<Context, 'memoryLimit' | 'renderLimit'>
type Filter = Liquid['filters'][string]
type Compare = Extract<(typeof defaultOperators)[string], (left: unknown, right: unknown, context: Context) => unknown>
type FilterHandler = Extract<Filter, (...args: never[]) => unknown>

/** Steps of filters that take longer than their values tell. */
const STEPS_OF_DATES = 200

/** Counts what is written, also into variables. */
class Counted implements Emitter {
  buffer = ''
  readonly #limit: Context['memoryLimit']

  constructor(limit: Context['memoryLimit']) {
    this.#limit = limit
  }

  write(value: unknown): void {
    const text = typeof value === 'string' ? value : textOf(value)
    this.#limit.use(text.length)
    this.buffer += text
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.map(textOf).join('') : String(value)
}

/** What is escaped already stays so. */
function escaped(value: unknown): string {
  const text = textOf(value)
  if (!MARKUP.test(text)) return text
  return text.replaceAll(/&(?!(?:[a-z]{2,8}|#\d{1,7}|#x[\da-f]{1,6});)|[<>"']/gi, (char) => ESCAPES[char] ?? char)
}

/** Around the address of a link that is of each recipient. */
function linkTag(): new (token: TagToken, rest: TopLevelToken[], liquid: Liquid) => Tag {
  const { Tag } = liquidjs()
  return class LinkTag extends Tag {
    readonly #inner: Template[] = []

    constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid) {
      super(token, rest, liquid)
      const stream = liquid.parser.parseStream(rest)
      stream
        .on(`tag:end${LINK_TAG}`, () => stream.stop())
        .on('template', (template: Template) => this.#inner.push(template))
        .on('end', () => {
          throw new Error(`tag ${token.getText()} is not closed`)
        })
      stream.start()
    }

    override *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
      const text = yield this.liquid.renderer.renderTemplates(this.#inner, context)
      const click = context.getRegister<((attribute: string) => string) | undefined>(CLICK)
      emitter.write(click === undefined ? text : click(text))
    }
  }
}

/** It counts what it goes through. */
function weighed(name: string, filter: Filter): Filter {
  const handler: FilterHandler = typeof filter === 'function' ? filter : filter.handler
  const own = name.startsWith('date') ? Array.from({ length: STEPS_OF_DATES }, () => null) : []
  const counted: FilterHandler = function (...values: Parameters<FilterHandler>): unknown {
    weigh(this.context, [...own, ...values])
    return handler.apply(this, values)
  }
  return typeof filter === 'function' ? counted : { ...filter, handler: counted }
}

/** The same of what compares lists. */
function weighedOperators(): typeof defaultOperators {
  const operators = { ...liquidjs().defaultOperators }
  for (const [name, given] of Object.entries(operators)) {
    if (!['contains', '==', '!='].includes(name)) continue
    const compare = given as Compare
    operators[name] = (left: unknown, right: unknown, context: Context) => {
      weigh(context, [left, right])
      return compare(left, right, context)
    }
  }
  return operators
}

function engineOf(isHtml: boolean): Liquid {
  const liquid = new (liquidjs().Liquid)({
    templates: {},
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    parseLimit: 2 * MOST_SOURCE,
    operators: weighedOperators(),
    ...(isHtml && { outputEscape: escaped }),
  })
  for (const name of Object.keys(liquid.tags)) if (!TAGS.has(name)) delete liquid.tags[name]
  if (isHtml) {
    liquid.registerTag(LINK_TAG, linkTag())
    // What is escaped once is not escaped again, and line breaks are ours.
    for (const name of ['escape', 'escape_once', 'xml_escape']) liquid.registerFilter(name, { handler: escaped, raw: true })
    liquid.registerFilter('newline_to_br', { handler: (value: unknown) => escaped(value).replaceAll(/\r?\n/g, '<br />\n'), raw: true })
  }
  for (const [name, filter] of Object.entries(liquid.filters)) liquid.registerFilter(name, weighed(name, filter))
  const { renderer } = liquid
  const render: Render['renderTemplates'] = renderer.renderTemplates.bind(renderer)
  renderer.renderTemplates = (templates, context, emitter) => render(templates, context, emitter ?? new Counted(context.memoryLimit))
  return liquid
}

/** They hold nothing of who uses them. */
const ENGINES = { html: once(() => engineOf(true)), plain: once(() => engineOf(false)) } as const

export class Source {
  readonly #what: string
  readonly #kind: 'html' | 'plain'
  readonly #templates: Template[]
  readonly #isStatic: boolean
  /** Null: it takes the interpreter. */
  readonly #quick: Quick | null
  readonly text: string

  /** `what`: as in "the subject". Throws a Fault `template-invalid`. */
  constructor(what: string, kind: 'html' | 'plain', text: string) {
    this.#what = what
    this.#kind = kind
    this.text = text
    this.#isStatic = !text.includes('{{') && !text.includes('{%')
    if (text.length > 2 * MOST_SOURCE) throw invalid(`${capital(what)} is longer than ${MOST_SOURCE} characters.`)
    const pieces = this.#isStatic ? null : quickPieces(text, LINK_TAG)
    this.#quick = pieces && { source: text, pieces, written: kind === 'html' ? escaped : textOf, most: MOST_MADE }
    this.#templates = this.#isStatic || pieces !== null ? [] : this.#parsed()
  }

  get #liquid(): Liquid {
    return ENGINES[this.#kind]()
  }

  #parsed(): Template[] {
    try {
      return this.#liquid.parse(this.text)
    } catch (error) {
      throw invalid(`${capital(this.#what)} is no Liquid that is known here: ${reasonOf(error)}.`, error)
    }
  }

  /** Throws a Fault `template-failed`. */
  render(scope: Scope): string {
    if (this.#isStatic) return this.text
    const { allowance = new Allowance() } = scope
    if (this.#quick !== null) return this.#rendered(this.#quick, scope, allowance)
    try {
      return this.#interpreted(scope, allowance)
    } catch (error) {
      // Perhaps the machine gave the processor to others meanwhile.
      if (isTooSlow(error) && allowance.again()) return this.render({ ...scope, allowance })
      throw failed(`${capital(this.#what)} cannot be filled in: ${reasonOf(error)}.`, error)
    }
  }

  #interpreted({ own, all, missing, click }: Scope, allowance: Allowance): string {
    const limits = { memoryLimit: allowance, renderLimit: allowance } as unknown as Limits
    const options = { sync: true, globals: all, strictVariables: missing === 'error', ownPropertyOnly: true }
    const { Context, toValueSync } = liquidjs()
    const context = new Context(own, this.#liquid.options, options, { ...limits, liquid: this.#liquid })
    context.setRegister(CLICK, click)
    return String(toValueSync(this.#liquid.renderer.renderTemplates(this.#templates, context)))
  }

  #rendered(quick: Quick, scope: Scope, allowance: Allowance): string {
    try {
      const text = renderQuick(quick, scope)
      allowance.use(text.length)
      return text
    } catch (error) {
      throw failed(`${capital(this.#what)} cannot be filled in: ${reasonOf(error)}.`, error)
    }
  }

  /** How many values it makes something of, at most, where that cannot fail as long as all fields are there and small; else null. */
  get harmless(): number | null {
    if (this.#isStatic) return 0
    return this.#quick !== null || isHarmless(this.text) ? (this.text.match(/\{[{%]|\|/g)?.length ?? 0) : null
  }

  /**
   * Paths of what it names, as far as that can be told before it is rendered: what is behind a name that a value tells is left away, and of very
   * many the plain fields are told.
   */
  get names(): readonly Path[] {
    if (this.#isStatic) return []
    const all = this.#paths() ?? [...this.text.matchAll(PLAIN_FIELD)].map(([, path = '']) => path.split('.'))
    const paths = all.filter(([first]) => typeof first === 'string' && !GIVEN.has(first))
    return paths.map((path) => {
      const told = path.findIndex((step) => typeof step === 'object')
      return (told < 0 ? path : path.slice(0, told)) as (string | number)[]
    })
  }

  /** Paths of what it names; null: what is missing shows only when it is rendered. */
  get fields(): readonly Path[] | null {
    if (this.#isStatic) return []
    if (WITH_OWN_NAMES.test(this.text)) return null
    const paths = this.#paths()
    if (paths === null) return null
    const named = paths.filter(([first]) => typeof first !== 'string' || !GIVEN.has(first))
    const plain = named.map((path) => path.filter((step) => typeof step !== 'object'))
    return plain.every((path, i) => path.length === named[i]?.length) ? plain : null
  }

  /** Null: to find them would hold up others. */
  #paths(): readonly NestedPath[] | null {
    if (this.#quick !== null) return quickPaths(this.#quick.pieces)
    const words = [...this.text.matchAll(LIQUID)].reduce((sum, [mark]) => sum + (mark.match(WORD)?.length ?? 0), 0)
    return words * this.text.length > MOST_LOOKED_THROUGH ? null : this.#liquid.globalVariableSegmentsSync(this.#templates)
  }
}

/** For what comes in, before it is read; what was taken is sent. Throws a Fault `template-invalid`. */
export function requireReadable(what: string, text: string): void {
  const marks = text.match(MARK)?.length ?? 0
  if (marks > MOST_MARKS) throw invalid(`${capital(what)} has ${marks} fields and tags; at most ${MOST_MARKS} can be filled in.`)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof Fault) return error.message
  const missing = /^undefined variable: ([^,]*)/.exec(error.message)
  const place = liquidjs().LiquidError.is(error) ? placeOf(error) : ''
  if (missing !== null) return `the field ${missing[1]} is missing${place}`
  if (error.message.startsWith(TOO_SLOW)) return 'it takes too long'
  if (error.message.startsWith(TOO_MANY_STEPS)) return `it takes too long: more than ${MOST_STEPS} steps`
  if (error.message.startsWith(TOO_LARGE)) return 'it becomes too large'
  return `${error.message
    .split('\n')[0]
    ?.replace(/, line:\d+, col:\d+$/, '')
    .slice(0, 200)}${place}`
}

function isTooSlow(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith(TOO_SLOW)
}

/** Whether that is why a message could not be made: it costs as much for each of its recipients. */
export function tookTooManySteps(error: unknown): boolean {
  return error instanceof Fault && error.cause instanceof Error && error.cause.message.startsWith(TOO_MANY_STEPS)
}

function placeOf(error: Error): string {
  const found = /, line:(\d+), col:\d+/.exec(error.message)
  return found === null ? '' : ` (line ${found[1]})`
}

function invalid(message: string, cause?: unknown): Fault {
  return new Fault('template-invalid', message, { blame: 'caller', cause })
}

function failed(message: string, cause: unknown): Fault {
  // Perhaps it was the machine. Steps are the same on each.
  const temporary = isTooSlow(cause)
  return new Fault('template-failed', message, { blame: 'caller', temporary, cause })
}

/** Tags and filters that take any value, and make no more of it than a few times its size. */
const HARMLESS_TAGS = new Set(['if', 'elsif', 'else', 'endif', 'unless', 'endunless', LINK_TAG, `end${LINK_TAG}`])
const HARMLESS_FILTERS = new Set(
  'abs append at_least at_most capitalize ceil default divided_by downcase escape escape_once floor lstrip minus modulo newline_to_br plus prepend raw rstrip size strip strip_newlines times upcase'.split(
    ' ',
  ),
)

/** Words that look like it count as well: what is not sure is rendered. */
function isHarmless(source: string): boolean {
  for (const [, tag = ''] of source.matchAll(/\{%-?\s{0,9}([a-z_#]*)/g)) if (!HARMLESS_TAGS.has(tag)) return false
  for (const [, filter = ''] of source.matchAll(/\|\s{0,9}([a-z_]+)/g)) if (!HARMLESS_FILTERS.has(filter)) return false
  return !source.includes('contains')
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

const PERCENT = /%%([A-Za-z_][\w-]{0,99}(?:\.[A-Za-z_][\w-]{0,99}){0,9})%%/g
const UNSUBSCRIBE = /\{\{-?\s{0,9}HsUnsubscribe\s{0,9}-?\}\}/gi

/** As the original wrote its fields; and the placeholder of tracking as tracking knows it. */
export function asLiquid(text: string): string {
  return text.replaceAll(PERCENT, '{{ $1 }}').replaceAll(UNSUBSCRIBE, '{{HsUnsubscribe}}')
}
