// What is asked or shown before the page goes on: the focus stays inside, Escape closes, and the page behind it is left alone.
import { Drawer, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../texts/common.ts'
import './dialog.css'

interface DialogProps {
  readonly opened: boolean
  readonly close: () => void
  readonly title: string
  /** Said to those who do not see it, and not shown. */
  readonly isBare?: boolean
  readonly size?: string
  /** It may be asked for while another one is open. */
  readonly isAbove?: boolean
  readonly children: ReactNode
}

const USUAL = 200
const ABOVE = 250

/** Its content is made anew each time that it is opened. */
export function Dialog({ opened, close, title, isBare = false, size = '30rem', isAbove = false, children }: DialogProps): ReactNode {
  return (
    <Modal.Root
      opened={opened}
      onClose={close}
      size={size}
      centered={!isBare}
      zIndex={isAbove ? ABOVE : USUAL}
      {...(isBare && { yOffset: '12vh' })}
    >
      <Modal.Overlay />
      <Modal.Content>
        <div className={isBare ? 'hms-hidden' : 'hms-dialog-head'}>
          <Modal.Title>{title}</Modal.Title>
          {!isBare && <Modal.CloseButton aria-label={common.close} />}
        </div>
        <Modal.Body className={isBare ? 'hms-dialog-bare' : 'hms-dialog-body'}>{opened && children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/** The same from the side: for the list of pages on phones. */
export function SidePanel({ opened, close, title, children }: Omit<DialogProps, 'isBare' | 'size' | 'isAbove'>): ReactNode {
  return (
    <Drawer.Root opened={opened} onClose={close} size="17rem">
      <Drawer.Overlay />
      <Drawer.Content>
        <div className="hms-dialog-head">
          <Drawer.Title>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label={common.close} />
        </div>
        <Drawer.Body className="hms-dialog-body">{opened && children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}
