// A page that shows one of several parts: the one that the address names, or the first.
import { Tabs } from '@mantine/core'
import type { ReactNode } from 'react'
import './tabbed.css'

interface TabbedProps<Name extends string, First extends Name> {
  readonly names: readonly Name[]
  /** Not named in the address. */
  readonly first: First
  readonly words: Readonly<Record<Name | 'label', string>>
  readonly shown: Name | undefined
  readonly go: (search: { readonly tab?: Exclude<Name, First> }) => void
  readonly children: (name: Name) => ReactNode
}

export function Tabbed<Name extends string, First extends Name>({
  names,
  first,
  words,
  shown = first,
  go,
  children,
}: TabbedProps<Name, First>): ReactNode {
  const isOther = (one: Name): one is Exclude<Name, First> => one !== first
  const choose = (to: string | null): void => {
    const tab = names.filter(isOther).find((one) => one === to)
    go(tab === undefined ? {} : { tab })
  }
  return (
    <Tabs value={shown} onChange={choose} keepMounted={false} activateTabWithKeyboard={false}>
      <Tabs.List aria-label={words.label}>
        {names.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {words[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {names.map((one) => (
        <Tabs.Panel key={one} value={one} className="hms-tab">
          {children(one)}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
