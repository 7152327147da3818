// Unsubscribing, opens and clicks of an account, and what the page of unsubscribing says.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { LANGUAGES, PAGE_WORDS, type PageWords } from '../../../../src/contract/tracking.ts'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { quoted } from '../../parts/command.tsx'
import { Notice } from '../../parts/layout.tsx'
import { accounts } from '../../texts/accounts.ts'
import { type Field, flagsOf, nulled, SettingsCard, type Values } from './settings-form.tsx'

const words = accounts.settings
type Change = Parameters<typeof api.tracking.accountSet>[1] & object
type Name = 'host' | 'opens' | 'clicks' | 'force' | 'mailDomain' | 'language' | 'leaveLarge'

const LANGUAGE_NAMES = new Intl.DisplayNames('en', { type: 'language' })

export function TrackingCards({ account: { id, tracking } }: { readonly account: Account }): ReactNode {
  const { host, opens, clicks, force, mailDomain, language, leaveLarge } = tracking
  const may = useMay()
  const me = useMe()
  const queries = useQueryClient()
  const save = async (change: Change): Promise<void> => {
    await api.tracking.accountSet(id, change)
    await queries.invalidateQueries({ queryKey: ['account', id] })
  }
  const mayChange = may('tracking.accountSet')
  const { title, about, anyLanguage, ...fields } = words.tracking
  const languages = [{ value: '', label: anyLanguage }, ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES.of(value) ?? value }))]
  const all: readonly Field<Name>[] = [
    { name: 'host', kind: 'text', words: fields.host },
    { name: 'opens', kind: 'switch', words: fields.opens },
    { name: 'clicks', kind: 'switch', words: fields.clicks },
    { name: 'force', kind: 'switch', words: fields.force },
    { name: 'mailDomain', kind: 'text', words: fields.mailDomain },
    { name: 'language', kind: 'choice', words: fields.language, choices: languages },
    { name: 'leaveLarge', kind: 'switch', words: fields.leaveLarge },
  ]
  return (
    <>
      <SettingsCard<Name>
        title={title}
        about={about}
        // The provider alone says whether tracking is forced.
        fields={mayChange && me.account !== null ? all.filter(({ name }) => name !== 'force') : all}
        values={{ host: host ?? '', opens, clicks, force, mailDomain: mailDomain ?? '', language: language ?? '', leaveLarge }}
        save={mayChange ? (changed) => save(nulled(changed) as Change) : null}
        command={(changed) => ({
          hms: `account tracking ${id} ${flagsOf(changed, quoted)}`.trimEnd().replace('--language none', '--language any'),
          call: `PATCH /accounts/${id}/tracking`,
          body: nulled(changed),
        })}
      >
        <HostTrouble host={host} />
      </SettingsCard>
      <WordsCard id={id} present={tracking.words} save={mayChange ? save : null} />
    </>
  )
}

/** Where the server itself finds that links do not work. */
function HostTrouble({ host }: { readonly host: string | null }): ReactNode {
  const may = useMay()
  const hosts = useQuery({
    queryKey: ['tracking', 'hosts'],
    queryFn: ({ signal }) => api.tracking.hosts({ limit: 1000 }, { signal }),
    enabled: host !== null && may('tracking.hosts'),
  })
  const trouble = hosts.data?.data.find((one) => one.host === host)?.trouble
  return host === null || trouble == null ? null : <Notice tone="bad" title={words.tracking.trouble(host, trouble)} />
}

interface WordsProps {
  readonly id: number
  readonly present: Partial<PageWords>
  readonly save: ((change: Change) => Promise<void>) | null
}

function WordsCard({ id, present, save }: WordsProps): ReactNode {
  const { title, about, ...fields } = words.words
  const values = Object.fromEntries(PAGE_WORDS.map((name) => [name, present[name] ?? ''])) as Values<keyof PageWords>
  // All of them anew: those that are left empty are the language's.
  const bodyOf = (changed: Partial<Record<keyof PageWords, unknown>>): Change => ({
    words: Object.fromEntries(Object.entries({ ...values, ...changed }).filter(([, value]) => value !== '')),
  })
  return (
    <SettingsCard
      title={title}
      about={about}
      fields={PAGE_WORDS.map((name) => ({ name, kind: 'text', words: fields[name] }))}
      values={values}
      save={save === null ? null : (changed) => save(bodyOf(changed))}
      command={(changed) => ({
        hms: `account tracking ${id} --words page.yaml`,
        call: `PATCH /accounts/${id}/tracking`,
        body: bodyOf(changed),
      })}
    />
  )
}
