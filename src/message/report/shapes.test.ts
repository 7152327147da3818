// Notifications in words alone, in the wording of many programs and languages: whom they are about.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './report.ts'

const ORIGINAL =
  '\n\nReceived: from a.example by b.example; Thu, 1 Jan 2015 00:00:00 +0000\nFrom: News <news@ours.example>\nTo: Ann <ann@rcpt.example>\nSubject: Hello\nMessage-ID: <1@ours.example>\nDate: Thu, 1 Jan 2015 00:00:00 +0000\n\nbody\n'
const HEAD = 'From: Mail Delivery Subsystem <MAILER-DAEMON@mx.rcpt.example>\nTo: news@ours.example\nSubject: '
const SHAPES: readonly (readonly [program: string, text: string, recipients?: string])[] = [
  [
    'exch-de',
    `From: Microsoft Outlook <postmaster@rcpt.example>\nSubject: Unzustellbar: Hello\nTo: news@ours.example\n\nFehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\nAnn<mailto:ann@rcpt.example>\nDie von Ihnen eingegebene E-Mail-Adresse konnte nicht gefunden werden. Überprüfen Sie die E-Mail-Adresse des Empfängers.\n\nDiagnoseinformationen für Administratoren:\n\nGenerierender Server: mx1.rcpt.example\n\nann@rcpt.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nUrsprüngliche Nachrichtenkopfzeilen:${ORIGINAL}`,
  ],
  [
    'exch-fr',
    `From: postmaster@rcpt.example\nSubject: Non remis : Hello\nTo: news@ours.example\n\nÉchec de la remise pour les destinataires ou groupes suivants :\n\nann@rcpt.example<mailto:ann@rcpt.example>\nL'adresse de messagerie que vous avez entrée est introuvable.\n\nInformations de diagnostic pour les administrateurs :\n\nServeur de génération : x.example\n\nann@rcpt.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n\nEn-têtes de message d'origine :${ORIGINAL}`,
  ],
  [
    'exch-ja',
    `From: postmaster@rcpt.example\nSubject: 配信不能: Hello\nTo: news@ours.example\nContent-Type: text/plain; charset=utf-8\n\n次の受信者またはグループへの配信に失敗しました:\n\nann@rcpt.example\n入力した電子メール アドレスが見つかりませんでした。\n\n管理者向けの診断情報:\n\n生成サーバー: x.example\n\nann@rcpt.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n元のメッセージ ヘッダー:${ORIGINAL}`,
  ],
  [
    'exch-zh',
    `From: postmaster@rcpt.example\nSubject: 无法传递: Hello\nTo: news@ours.example\nContent-Type: text/plain; charset=utf-8\n\n未能向这些收件人或组传递邮件:\n\nann@rcpt.example<mailto:ann@rcpt.example>\n找不到您输入的电子邮件地址。\n\n供管理员使用的诊断信息:\n\n生成服务器: x.example\n\nann@rcpt.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n`,
  ],
  [
    'exch-ru',
    `From: postmaster@rcpt.example\nSubject: Недоставленное: Hello\nTo: news@ours.example\nContent-Type: text/plain; charset=utf-8\n\nНе удалось выполнить доставку следующим получателям или группам:\n\nann@rcpt.example<mailto:ann@rcpt.example>\nАдрес не найден.\n`,
  ],
  [
    'gmail-de',
    `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nTo: news@ours.example\nContent-Type: text/plain; charset=utf-8\n\n** Die Adresse wurde nicht gefunden **\n\nIhre Nachricht wurde nicht an ann@rcpt.example zugestellt, weil die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.\n\nDie Antwort des Remoteservers war:\n550 5.1.1 The email account that you tried to reach does not exist.\n`,
  ],
  [
    'gmail-ja',
    `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nTo: news@ours.example\nContent-Type: text/plain; charset=utf-8\n\n** アドレス不明 **\n\nメールはann@rcpt.exampleに配信されませんでした。アドレスが見つからないか、メールを受信できません。\n`,
  ],
  [
    'gmail-old',
    `${HEAD}Delivery Status Notification (Failure)\nX-Failed-Recipients: ann@rcpt.example\n\nDelivery to the following recipient failed permanently:\n\n     ann@rcpt.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected. The error was: 550 550 5.1.1 unknown (state 14).\n\n----- Original message -----${ORIGINAL}`,
  ],
  [
    'yahoo',
    `${HEAD}failure notice\n\nSorry, we were unable to deliver your message to the following address.\n\n<ann@rcpt.example>:\nRemote host said: 550 5.1.1 <ann@rcpt.example>... User Unknown [RCPT_TO]\n\n--- Below this line is a copy of the message.${ORIGINAL}`,
  ],
  [
    'qmail',
    `${HEAD}failure notice\n\nHi. This is the qmail-send program at mx.rcpt.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ann@rcpt.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<bob@rcpt.example>:\nUser is over the quota. You can try again later. (#4.3.0)\n\n--- Below this line is a copy of the message.${ORIGINAL}`,
    'ann@rcpt.example bob@rcpt.example',
  ],
  [
    'interscan',
    `From: "InterScan MSS" <iscan@mx.example>\nTo: news@ours.example\nSubject: Mail could not be delivered\n\nSent >>> RCPT TO:<ann@rcpt.example>\nReceived <<< 550 5.1.1 <ann@rcpt.example>... user unknown\n\nUnable to deliver message to <ann@rcpt.example>\n`,
  ],
  [
    'mailmarshal',
    `From: "MailMarshal" <postmaster@mx.example>\nTo: news@ours.example\nSubject: Undeliverable Mail: "Hello"\n\nYour message:\n   From:    news@ours.example\n   Subject: Hello\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected: \n    ann@rcpt.example\n\nAdditional Information\n======================\nOriginal Sender:    <news@ours.example>\nSender-MTA:         <10.0.0.1>\nRemote-MTA:         <10.0.0.2>\nReporting-MTA:      <relay.example>\nMessageName:        <B549996730000.000000000001.0003.mml>\n`,
  ],
  [
    'x2',
    `${HEAD}Delivery failure\n\nUnable to deliver message to the following address(es).\n\n<ann@rcpt.example>:\n192.0.2.1 failed after I sent the message.\nRemote host said: 550 Mailbox quota exceeded\n\n--- Original message follows.${ORIGINAL}`,
  ],
  [
    'osmtpd',
    `From: Mailer Daemon <MAILER-DAEMON@mx.example>\nTo: news@ours.example\nSubject: Delivery status notification: error\n\n    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\nann@rcpt.example: 550 5.2.2 <ann@rcpt.example>... Mailbox Full\n\n    Below is a copy of the original message:${ORIGINAL}`,
  ],
  [
    'james',
    `From: postmaster@mx.example\nTo: news@ours.example\nSubject: [BOUNCE]\n\nHi. This is the James mail server at mx.example.jp.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.  Below\nI include the list of recipients and the reason why I was unable to deliver\nyour message.\n\nFailed recipient(s):\nann@rcpt.example\n\nError message:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: Hello\n  MAIL FROM: news@ours.example\n  RCPT TO: ann@rcpt.example\n  From: news@ours.example\n  To: ann@rcpt.example\n`,
  ],
  [
    'mdaemon',
    `From: "MDaemon at mx.example" <MDaemon@mx.example>\nTo: news@ours.example\nSubject: PERMANENT delivery error\n\nThe attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.  The number and frequency\nof delivery attempts are determined by local configuration parameters.\n\nYOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!\n\nFailed address: ann@rcpt.example\n\n--- Session Transcript ---\n Thu 2015-01-01 00:00:00: --> RCPT To:<ann@rcpt.example>\n Thu 2015-01-01 00:00:00: <-- 550 5.1.1 User unknown\n--- End Transcript ---\n`,
  ],
  [
    'mailenable',
    `From: <postmaster@mx.example>\nTo: news@ours.example\nSubject: Message Delivery Failure\n\nMailEnable: Message Delivery Failure.\n\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:ann@rcpt.example]\n\tReason: Remote SMTP Server Returned: 550 User unknown\n\n\nMessage headers follow:${ORIGINAL}`,
  ],
  [
    'cgp',
    `From: <MAILER-DAEMON@mx.example>\nTo: news@ours.example\nSubject: Undeliverable mail: Hello\n\nFailed to deliver to 'ann@rcpt.example'\nSMTP module(domain rcpt.example) reports:\n host mx.rcpt.example says:\n 550 5.1.1 <ann@rcpt.example>... User unknown\n`,
  ],
  [
    'groupwise',
    `From: Mailer-Daemon@mx.example\nTo: news@ours.example\nSubject: Message status - undeliverable\n\nThe message that you sent was undeliverable to the following:\n\tann@rcpt.example (user not found)\n\nPossibly truncated original message follows:${ORIGINAL}`,
  ],
  [
    'gmx',
    `From: "GMX Mailer Daemon" <mailer-daemon@gmx.example>\nTo: news@ours.example\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of\nits recipients. This is a permanent error. The following address\nfailed:\n\n"ann@rcpt.example":\nSMTP error from remote server after RCPT command:\nhost: mx.rcpt.example\n5.1.1 <ann@rcpt.example>... User Unknown\n\n\n--- The header of the original message is following. ---${ORIGINAL}`,
  ],
  [
    'biglobe',
    `From: postmaster@biglobe.example\nTo: news@ours.example\nSubject: Returned mail: Mailbox full\n\n   ----- The following addresses had delivery problems -----\n********@***.biglobe.example\n\n   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.\n\n   ----- Original message follows -----${ORIGINAL}`,
  ],
  [
    'domino-fr',
    `From: Postmaster@rcpt.example\nTo: news@ours.example\nSubject: ECHEC DE DISTRIBUTION : User ann not listed\nContent-Type: text/plain; charset=utf-8\n\nVotre message\n\n  Objet : Hello\n\nn'a pas pu être remis à :\n\n  ann@rcpt.example\n\npour la raison suivante :\n\n  User ann (ann@rcpt.example) not listed in Domino Directory\n`,
  ],
  [
    'kerio',
    `From: Kerio Connect <postmaster@mx.example>\nTo: news@ours.example\nSubject: Undelivered mail: Hello\n\nYour message\n\n    To: ann@rcpt.example\n    Subject: Hello\n    Sent: Thu, 1 Jan 2015\n\ncould not be delivered to\n\n    ann@rcpt.example\n\nReason: 550 5.1.1 unknown user\n`,
  ],
  [
    'sendmail8',
    `${HEAD}Returned mail: see transcript for details\nReturn-Path: <MAILER-DAEMON>\n\nThe original message was received at Thu, 1 Jan 2015 00:00:00 GMT\nfrom localhost\n\n   ----- The following addresses had permanent fatal errors -----\n<ann@rcpt.example>\n    (reason: 550 5.1.1 <ann@rcpt.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.rcpt.example.:\n>>> DATA\n<<< 550 5.1.1 <ann@rcpt.example>... User unknown\n550 5.1.1 <ann@rcpt.example>... User unknown\n<<< 503 5.0.0 Need RCPT (recipient)\n`,
  ],
  [
    'exim-pl',
    `${HEAD}Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ann@rcpt.example\n    (generated from list@alias.example)\n    mailbox is full:\n    retry timeout exceeded\n`,
    'ann@rcpt.example list@alias.example',
  ],
  [
    'exim-warn',
    `${HEAD}Warning: message 1abc delayed 24 hours\n\nThis message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.\n\nThe message identifier is:     1abc-00-00\nThe subject of the message is: Hello\n\nThe address to which the message has not yet been delivered is:\n\n  ann@rcpt.example\n    Delay reason: SMTP error from remote mail server: 451 try later\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals if the message\nremains undelivered. Eventually the mail delivery software will give up,\nand when that happens, the message will be returned to you.\n`,
  ],
  [
    'ses',
    `From: MAILER-DAEMON@amazonses.com\nTo: news@ours.example\nSubject: Delivery Status Notification (Failure)\n\nAn error occurred while trying to deliver the mail to the following recipients:\nann@rcpt.example\n`,
  ],
  [
    'inline-fwd',
    `From: Boss <boss@ours.example>\nTo: bounces@ours.example\nSubject: Fwd: Undelivered Mail Returned to Sender\n\n---------- Forwarded message ---------\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nDate: Thu, 1 Jan 2015\nSubject: Undelivered Mail Returned to Sender\nTo: <news@ours.example>\n\nThis is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n<ann@rcpt.example>: host mx.rcpt.example[192.0.2.1] said: 550 5.1.1\n    <ann@rcpt.example>: Recipient address rejected: User unknown (in reply to RCPT TO command)\n`,
  ],
  [
    'exch-html',
    `From: postmaster@rcpt.example\nSubject: Undeliverable: Hello\nTo: news@ours.example\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>a { color: #777 }</style></head><body><p><b>Delivery has failed to these recipients or groups:</b></p><p><a href="mailto:ann@rcpt.example">Ann Smith</a><br>The address couldn't be found.</p><p>Sent by <a href="https://x.example/?a=b@c.example">X</a></p></body></html>\n`,
  ],
]

test('recipients are found in the words of every program', () => {
  const wrong: string[] = []
  for (const [program, text, recipients = 'ann@rcpt.example'] of SHAPES) {
    const report = readReport(Buffer.from(text))
    const found = report.recipients
      .map(({ address }) => address)
      .sort()
      .join(' ')
    if (report.kind !== 'bounce' || found !== recipients) wrong.push(`${program}: ${report.kind} ${found}`)
  }
  assert.deepEqual(wrong, [])
})

test('what a server said goes with its recipient', () => {
  const qmail = SHAPES.find(([program]) => program === 'qmail')?.[1] ?? ''
  assert.deepEqual(
    readReport(Buffer.from(qmail)).recipients.map(({ status, diagnostic }) => [status, diagnostic]),
    [
      ['5.1.1', 'Sorry, no mailbox here by that name. (#5.1.1)'],
      ['4.3.0', 'User is over the quota. You can try again later. (#4.3.0)'],
    ],
  )
})

test('a server that puts mail off until its sender proved himself challenges, whatever form that has', () => {
  const text =
    'From: MAILER-DAEMON@x.example\nSubject: Delayed Mail\nContent-Type: multipart/report; boundary=b\n\n--b\n\nFollow the link.\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ann@rcpt.example\nAction: delayed\nStatus: 4.7.0\nDiagnostic-Code: smtp; 450 4.7.0 Sender not pre-approved. Follow instructions in above notice\n\n--b--\n'
  const report = readReport(Buffer.from(text))
  assert.deepEqual([report.kind, report.recipients[0]?.address], ['challenge', 'ann@rcpt.example'])
})

test('a summary of the message is not the message that came back; the status tells the reason where nothing else does', () => {
  const text =
    'From: postmaster@x.example\nTo: news@ours.example\nSubject: Delivery Notification: Delivery has failed\nContent-Type: multipart/report; boundary=b\n\n--b\n\nThis report relates to a message you sent with the following header fields:\n\n  Message-id: <1@ours.example>\n  Date: Thu, 1 Jan 2015 00:00:00 +0000\n  From: news@ours.example\n  To: list@lists.example\n  Subject: Hello\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: ann@rcpt.example\n  Reason: recipient reached disk quota\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;x.example\n\nAction: failed\nStatus: 5.0.0 (recipient reached disk quota)\n\n--b--\n'
  const [recipient] = readReport(Buffer.from(text)).recipients
  assert.deepEqual([recipient?.address, recipient?.diagnostic], ['ann@rcpt.example', 'recipient reached disk quota'])
})

test('names in a directory of Exchange are no recipients: the address inside, the text or the returned message tells', () => {
  const text = (final: string): string =>
    `From: postmaster@x.example\nTo: news@ours.example\nSubject: Undeliverable: Hello\nContent-Type: multipart/report; boundary=b\n\n--b\n\nDelivery has failed.\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;${final}\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nFrom: news@ours.example\nTo: ann@rcpt.example\nSubject: Hello\n\nbody\n--b--\n`
  for (const final of ['IMCEAEX-_O=ORG_OU=X_CN=RECIPIENTS_CN=ann@x.example', 'IMCEASMTP-ann+40rcpt+2Eexample@x.example', 'ann']) {
    assert.deepEqual(
      readReport(Buffer.from(text(final))).recipients.map(({ address, status }) => [address, status]),
      [['ann@rcpt.example', '5.1.1']],
      final,
    )
  }
})

test('complaints without a part for programs, and XARF in its forms', () => {
  const original =
    'Content-Type: message/rfc822\n\nFrom: news@ours.example\nTo: ann@rcpt.example\nSubject: Hello\nMessage-ID: <1@ours.example>\n\nbody\n--b--\n'
  const mixed = (header: string, part: string): Buffer =>
    Buffer.from(`${header}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n${part}\n--b\n${original}`)
  const xarf = (json: object): Buffer =>
    mixed(
      'From: abuse@isp.example\nSubject: report\nX-XARF: PLAIN\n',
      `Content-Type: application/json; name=xarf.json\n\n${JSON.stringify(json)}`,
    )
  const reports: [Buffer, string, string][] = [
    [mixed('From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\n', '\n'), 'jmrp', 'abuse'],
    [mixed('From: feedback@isp.example\nSubject: Abuse report\n', '\nA user said so.'), 'other', 'abuse'],
    [
      xarf({ ReporterInfo: { ReporterOrg: 'Isp' }, Report: { ReportClass: 'Activity', ReportType: 'Spam', SourceIp: '192.0.2.1' } }),
      'xarf',
      'abuse',
    ],
    [
      xarf({ xarf_version: '4.0.0', category: 'messaging', type: 'spam', source_identifier: '192.0.2.1', reporter: { org: 'Isp' } }),
      'xarf',
      'abuse',
    ],
    [
      mixed(
        'From: abuse@isp.example\nSubject: report\nX-XARF: PLAIN\n',
        'Content-Type: text/plain; name=report.txt\n\n---\nReported-From: abuse@isp.example\nCategory: abuse\nReport-Type: spam\nSource: 192.0.2.1\n',
      ),
      'xarf',
      'abuse',
    ],
  ]
  for (const [octets, format, type] of reports) {
    const report = readReport(octets)
    assert.deepEqual(
      [report.kind, report.format, report.feedback?.type, report.recipients[0]?.address],
      ['feedback', format, type, 'ann@rcpt.example'],
    )
    if (format !== 'other') assert.equal(report.feedback?.sourceIp, '192.0.2.1', format)
  }
})
