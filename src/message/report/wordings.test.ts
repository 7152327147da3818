// The same one recipient in the wording of gateways, providers and languages: nobody else is taken for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './report.ts'

const notice = (subject: string, text: string): string =>
  `From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: news@ours.example\nSubject: ${subject}\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`
const WORDINGS: readonly (readonly [program: string, text: string])[] = [
  [
    'postfix-virtual',
    notice(
      'Undelivered Mail Returned to Sender',
      'This is the mail system at host mx.example.\n\nI\'m sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It\'s attached below.\n\nFor further assistance, please send mail to <postmaster@mx.example>\n\nIf you do so, please include this problem report. You can\ndelete your own text from the message returned below.\n\n\t\t\tThe Postfix program\n\n<ann@rcpt.example>: unknown user: "ann"',
    ),
  ],
  [
    'postfix-bob',
    notice(
      'Undelivered Mail Returned to Sender',
      'The Postfix program\n\n<fwd@final.example> (expanded from <ann@rcpt.example>): host mx.final.example[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command)',
    ),
  ],
  [
    'mimecast',
    notice(
      '[Postmaster] Email Delivery Failure',
      'This is a delivery failure notification message indicating that\nan email you addressed to email address :\n-- ann@rcpt.example\n\ncould not be delivered. The problem appears to be :\n-- Recipient email server rejected the message\n\nAdditional information follows :\n-- 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org\n\nThis condition occurred after 1 attempt(s) to deliver over\na period of 0 hour(s).\n\nIf you sent the email to multiple recipients, you will receive one\nof these messages for each one which failed delivery,  otherwise\nthey have been sent.',
    ),
  ],
  [
    'proofpoint',
    notice(
      'Undeliverable: Hello',
      'Your message to ann@rcpt.example was blocked by our email protection. If you believe this is an error contact helpdesk@rcpt.example.',
    ),
  ],
  ['fortimail', notice('Delivery Failure', 'Your message was not delivered to: ann@rcpt.example\nReason: mailbox full')],
  ['zimbra', notice('Undelivered', 'Message not delivered to ann@rcpt.example; please contact admin@zimbra.example')],
  [
    'amavis',
    notice(
      'BANNED contents in message from you',
      'BANNED CONTENTS ALERT\n\nOur content checker found\n    banned name: .exe\n\nin email presumably from you <news@ours.example>\nto the following recipient:\n-> ann@rcpt.example\n\nDelivery of the email was stopped!',
    ),
  ],
  [
    'merak',
    notice(
      'Undeliverable mail',
      'The message could not be delivered to the following recipients:\n\nann@rcpt.example - 550 5.1.1 User unknown',
    ),
  ],
  ['ipswitch', notice('Undeliverable Mail', 'Delivery failed 20 attempts: ann@rcpt.example')],
  ['sympa', notice('Delivery failure', '-- ann@rcpt.example\nUser has left the company.')],
  [
    'plesk',
    notice(
      'failure notice',
      "Hi. This is the qmail-send program at plesk.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ann@rcpt.example>:\nThis address no longer accepts mail.\n",
    ),
  ],
  [
    'ionos-de',
    notice(
      'Mail delivery failed: returning message to sender',
      'Diese Nachricht wurde automatisch erstellt.\n\nIhre E-Mail konnte nicht zugestellt werden an:\n\nann@rcpt.example\n\nGrund: Postfach voll',
    ),
  ],
  [
    't-online',
    notice(
      'Unzustellbar: News',
      '|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <ann@rcpt.example> ... transport error 404: unknown recipient\n|------------------------- Message text follows: ------------------------|\nReceived: from x\nFrom: news@ours.example\n',
    ),
  ],
  [
    'web.de quota',
    notice(
      'Mail delivery failed',
      'A message that you sent could not be delivered.\n\nann@rcpt.example:\nSMTP error from remote server for TEXT command, host: mx-ha.web.de (212.227.15.17) reason: 552-Requested mail action aborted\n552-Quota exceeded.\n552 For explanation visit https://postmaster.web.de/',
    ),
  ],
  [
    'libero-it',
    notice(
      'Recapito non riuscito',
      'Il messaggio non è stato recapitato al seguente destinatario:\n\nann@rcpt.example\n\nMotivo: casella piena',
    ),
  ],
  [
    'orange-fr',
    notice('Echec de remise', "Votre message n'a pas pu être remis au destinataire suivant : ann@rcpt.example\nRaison : boîte pleine"),
  ],
  [
    'terra-es',
    notice('Mensaje devuelto', 'No se ha podido entregar el mensaje a ann@rcpt.example por el siguiente motivo: usuario desconocido'),
  ],
  ['uol-br', notice('Mensagem não entregue', 'Não foi possível entregar a mensagem para ann@rcpt.example: caixa postal cheia')],
  [
    'docomo',
    notice(
      'Mail System Error - Returned Mail',
      '次のあて先への送信に失敗しました。\n\n  ann@rcpt.example\n\n550 Unknown user ann@rcpt.example',
    ),
  ],
  ['naver', notice('[메일전송 실패] News', 'ann@rcpt.example 님에게 보낸 메일이 전송 실패되었습니다.\n사유: 존재하지 않는 사용자')],
  ['163', notice('系统退信', '抱歉，您的邮件被退回来了……\n\n收件人邮件地址： ann@rcpt.example\n退信原因： 550 User not found')],
  [
    'qq',
    notice(
      '系统退信/The email is returned',
      '尊敬的用户，您好！\n很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n收件人\nann@rcpt.example\n退信原因：邮箱不存在',
    ),
  ],
  [
    'rambler',
    notice('Недоставленное сообщение', 'Ваше сообщение не было доставлено получателю ann@rcpt.example\nПричина: почтовый ящик переполнен'),
  ],
  ['onet-pl', notice('Wiadomość niedostarczona', 'Nie można dostarczyć wiadomości do adresata: ann@rcpt.example\nPowód: skrzynka pełna')],
  ['seznam-cz', notice('Nedoručitelná zpráva', 'Zprávu nebylo možné doručit příjemci ann@rcpt.example. Schránka neexistuje.')],
]

test('the one recipient is found, whatever other addresses stand beside it', () => {
  const wrong: string[] = []
  for (const [program, text] of WORDINGS) {
    const { kind, recipients } = readReport(Buffer.from(text))
    const found = recipients.map(({ address }) => address).join(' ')
    if (kind !== 'bounce' || found !== 'ann@rcpt.example') wrong.push(`${program}: ${kind} ${found}`)
  }
  assert.deepEqual(wrong, [])
})
