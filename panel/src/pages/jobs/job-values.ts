// A job while it is written: as fields have it, and as the API takes it.

export interface JobValues {
  readonly account: string
  readonly name: string
  readonly from: string
  readonly source: 'template' | 'own'
  readonly template: string | null
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly data: string
  readonly missing: 'error' | 'empty'
  readonly mailing: string
  readonly stream: string
  /** Of a field for a moment: in the zone of whoever writes it. */
  readonly start: string
  readonly paused: boolean
}

export const EMPTY: JobValues = {
  account: '',
  name: '',
  from: '',
  source: 'template',
  template: null,
  subject: '',
  text: '',
  html: '',
  data: '',
  missing: 'error',
  mailing: '',
  stream: '',
  start: '',
  paused: false,
}

/** Null: it is no JSON object. */
export function dataOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const read: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}

const said = (name: string, value: string): object => (value.trim() === '' ? {} : { [name]: value.trim() })

/** As the job file of `hms assemble` has it, without the recipients. */
export function documentOf(values: JobValues): Readonly<Record<string, unknown>> {
  const { account, name, from, source, template, subject, text, html, data, missing, mailing, stream, start } = values
  const own = { ...said('text', text), ...said('html', html) }
  const shared = dataOf(data) ?? {}
  const at = Date.parse(start)
  return {
    account: Number(account),
    ...said('name', name),
    message: {
      from: from.trim(),
      ...(source === 'own' ? { ...said('subject', subject), ...own } : { template: { id: template ?? '' } }),
      ...said('mailing', mailing),
      ...said('stream', stream),
    },
    ...(Object.keys(shared).length > 0 && { data: shared }),
    missing,
    ...(!Number.isNaN(at) && { start: new Date(at).toISOString() }),
  }
}
