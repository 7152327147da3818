// The end of a form of something that is there: saves what was changed, takes the changes back, and says that they were saved.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../texts/common.ts'

interface SaveRowProps {
  readonly saving: { readonly isPending: boolean; readonly isSuccess: boolean }
  readonly isChanged: boolean
  /** It cannot be saved as it stands. */
  readonly isBarred?: boolean
  readonly takeBack: () => void
  readonly words: { readonly save: string; readonly saved: string }
}

export function SaveRow({ saving, isChanged, isBarred = false, takeBack, words }: SaveRowProps): ReactNode {
  return (
    <div className="hms-row">
      <Button type="submit" disabled={!isChanged || isBarred} loading={saving.isPending}>
        {words.save}
      </Button>
      {isChanged && (
        <Button variant="default" onClick={takeBack}>
          {common.cancel}
        </Button>
      )}
      <span role="status" className="hms-muted">
        {saving.isSuccess && !isChanged && words.saved}
      </span>
    </div>
  )
}
