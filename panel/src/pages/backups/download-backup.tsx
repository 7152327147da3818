// A backup taken along: opened at the server first, for which it wants a fresh proof, then had by the browser as a file, however large.
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { BackupView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { backups } from '../../texts/backups.ts'

const words = backups.downloads

interface DownloadProps {
  readonly backup: BackupView | null
  readonly close: () => void
}

export function DownloadBackup({ backup, close }: DownloadProps): ReactNode {
  return (
    <Dialog opened={backup !== null} close={close} title={words.title}>
      {backup !== null && <Question backup={backup} close={close} />}
    </Dialog>
  )
}

function take({ id, name }: { readonly id: string; readonly name: string }): void {
  const link = document.createElement('a')
  link.href = `/api/v1/backups/downloads/${id}/octets`
  link.download = name
  link.click()
}

function Question({ backup: { file, encrypted }, close }: { readonly backup: BackupView; readonly close: () => void }): ReactNode {
  const fresh = useFresh()
  const opening = useMutation({ mutationFn: () => fresh(() => api.lifecycle.backupOpen({ file })), onSuccess: take })
  return (
    <div className="hms-stack">
      <p className="hms-break">{file}</p>
      {encrypted ? (
        <p>{words.sealed}</p>
      ) : (
        <Notice tone="warn" title={words.plain}>
          {words.plainWhat}
        </Notice>
      )}
      {opening.error !== null && <ProblemNotice error={opening.error} />}
      {opening.isSuccess && <p role="status">{words.begun}</p>}
      <AsCommand hms={null} call="POST /backups/downloads" body={{ file }} />
      <div className="hms-row">
        <Button loading={opening.isPending} onClick={() => opening.mutate()}>
          {words.submit}
        </Button>
        <Button variant="default" onClick={close}>
          {opening.isSuccess ? common.close : common.cancel}
        </Button>
      </div>
    </div>
  )
}
