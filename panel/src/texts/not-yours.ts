// What is said to whom a page is not open.
export const notYours = {
  title: 'This page is not open to you',
  whose: (role: string, isOfServer: boolean) =>
    `It takes the role ${role} or more${isOfServer ? ', and is for those who see the whole server' : ''}.`,
  role: (role: string) => `Your role is ${role}.`,
  account: (id: number) => `You see account ${id} alone.`,
  mend: 'Whoever administers the server can give you more, at Users.',
} as const
