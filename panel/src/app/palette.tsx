// The command palette: what it finds is fetched when somebody opens it, or is about to.
import { lazy, type ReactNode, Suspense } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { shell } from '../texts/shell.ts'

const Search = lazy(async () => ({ default: (await import('./palette-search.tsx')).PaletteSearch }))

interface PaletteProps {
  readonly opened: boolean
  readonly close: () => void
  readonly openKeys: () => void
}

export function Palette({ opened, close, openKeys }: PaletteProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={shell.palette} isBare size="36rem">
      {opened && (
        <Suspense>
          <Search close={close} openKeys={openKeys} />
        </Suspense>
      )}
    </Dialog>
  )
}
