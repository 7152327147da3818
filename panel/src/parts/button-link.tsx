// A button that goes to a page: a link to browsers and to those who read it out, typed as links are.
import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>

function AnchorButton(props: ButtonProps & AnchorProps & { readonly ref?: Ref<HTMLAnchorElement> }): ReactNode {
  return <Button component="a" {...props} />
}

export const ButtonLink = createLink(AnchorButton)
