// One list: who is on it by search, why each is; somebody is added or let go, files are taken in and written out, and the list is removed.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { SuppressionListView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Facts, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { number } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { AddEntries } from './add-entries.tsx'
import { DropList } from './drop-list.tsx'
import { EntryTable } from './entry-table.tsx'
import { ExportList } from './export-list.tsx'
import { ImportFile, useImport } from './import-file.tsx'
import { suppressionListRoute } from './routes.ts'
import { entryFlags } from './search.ts'
import { idsText } from './suppression-page.tsx'
import { Why } from './why.tsx'
import './suppression.css'

const words = suppression.list

export function ListPage(): ReactNode {
  const { list } = suppressionListRoute.useParams()
  const shown = useQuery({ queryKey: ['suppression', 'list', list], queryFn: ({ signal }) => api.suppression.get(list, { signal }) })
  return (
    <PageOfOne shown={shown} title={suppression.title} unknown={words.unknown} list="/suppression">
      {(one) => <Known list={one} />}
    </PageOfOne>
  )
}

type Asked = 'add' | 'import' | 'drop' | null

function Known({ list }: { readonly list: SuppressionListView }): ReactNode {
  const { name, account, entries, checkedBy, addedToBy } = list
  const search = suppressionListRoute.useSearch()
  const navigate = suppressionListRoute.useNavigate()
  const may = useMay()
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  const work = useImport(name)
  const flags = entryFlags(search, quoted)
  const actions = (
    <>
      {may('suppression.drop') && (
        <Button variant="default" onClick={() => setAsked('drop')}>
          {suppression.drop.button}
        </Button>
      )}
      {may('suppression.import') && (
        <Button variant="default" onClick={() => setAsked('import')}>
          {suppression.import.button}
        </Button>
      )}
      {may('suppression.add') && <Button onClick={() => setAsked('add')}>{suppression.add.button}</Button>}
    </>
  )
  return (
    <Page title={name} about={suppression.about} actions={actions}>
      {checkedBy.length === 0 && <NotChecked />}
      <Card title={words.summary}>
        <Facts
          rows={[
            [words.fields.entries, number(entries)],
            [words.fields.account, account ?? suppression.lists.everybody],
            [words.fields.checked, checkedBy.length === 0 ? suppression.lists.nobody : idsText(checkedBy)],
            [words.fields.added, addedToBy.length === 0 ? suppression.lists.nobody : idsText(addedToBy)],
          ]}
        />
      </Card>
      <EntryTable list={name} search={search} tools={<ExportList list={name} search={search} />} />
      <AsCommand
        hms={`suppression export --list ${quoted(name)}${flags === '' ? '' : ` ${flags}`}`}
        call={`GET /suppression/lists/${name}/entries`}
      />
      <AddEntries list={name} opened={asked === 'add'} close={close} />
      <ImportFile list={name} work={work} opened={asked === 'import'} close={close} />
      <DropList list={list} opened={asked === 'drop'} close={close} />
      {search.why !== undefined && (
        <Why
          list={name}
          target={search.why}
          stream={search.stream ?? null}
          close={() => void navigate({ search: ({ why: _why, stream: _stream, ...rest }) => rest, resetScroll: false })}
        />
      )}
    </Page>
  )
}

function NotChecked(): ReactNode {
  const may = useMay()
  return (
    <Notice
      tone="warn"
      title={words.notChecked}
      actions={
        may('accounts.list') && (
          <ButtonLink to="/accounts" variant="default" size="xs">
            {words.toAccounts}
          </ButtonLink>
        )
      }
    >
      {words.setIt}
    </Notice>
  )
}
