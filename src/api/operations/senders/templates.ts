// Stored templates: kept by version, looked at before they are kept, and shown as they would be filled in.
import type { AccountId } from '../../../base/brand.ts'
import { type StoredTemplate, TEMPLATE_ID, type TemplateHead, type TemplateParts, TEMPLATES } from '../../../contract/templates.ts'
import { KnownSources, partsFilled, partsTried } from '../../../message/merge/parts.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { inLoopTurn } from '../loop-turn.ts'
import { Params, refused } from '../params.ts'

const LONGEST_NOTE = 200

interface Which {
  readonly id: string
  readonly account: AccountId | null
}

function whichOf(params: Params): Which {
  const id = params.text('id', 100)
  if (!TEMPLATE_ID.test(id)) throw refused('The id of a template has 1 to 100 letters, digits, dots, hyphens and underscores.')
  return { id, account: params.optional('account', () => params.account('account')) ?? null }
}

function partsOf(params: Params): TemplateParts {
  const subject = params.optional('subject', () => params.text('subject', 1000))
  const text = params.optional('text', () => params.lines('text', TEMPLATES.part))
  const html = params.optional('html', () => params.lines('html', TEMPLATES.part))
  return { ...(subject !== undefined && { subject }), ...(text !== undefined && { text }), ...(html !== undefined && { html }) }
}

function headOf({ id, account, version, at, by, note }: StoredTemplate): TemplateHead {
  return { id, account, version, at, by, note }
}

function dataOf(params: Params): Readonly<Record<string, unknown>> {
  const data = params.raw('data')
  if (data === undefined) return {}
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw refused('data must be an object.')
  return data as Record<string, unknown>
}

function ownerInWords(account: AccountId | null): string {
  return account === null ? 'for all accounts' : `of account ${account}, and none for all`
}

export function templateOperations(context: OperationContext): OperationsOf<'template'> {
  return {
    ...storedOperations(context),
    'template.try': async (values) => {
      const params = new Params(values)
      const [parts, data] = [partsOf(params), dataOf(params)]
      params.done()
      return inLoopTurn(context, () => partsTried(parts, data))
    },
  }
}

function storedOperations(context: OperationContext): Omit<OperationsOf<'template'>, 'template.try'> {
  const { settings, now, by } = context
  const found = ({ id, account }: Which, version: number | undefined): StoredTemplate => {
    const template = settings.templates.find(account, id, version)
    if (template !== null) return template
    const what = version === undefined ? `template ${id}` : `version ${version} of template ${id}`
    throw refused(`There is no ${what} ${ownerInWords(account)}.`, mendFor(id, account), 'template-not-found')
  }
  const mendFor = (id: string, account: AccountId | null): string => {
    const other = settings.templates.list().find((head) => head.id === id && head.account !== null && head.account !== account)
    return other === undefined ? "List templates with 'hms template ls'." : `There is one with --account ${other.account}.`
  }
  const versionOf = (params: Params): number | undefined =>
    params.optional('version', () => params.count('version', { least: 1, most: 1_000_000_000 }))
  return {
    'template.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      params.done()
      return settings.templates.list(account)
    },
    'template.show': async (values) => {
      const params = new Params(values)
      const [which, version] = [whichOf(params), versionOf(params)]
      params.done()
      return found(which, version)
    },
    'template.add': async (values) => {
      const params = new Params(values)
      const which = whichOf(params)
      const parts = partsOf(params)
      const note = params.optional('note', () => params.text('note', LONGEST_NOTE)) ?? ''
      params.done()
      if (which.account !== null) existingAccount(settings.read(), which.account)
      if (parts.text === undefined && parts.html === undefined) throw refused('A template has a text, HTML, or both.')
      await inLoopTurn(context, () => new KnownSources().of(parts))
      return headOf(settings.putTemplate({ ...which, ...parts, at: now(), by, note }, by))
    },
    'template.versions': async (values) => {
      const params = new Params(values)
      const which = whichOf(params)
      params.done()
      return settings.templates.versions({ ...which, account: found(which, undefined).account })
    },
    'template.remove': async (values) => {
      const params = new Params(values)
      const which = whichOf(params)
      params.done()
      return { removed: settings.removeTemplate(which, by) }
    },
    'template.preview': async (values) => {
      const params = new Params(values)
      const [which, version] = [whichOf(params), versionOf(params)]
      const data = dataOf(params)
      const missing = params.optional('missing', () => params.choice('missing', ['error', 'empty'])) ?? 'error'
      params.done()
      return inLoopTurn(context, () => partsFilled(found(which, version), { own: data, all: {}, missing }))
    },
  }
}
